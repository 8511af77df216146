import { failed, ok, type Result } from "../errors/result.ts";
import type { ResourceSpec } from "../records/resource.ts";
import { careful } from "./careful.ts";
import { folderProvider } from "./folder/folder-provider.ts";
import type { ResourceProvider } from "./resource.ts";

type Kind = ResourceSpec["resource"];

/** The one list of providers: whoever adds a kind of resource adds a line. */
const known: Readonly<Partial<Record<Kind, () => ResourceProvider>>> = {
  folder: () => folderProvider,
};

/** Each provider once: what it keeps in memory is for all environments. */
export class Providers {
  readonly #made = new Map<Kind, ResourceProvider>();
  readonly #known: typeof known;

  /** `providers`: by kind; in place of the real ones, for tests. */
  constructor(providers: typeof known = known) {
    this.#known = providers;
  }

  /** Fails with `resource-failed` where this version has none for the kind. */
  of({ resource, name }: Pick<ResourceSpec, "resource" | "name">): Result<ResourceProvider> {
    const made = this.#made.get(resource) ?? this.#make(resource);
    if (made !== undefined) return ok(made);
    const message = `This Tidegate cannot make ${name}: it knows no ${resource}`;
    return failed({ code: "resource-failed", message, hint: "Use a newer Tidegate." });
  }

  /** All of them, for what they have to do as long as the agent lives. */
  all(): readonly ResourceProvider[] {
    return (Object.keys(this.#known) as Kind[]).flatMap((kind) => this.#made.get(kind) ?? this.#make(kind) ?? []);
  }

  #make(kind: Kind): ResourceProvider | undefined {
    const provider = this.#known[kind]?.();
    if (provider === undefined) return undefined;
    const made = careful(provider);
    this.#made.set(kind, made);
    return made;
  }
}
