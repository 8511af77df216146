import { admission } from "../environment/admission.ts";
import { rollbackTarget } from "../environment/rollback-target.ts";
import type { DeploymentSpec } from "../environment/spec.ts";
import { failed, ok, type Result } from "../errors/result.ts";
import type { Emit } from "../events/event.ts";
import type { Ended } from "../rollout/machine.ts";
import type { DeploymentRecord } from "../store/store.ts";
import { ManagedEnvironment } from "./managed-environment.ts";
import type { DeployCall, RollbackCall } from "./protocol.ts";
import { TurnTaker } from "./turn-taker.ts";
import type { AgentWorld } from "./world.ts";

/** Runs deployments and looks after what they left running, for all environments of one project. */
export class Agent {
  readonly #world: AgentWorld;
  readonly #environments = new Map<string, ManagedEnvironment>();
  readonly #turns = new TurnTaker();

  constructor(world: AgentWorld) {
    this.#world = world;
  }

  /** Environments with work under way or waiting. */
  busy(): string[] {
    return this.#turns.busy();
  }

  /** Whether anything needs the gateway. */
  needsGateway(): boolean {
    return !this.isIdle();
  }

  isIdle(): boolean {
    return this.busy().length === 0 && [...this.#environments.values()].every((environment) => environment.isIdle);
  }

  /** Takes over what an earlier agent left. Work that comes meanwhile waits behind it. */
  async recover(emit: Emit): Promise<void> {
    for (const { name } of await this.#world.store.environments()) {
      void this.#inTurn(name, (environment) => environment.recover(emit));
    }
  }

  async deploy(call: DeployCall, emit: Emit): Promise<Result<void>> {
    const { spec, secrets } = call;
    const queued = this.#queue(spec.environment, spec.release, call.wait, emit);
    if (!queued.ok) return queued;
    return this.#inTurn(spec.environment, async (environment) => {
      const admitted = await this.#admit(spec);
      return admitted.ok ? outcomeOf(await environment.deploy(spec, secrets, emit)) : admitted;
    });
  }

  /** Back to something that served before: one switch, no gates. What is left is refused from now on. */
  async rollback(call: RollbackCall, emit: Emit): Promise<Result<void>> {
    const queued = this.#queue(call.environment, call.release ?? "", call.wait, emit);
    if (!queued.ok) return queued;
    return this.#inTurn(call.environment, async (environment) => {
      const target = await this.#rollbackTarget(call);
      if (!target.ok) return target;
      const { to, from } = target.value;
      const secrets = this.#secretsOf(to);
      if (!secrets.ok) return secrets;
      const reason = call.reason ?? `rolled back in ${call.environment}`;
      await this.#world.store.setQuarantine(from.release, { at: this.#world.now(), reason });
      const { after: _, ...spec } = to.spec as DeploymentSpec;
      const back: DeploymentSpec = { ...spec, kind: "rollback", strategy: { strategy: "switch" }, checks: [] };
      return outcomeOf(await environment.deploy(back, secrets.value, emit));
    });
  }

  abort(name: string, reason: string): Result<void> {
    if (this.#environments.get(name)?.abort(reason)) return ok();
    return failed({ code: "nothing-deployed", message: `No deployment to ${name} is under way` });
  }

  start(name: string): Promise<Result<void>> {
    return this.#inTurn(name, (environment) => environment.start());
  }

  async stop(name: string, emit: Emit): Promise<Result<void>> {
    return this.#inTurn(name, (environment) => environment.stop(emit));
  }

  async destroy(name: string, emit: Emit): Promise<Result<void>> {
    return this.#inTurn(name, (environment) => environment.destroy(emit));
  }

  environment(name: string): Promise<Result<ManagedEnvironment>> {
    return this.#inTurn(name, async (environment) => ok(environment));
  }

  /** Lets go of everything; what runs goes on running. */
  letGo(): void {
    for (const environment of this.#environments.values()) environment.letGo();
  }

  #queue(environment: string, release: string, wait: boolean, emit: Emit): Result<void> {
    const behind = this.#turns.waiting(environment);
    if (behind === 0) return ok();
    if (wait) {
      emit({ type: "deploymentQueued", environment, release, behind });
      return ok();
    }
    return failed({
      code: "environment-busy",
      message: `A deployment to ${environment} is under way`,
      hint: "Wait for it (leave out --no-wait), or take it back: tidegate deploy --abort",
    });
  }

  #inTurn<T>(name: string, work: (environment: ManagedEnvironment) => Promise<Result<T>>): Promise<Result<T>> {
    return this.#turns.take(name, async () => {
      const opened = await this.#open(name);
      return opened.ok ? work(opened.value) : opened;
    });
  }

  async #open(name: string): Promise<Result<ManagedEnvironment>> {
    const known = this.#environments.get(name);
    if (known !== undefined && !known.isOver) return ok(known);
    const opened = await ManagedEnvironment.open(this.#world, name);
    if (opened.ok) this.#environments.set(name, opened.value);
    return opened;
  }

  async #admit(spec: DeploymentSpec): Promise<Result<void>> {
    const { store } = this.#world;
    const [release] = await store.findReleases(spec.release);
    if (release === undefined)
      return failed({ code: "unknown-release", message: `There is no release ${spec.release}` });
    const after = spec.after;
    const failures = admission({
      environment: spec.environment,
      release,
      ...(after === undefined
        ? {}
        : { after: { name: after, deployments: await store.deployments({ environment: after }) } }),
    });
    return failures.length === 0 ? ok() : failed(...failures);
  }

  async #rollbackTarget(call: RollbackCall): Promise<Result<{ to: DeploymentRecord; from: DeploymentRecord }>> {
    const { store } = this.#world;
    const record = await store.environment(call.environment);
    const from = record?.serving === undefined ? undefined : await store.deployment(record.serving);
    if (from === undefined) {
      return failed({ code: "nothing-deployed", message: `Nothing was deployed to ${call.environment} yet` });
    }
    const wanted = call.release === undefined ? undefined : await store.findReleases(call.release);
    const deployments = await store.deployments({ environment: call.environment });
    const candidates =
      wanted === undefined
        ? deployments
        : deployments.filter(({ release }) => wanted.some(({ digest }) => digest === release));
    const to = rollbackTarget(candidates, from, await store.releases());
    if (to !== undefined) return ok({ to, from });
    return failed({
      code: "nothing-to-roll-back",
      message: `${call.environment} has served no other release${call.release === undefined ? "" : ` ${call.release}`} that it could go back to`,
      hint: `See what it served: tidegate history ${call.environment}`,
    });
  }

  #secretsOf(deployment: DeploymentRecord): Result<Readonly<Record<string, string>>> {
    const spec = deployment.spec as DeploymentSpec;
    if (Object.keys(spec.secrets).length === 0) return ok({});
    const secrets = this.#world.vault.get(deployment.id, spec.environment);
    if (!secrets.ok) return secrets;
    return ok(Object.fromEntries([...secrets.value].map(([name, secret]) => [name, secret.reveal()])));
  }
}

/** A deployment that did not end with its release serving has failed, whatever serves now. */
function outcomeOf(ended: Result<Ended>): Result<void> {
  if (!ended.ok) return ended;
  const { outcome, failures } = ended.value;
  if (outcome === "deployed") return ok();
  if (outcome === "reverted") return failed(...failures);
  return failed(
    {
      code: "deployment-stuck",
      message: "The deployment failed and could not be taken back completely; what still serves was left alone",
      hint: "See what serves: tidegate status. Then deploy a good release.",
    },
    ...failures,
  );
}
