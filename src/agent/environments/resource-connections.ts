import type { ServiceSpec } from "../../environment/spec.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import type { Outputs } from "../../resources/resource.ts";
import { Secret, type Secrets } from "../../secrets/secret.ts";
import type { ResourceBench } from "./resource-bench.ts";
import type { Known } from "./resource-ledger.ts";

/** What the resources of one environment tell those that use them, and what of it is secret. May be called at any time. */
export class ResourceConnections {
  readonly #bench: ResourceBench;
  /** What lets somebody into a resource, by its name: nobody is to read it anywhere. */
  readonly #told = new Map<string, readonly Secret[]>();

  constructor(bench: ResourceBench) {
    this.#bench = bench;
  }

  /** Everything secret that processes may have been told of resources. */
  get secrets(): readonly Secret[] {
    return [...this.#told.values()].flat();
  }

  /** Whether it is known what is secret of a resource. */
  knows(name: string): boolean {
    return this.#told.has(name);
  }

  /** A resource is gone, and what let somebody into it lets nobody in any more. */
  forget(name: string): void {
    this.#told.delete(name);
  }

  /**
   * What a process gets of the resources that it uses, by environment variable. It belongs to the environment and is asked for
   * anew each time. `secrets`: with the URLs of what is external.
   */
  async connections(
    uses: NonNullable<ServiceSpec["uses"]>,
    secrets: Secrets,
  ): Promise<Result<Readonly<Record<string, string | Secret>>>> {
    const outputs = new Map<string, Outputs>();
    const variables: Record<string, string | Secret> = {};
    for (const [variable, { resource, output }] of Object.entries(uses)) {
      const known = outputs.get(resource);
      const told = known === undefined ? await this.#connect(resource, secrets) : ok(known);
      if (!told.ok) return told;
      outputs.set(resource, told.value);
      const value = Object.hasOwn(told.value, output) ? told.value[output] : undefined;
      if (value === undefined) return failed(noOutput(resource, output));
      variables[variable] = value;
    }
    return ok(variables);
  }

  async #connect(name: string, secrets: Secrets): Promise<Result<Outputs>> {
    const entry = await this.#bench.ledger.entry(name);
    if (!entry.ok) return entry;
    if (entry.value?.state !== "ready") return failed(notReady(this.#bench.environment, name));
    const provider = this.#bench.provider(entry.value.spec);
    const context = this.#bench.context({ name, entry: entry.value }, secrets);
    const told = await provider.connect(entry.value.spec, context);
    if (told.ok) this.#keepSecret(name, told.value);
    return told;
  }

  /** Learns what is secret of a resource, by what is kept of it. Brings nothing up: what cannot be known now is told when it is used. */
  async recall(known: Known): Promise<void> {
    const { spec } = known.entry;
    const provider = this.#bench.provider(spec);
    const context = this.#bench.context(known);
    const told = await (provider.recall ?? provider.connect)(spec, context);
    if (told.ok) this.#keepSecret(known.name, told.value);
  }

  #keepSecret(name: string, outputs: Outputs): void {
    this.#told.set(name, Object.values(outputs).filter(isSecret));
  }
}

function isSecret(value: string | Secret): value is Secret {
  return value instanceof Secret;
}

function notReady(environment: string, name: string) {
  return {
    code: "unknown-resource",
    message: `${environment} has no resource ${name} that is ready`,
    hint: `A deployment creates it: tidegate deploy ${environment}`,
  } as const;
}

function noOutput(resource: string, output: string) {
  return {
    code: "unknown-output",
    message: `${resource} has no ${output}`,
    hint: `Name one of its outputs in \`uses\`, then release and deploy again.`,
  } as const;
}
