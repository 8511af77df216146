import { type DeploymentSpec, specOf } from "../environment/spec.ts";
import type { Secret } from "../secrets/secret.ts";
import type { AgentWorld } from "./world.ts";

/** Specs and secrets of an environment's deployments, each read once: neither ever changes. */
export class KnownDeployments {
  readonly #world: AgentWorld;
  readonly #specs = new Map<number, DeploymentSpec>();
  readonly #secrets = new Map<number, readonly Secret[]>();

  constructor(world: AgentWorld) {
    this.#world = world;
  }

  /**
   * `undefined` when the store does not know it.
   *
   * @throws when the store cannot be asked: that must not pass for a deployment that is not there.
   */
  async specOf(deployment: number): Promise<DeploymentSpec | undefined> {
    const known = this.#specs.get(deployment);
    if (known !== undefined) return known;
    const record = await this.#world.store.deployment(deployment);
    if (!record.ok) throw new Error(record.failures.map(({ message }) => message).join("; "));
    if (record.value !== undefined) this.add(deployment, specOf(record.value));
    return this.#specs.get(deployment);
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
