import { type DeploymentSpec, specOf } from "../../environment/spec.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import type { Secret } from "../../secrets/secret.ts";
import type { Member } from "../../strategies/fleet.ts";
import type { AgentWorld } from "../world.ts";

/** Specs and secrets of an environment's deployments, each read once: neither ever changes. */
export class KnownDeployments {
  readonly #world: AgentWorld;
  readonly #specs = new Map<number, DeploymentSpec>();
  readonly #secrets = new Map<number, readonly Secret[]>();

  constructor(world: AgentWorld) {
    this.#world = world;
  }

  /**
   * `undefined` when the store does not know it, or it is not understood: see `read`.
   *
   * @throws when the store cannot be asked: that must not pass for a deployment that is not there.
   */
  async specOf(deployment: number): Promise<DeploymentSpec | undefined> {
    const spec = await this.read(deployment);
    if (spec.ok) return spec.value;
    const away = spec.failures.find(({ code }) => code === "store-unreachable");
    if (away !== undefined) throw new Error(`${away.message}: ${away.cause}`);
    return undefined;
  }

  /** `undefined` when the store does not know it. Fails with `state-newer`, `state-damaged` or `store-unreachable`. */
  async read(deployment: number): Promise<Result<DeploymentSpec | undefined>> {
    const known = this.#specs.get(deployment);
    if (known !== undefined) return ok(known);
    const record = await this.#world.store.deployment(deployment);
    if (!record.ok || record.value === undefined) return record.ok ? ok(undefined) : record;
    const spec = specOf(record.value);
    if (spec.ok) this.add(deployment, spec.value);
    return spec;
  }

  /**
   * Reads what has to be known of these before anything is done with them. Fails with `state-newer`, `state-damaged` or
   * `store-unreachable`: an instance of which nothing is understood would be taken out of the traffic.
   */
  async readAll(members: readonly Member[]): Promise<Result<void>> {
    const read = await Promise.all(
      [...new Set(members.map(({ deployment }) => deployment))].map((id) => this.read(id)),
    );
    const failures = read.flatMap((spec) => (spec.ok ? [] : spec.failures));
    return failures.length === 0 ? ok() : failed(...failures);
  }

  /** Call it once the deployment's secrets are sealed. */
  add(deployment: number, spec: DeploymentSpec): void {
    this.#specs.set(deployment, spec);
    if (Object.keys(spec.secrets).length === 0) return;
    const read = this.#world.vault.get(deployment, spec.environment);
    if (read.ok) this.#secrets.set(deployment, [...read.value.values()]);
  }

  forget(deployment: number): void {
    this.#specs.delete(deployment);
    this.#secrets.delete(deployment);
  }

  /** Every secret value that the deployments met so far may have given to processes. */
  get secrets(): readonly Secret[] {
    return [...this.#secrets.values()].flat();
  }
}
