import { careful } from "./careful.ts";
import { folderProvider } from "./folder/folder-provider.ts";
import type { ResourceKind } from "./kind.ts";
import { postgresProvider } from "./postgres/provider.ts";
import type { ResourceProvider } from "./resource.ts";
import { terraformProvider } from "./terraform/provider.ts";

export type ProviderTable = Readonly<Record<ResourceKind, () => ResourceProvider>>;

/** The one list of providers: whoever adds a kind of resource adds a line. */
const known: ProviderTable = {
  folder: () => folderProvider(),
  postgres: () => postgresProvider(),
  terraform: () => terraformProvider(),
};

/** Each provider once, careful: what it keeps in memory is for all environments. */
export class Providers {
  readonly #made = new Map<ResourceKind, ResourceProvider>();
  readonly #table: ProviderTable;

  /** `table`: in place of the real ones, for tests. */
  constructor(table: ProviderTable = known) {
    this.#table = table;
  }

  of(kind: ResourceKind): ResourceProvider {
    const made = this.#made.get(kind) ?? careful(this.#table[kind]());
    this.#made.set(kind, made);
    return made;
  }

  /** All of them, for what they have to do as long as the agent lives. */
  all(): readonly ResourceProvider[] {
    return (Object.keys(this.#table) as ResourceKind[]).map((kind) => this.of(kind));
  }
}
