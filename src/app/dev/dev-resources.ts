import { join } from "node:path";
import { resourceSpec } from "../../environment/resource-specs.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import { isRecord } from "../../files/is-record.ts";
import { readTextIfThere } from "../../files/read-if-there.ts";
import { writeFileAtomic } from "../../files/write-atomic.ts";
import type { ResourceSpec } from "../../records/resource.ts";
import type { ServiceRecord } from "../../records/service.ts";
import { Providers, providerTable } from "../../resources/registry.ts";
import type { Made, Outputs, ResourceContext, ResourceHost } from "../../resources/resource.ts";
import { readProjectKey } from "../../secrets/project-key.ts";
import type { Secret } from "../../secrets/secret.ts";
import type { Session } from "../session.ts";

/** What one of them is called among the environments of the place: no environment of the definition has it for itself. */
const environment = "dev";

/**
 * The resources of `dev`: real ones, in a place of their own beside those of the environments, which stay from one time to the next.
 * What an environment has elsewhere (`external`) is one of these here: nobody develops on somebody else's data.
 */
export class DevResources {
  readonly #session: Session;
  readonly #host: ResourceHost;
  readonly #providers: Providers;
  readonly #say: (text: string) => void;
  readonly #made = new Map<string, Outputs>();

  constructor(session: Session, say: (text: string) => void) {
    const { stateFolder, project, folder } = session;
    const key = readProjectKey(join(stateFolder, "key"));
    const at = join(stateFolder, "dev");
    this.#session = session;
    this.#say = say;
    this.#providers = new Providers(providerTable([folder]));
    this.#host = {
      project: project.name,
      folder: join(at, "resources"),
      snapshots: join(at, "snapshots"),
      derive: (purpose) => key.derive(`dev ${purpose}`),
    };
  }

  /** Makes those that services use. Fails with the first that cannot be had. */
  async make(services: readonly Pick<ServiceRecord, "uses">[]): Promise<Result<void>> {
    const used = new Set(services.flatMap(({ uses = {} }) => Object.values(uses).map(({ resource }) => resource)));
    for (const name of used) {
      if (this.#made.has(name)) continue;
      const made = await this.#make(name);
      if (!made.ok) return made;
      this.#made.set(name, made.value);
    }
    return ok();
  }

  /** What a service gets of them, by environment variable. */
  variables({ uses = {} }: Pick<ServiceRecord, "uses">): Record<string, string | Secret> {
    const entries = Object.entries(uses).flatMap(([variable, { resource, output }]) => {
      const value = this.#made.get(resource)?.[output];
      return value === undefined ? [] : [[variable, value] as const];
    });
    return Object.fromEntries(entries);
  }

  /** Ends what runs for them; what they keep stays. */
  async rest(): Promise<Result<void>> {
    if (this.#made.size === 0) return ok();
    for (const provider of this.#providers.all()) {
      const rested = await provider.rest?.(this.#host);
      if (rested?.ok === false) return rested;
    }
    return ok();
  }

  async #make(name: string): Promise<Result<Outputs>> {
    const resource = this.#session.project.resources?.[name];
    if (resource === undefined) throw new Error(`A service uses ${name}, which the checked definition does not have`);
    const spec = resourceSpec(name, resource, this.#session.folder);
    if (spec.resource === "terraform") return failed(notHere(name));
    const provider = this.#providers.of(spec.resource);
    const created = await provider.create(spec, this.#context(spec));
    if (!created.ok) return created;
    this.#write(name, created.value);
    return await provider.connect(spec, this.#context(spec));
  }

  #context({ name }: ResourceSpec): ResourceContext {
    const made = this.#read(name);
    return {
      ...this.#host,
      environment,
      ...(made && { made }),
      secrets: new Map(),
      note: async (noted) => {
        this.#write(name, noted);
        return ok();
      },
      say: this.#say,
      signal: this.#session.ports.signal,
    };
  }

  #read(name: string): Made | undefined {
    try {
      const value: unknown = JSON.parse(readTextIfThere(this.#file(name)) ?? "");
      return isRecord(value) ? value : undefined;
    } catch {
      return undefined;
    }
  }

  #write(name: string, made: Made): void {
    writeFileAtomic(this.#file(name), JSON.stringify(made));
  }

  #file(name: string): string {
    return join(this.#session.stateFolder, "dev", `${name}.json`);
  }
}

function notHere(name: string) {
  return {
    code: "bad-arguments",
    message: `The resource "${name}" is made by Terraform, which \`tidegate dev\` does not run`,
    hint: "Run the services that use it in an environment instead: tidegate ship",
  } as const;
}
