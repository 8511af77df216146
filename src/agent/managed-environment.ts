import { rm } from "node:fs/promises";
import { dirname } from "node:path";
import { type DeploymentSpec, emptyFleet, type Fleet } from "../environment/spec.ts";
import type { Failure } from "../errors/failure.ts";
import { ok, type Result } from "../errors/result.ts";
import type { Emit, Event } from "../events/event.ts";
import { unpackRelease } from "../release/unpack.ts";
import { Controller } from "../rollout/controller.ts";
import { fleetAt } from "../rollout/fleet-at.ts";
import { FleetKeeper } from "../rollout/fleet-keeper.ts";
import { replay } from "../rollout/journal.ts";
import type { Ended } from "../rollout/machine.ts";
import { performer } from "../rollout/performer.ts";
import { planRollout } from "../rollout/plan.ts";
import { summarise } from "../rollout/step.ts";
import type { Secret } from "../secrets/secret.ts";
import type { DeploymentRecord, EnvironmentRecord, Lease } from "../store/store.ts";
import { keepLease, takeLease } from "./lease-keeper.ts";
import { instanceSpec, jobSpec, secretsOf } from "./processes-of.ts";
import { redactDeep } from "./redaction.ts";
import type { AgentWorld } from "./world.ts";

/**
 * One environment in the hands of this agent: its lease, its fleet, and the deployment under way. Callers queue in
 * front of it (`TurnTaker`): its methods never run side by side.
 */
export class ManagedEnvironment {
  readonly name: string;
  readonly #world: AgentWorld;
  readonly #lease: Lease;
  readonly #keeper: FleetKeeper;
  readonly #specs = new Map<number, DeploymentSpec>();
  readonly #over = new AbortController();
  #controller: Controller | undefined;
  /** Where the facts of the deployment under way go besides the store. */
  #emit: Emit = () => {};

  /** Takes the environment over. Fails with `environment-busy` when another living writer has it. */
  static async open(world: AgentWorld, name: string): Promise<Result<ManagedEnvironment>> {
    const lease = await takeLease(world, name);
    return lease.ok ? ok(new ManagedEnvironment(world, name, lease.value)) : lease;
  }

  private constructor(world: AgentWorld, name: string, lease: Lease) {
    this.name = name;
    this.#world = world;
    this.#lease = lease;
    this.#keeper = new FleetKeeper({
      environment: name,
      driver: world.driver,
      gateway: world.gateway,
      probe: world.probe,
      emit: (event) => this.#tell(event),
      token: () => lease.token,
      specOf: (deployment) => this.#specOf(deployment),
      instanceSpec: async (member) => instanceSpec(world, await this.#specOf(member.deployment), member),
      now: world.now,
    });
    this.#keeper.onLost = (member, failures) => this.#controller?.memberLost(member.id, failures);
    void this.#keeper.tend(this.#over.signal);
    void keepLease(world, lease, this.#over.signal).then((kept) => {
      if (!kept.ok) this.letGo();
    });
  }

  /** Whether there is anything to look after. */
  get isIdle(): boolean {
    return this.#keeper.members.length === 0 && this.#controller === undefined;
  }

  get isOver(): boolean {
    return this.#over.signal.aborted;
  }

  /** Stops looking after it; what runs goes on running. */
  letGo(): void {
    this.#over.abort();
  }

  /** Takes over what the last agent left: the fleet, and a deployment that it did not finish. */
  async recover(emit: Emit): Promise<Result<void>> {
    const record = await this.#world.store.environment(this.name);
    const unfinished = await this.#world.store.unfinishedDeployments();
    const deployment = unfinished.find((candidate) => candidate.environment === this.name);
    if (deployment !== undefined) return this.#recoverDeployment(deployment, emit);
    if (record?.serving !== undefined && !record.stopped) await this.#adopt(fleetOf(record.members), record.serving);
    return ok();
  }

  async deploy(spec: DeploymentSpec, secrets: Readonly<Record<string, string>>, emit: Emit): Promise<Result<Ended>> {
    const { store, vault, now } = this.#world;
    const woken = await this.start();
    if (!woken.ok) return woken;
    const created = await store.createDeployment(this.#lease, {
      release: spec.release,
      kind: spec.kind,
      at: now(),
      spec,
    });
    if (!created.ok) return created;
    const deployment = created.value;
    if (Object.keys(secrets).length > 0) {
      const sealed = vault.put(deployment.id, secrets);
      if (!sealed.ok) return sealed;
    }
    return this.#run(deployment, spec, emit);
  }

  /** Takes a deployment under way back. */
  abort(reason: string): boolean {
    this.#controller?.abort([{ code: "deployment-aborted", message: reason }]);
    return this.#controller !== undefined;
  }

  /** Lets what was deployed run (again). */
  async start(): Promise<Result<void>> {
    const record = await this.#world.store.environment(this.name);
    if (record?.serving === undefined || !record.stopped) return ok();
    const written = await this.#world.store.setStopped(this.#lease, false);
    if (!written.ok) return written;
    await this.#adopt(fleetOf(record.members), record.serving);
    return ok();
  }

  /** Ends its instances and its routes; what was deployed is remembered. */
  async stop(emit: Emit): Promise<Result<void>> {
    this.#emit = emit;
    const written = await this.#world.store.setStopped(this.#lease, true);
    if (!written.ok) return written;
    const removed = await this.#world.gateway.remove(this.name, this.#lease.token);
    const stopped = await this.#keeper.stop(this.#keeper.members);
    this.#tell({ type: "environmentStopped", environment: this.name });
    return stopped.ok ? removed : stopped;
  }

  /** Stops it and forgets what it ran, its data included. */
  async destroy(emit: Emit): Promise<Result<void>> {
    const stopped = await this.stop(emit);
    if (!stopped.ok) return stopped;
    const { driver, paths, store } = this.#world;
    const left = await driver.observe(this.name);
    for (const instance of left.ok ? left.value : []) await driver.remove(this.name, instance.id);
    await rm(dirname(paths.dataOf(this.name)), { recursive: true, force: true });
    return store.clearEnvironment(this.#lease);
  }

  /** Every secret value its instances may have been given. */
  async secrets(): Promise<readonly Secret[]> {
    const deployments = new Set([...this.#keeper.members.map((member) => member.deployment), ...this.#specs.keys()]);
    const found = await Promise.all(
      [...deployments].map(async (id) => secretsOf(this.#world, await this.#specOf(id), id)),
    );
    return found.flatMap((secrets) => (secrets.ok ? [...secrets.value.values()] : []));
  }

  async #run(deployment: DeploymentRecord, spec: DeploymentSpec, emit: Emit): Promise<Result<Ended>> {
    const record = await this.#world.store.environment(this.name);
    const before = fleetOf(record?.members);
    const plan = planRollout(spec, deployment.id, before.members);
    this.#emit = emit;
    const from = before.routed[0]?.release;
    this.#tell({
      type: "deploymentStarted",
      environment: this.name,
      deployment: deployment.id,
      release: spec.release,
      kind: spec.kind,
      strategy: spec.strategy.strategy,
      steps: plan.steps.map(summarise),
      ...(from === undefined ? {} : { from }),
    });
    return this.#drive(deployment, spec, record?.serving, (controller) => controller.run(plan));
  }

  async #recoverDeployment(deployment: DeploymentRecord, emit: Emit): Promise<Result<void>> {
    const { store, now } = this.#world;
    const record = await store.environment(this.name);
    const state = replay(await store.journal(deployment.id));
    this.#emit = emit;
    if (state === undefined || state.phase === "ended") return this.#close(deployment.id, state, record, now());
    await this.#adopt(fleetAt(state), record?.serving ?? deployment.id);
    await this.#keeper.settled();
    const spec = deployment.spec as DeploymentSpec;
    const ended = await this.#drive(deployment, spec, record?.serving, (controller) => controller.resume(state));
    return ended.ok ? ok() : ended;
  }

  /** Ends a deployment that never began, or whose end was all that was not written. */
  async #close(id: number, state: Ended | undefined, record: EnvironmentRecord | undefined, now: number) {
    const fleet = state?.fleet ?? fleetOf(record?.members);
    const outcome = state?.outcome ?? "reverted";
    const serving = outcome === "deployed" ? id : record?.serving;
    const failures = state?.failures ?? [neverBegun(id)];
    const end = {
      at: state?.at ?? now,
      outcome,
      failures,
      members: fleet,
      ...(serving === undefined ? {} : { serving }),
    };
    const finished = await this.#world.store.finishDeployment(this.#lease, id, end);
    if (serving !== undefined) await this.#adopt(fleet, serving);
    return finished;
  }

  async #drive(
    deployment: DeploymentRecord,
    spec: DeploymentSpec,
    servedBefore: number | undefined,
    go: (controller: Controller) => Promise<Result<Ended>>,
  ): Promise<Result<Ended>> {
    const { id } = deployment;
    this.#specs.set(id, spec);
    const secrets = await this.secrets();
    const controller = new Controller({
      environment: this.name,
      deployment: id,
      servedBefore,
      log: {
        append: (entry) => this.#world.store.appendJournal(this.#lease, id, redactDeep(entry, secrets)),
        finish: (end) => this.#world.store.finishDeployment(this.#lease, id, redactDeep(end, secrets)),
      },
      perform: performer(this.#performerWorld(id, spec)),
      emit: (event) => this.#tell(redactDeep(event, secrets)),
      now: this.#world.now,
    });
    this.#controller = controller;
    try {
      return await go(controller);
    } finally {
      this.#controller = undefined;
    }
  }

  #performerWorld(deployment: number, spec: DeploymentSpec) {
    const { driver, blobs, paths } = this.#world;
    return {
      spec,
      deployment,
      keeper: this.#keeper,
      driver,
      emit: (event: Event) => this.#tell(event),
      token: () => this.#lease.token,
      unpack: async () => {
        const unpacked = await unpackRelease(spec.release, blobs, paths.releases);
        return unpacked.ok ? ok() : unpacked;
      },
      jobSpec: async (job: Parameters<typeof jobSpec>[3]) => jobSpec(this.#world, spec, deployment, job),
      addressOf: async (member: string) => {
        const observed = await driver.observe(this.name);
        const address = observed.ok ? observed.value.find(({ id }) => id === member)?.address : undefined;
        return address === undefined ? undefined : `${address.host}:${address.port}`;
      },
    };
  }

  async #adopt(fleet: Fleet, inCharge: number): Promise<void> {
    const { blobs, paths } = this.#world;
    for (const release of new Set(fleet.members.map((member) => member.release))) {
      await unpackRelease(release, blobs, paths.releases);
    }
    await this.#world.gateway.ensure();
    this.#keeper.adopt(fleet, inCharge);
  }

  async #specOf(deployment: number): Promise<DeploymentSpec> {
    const known = this.#specs.get(deployment);
    if (known !== undefined) return known;
    const record = await this.#world.store.deployment(deployment);
    if (record === undefined) throw new Error(`deployment ${deployment} is in a fleet but not in the store`);
    const spec = record.spec as DeploymentSpec;
    this.#specs.set(deployment, spec);
    return spec;
  }

  /** A fact, to whoever watches; losses outside of a deployment's own steps are kept for the history. */
  #tell(event: Event): void {
    this.#emit(event);
    if (event.type === "instanceLost") {
      void this.#world.store.addIncident({ at: this.#world.now(), environment: this.name, event });
    }
  }
}

function fleetOf(members: unknown): Fleet {
  const fleet = members as Partial<Fleet> | undefined;
  return fleet?.members === undefined || fleet.routed === undefined
    ? emptyFleet
    : { members: fleet.members, routed: fleet.routed };
}

function neverBegun(deployment: number): Failure {
  return {
    code: "deployment-aborted",
    message: `Deployment ${deployment} was interrupted before it began; nothing had changed`,
    hint: "Deploy again: tidegate deploy",
  };
}
