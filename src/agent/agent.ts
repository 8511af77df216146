import { TurnTaker } from "../concurrency/turn-taker.ts";
import { isOverridden } from "../environment/overrides.ts";
import { broughtBy, type DeploymentSpec, specOf } from "../environment/spec.ts";
import { both, failed, ok, type Result } from "../errors/result.ts";
import type { Actor } from "../events/actor.ts";
import type { ResourceSpec } from "../records/resource.ts";
import { servingIn } from "../store/serving.ts";
import { admit } from "./admit.ts";
import type { Told } from "./environments/facts.ts";
import { findRollback } from "./environments/find-rollback.ts";
import { openOnceFree } from "./environments/lease-keeper.ts";
import { ManagedEnvironment } from "./environments/managed-environment.ts";
import { outcomeOf } from "./environments/outcome.ts";
import { secretsOf } from "./environments/processes-of.ts";
import type { Rest, Steering } from "./environments/under-way.ts";
import { busy, held, InProgress, unended } from "./in-progress.ts";
import { PreviewKeeper } from "./preview-keeper.ts";
import type {
  AcknowledgeCall,
  ApproveCall,
  BackupCall,
  CreateCall,
  DeployCall,
  MendCall,
  RehearseCall,
  RestoreCall,
  RollbackCall,
  SeededCall,
} from "./protocol/protocol.ts";
import { Rehearsals } from "./rehearsals.ts";
import type { AgentWorld } from "./world.ts";

/**
 * Runs deployments and looks after what they left running, for all environments of one project. Its methods may be called
 * at any time and side by side.
 *
 * - An environment is opened (its lease taken) before anything is done with it, and only once: two that ask at the same
 *   moment get the same `ManagedEnvironment`.
 * - What changes an environment takes its turn, in the order of the calls; of different environments nothing waits for the
 *   other. What an earlier agent left is recovered in the first turn after opening, so every call finds it settled.
 * - `abort`, `backup`, `backUpDue`, `environment` (to look) and `busy` take no turn.
 * - When a lease is lost the environment is let go: what runs goes on running, the calls under way fail with `stale-writer`,
 *   and the next call opens it anew, or fails with `environment-busy` as long as somebody else renews the lease.
 */
export class Agent {
  readonly #world: AgentWorld;
  readonly #environments = new Map<string, ManagedEnvironment>();
  readonly #turns = new TurnTaker();
  /** How many deployments are under way or waiting, by environment. */
  readonly #deploying = new Map<string, number>();
  readonly #opening = new Map<string, Promise<Result<ManagedEnvironment>>>();
  readonly #previews: PreviewKeeper;
  readonly #inProgress: InProgress;
  readonly #rehearsals: Rehearsals;
  /** Environments that could not be taken over yet. */
  #left = new Set<string>();
  /** Which environments there are could not be read yet. */
  #isUnread = false;

  constructor(world: AgentWorld) {
    this.#world = world;
    this.#inProgress = new InProgress({
      world,
      find: (name) => this.#environments.get(name),
      open: (name) => this.#openOnceFree(name),
      waiting: (name) => this.#turns.waiting(name),
      isDeploying: (name) => this.#deploying.has(name),
    });
    this.#previews = new PreviewKeeper(world, {
      // One that waits for a person or for time must not keep a preview for ever.
      atWork: () => this.inProgress(),
      inTurn: (name, caller, work) => this.#inTurn(name, caller, work),
      watched: (name, caller, work) => this.#watched(name, caller, work),
    });
    this.#rehearsals = new Rehearsals({
      clock: world.clock,
      open: (name) => this.#openOnceFree(name),
      create: (call, caller) => this.#previews.create(call, caller),
      deploy: (spec, secrets, caller) =>
        this.#asDeployment(spec.environment, spec.release, true, caller, async (environment) =>
          outcomeOf(await environment.deploy(spec, secrets, caller)),
        ),
      destroy: (name, caller) => this.destroy(name, caller),
    });
  }

  /** Environments with a deployment under way or waiting. */
  busy(): string[] {
    const driven = [...this.#environments.values()].filter((environment) => environment.isDeploying);
    return [...new Set([...this.#deploying.keys(), ...driven.map(({ name }) => name)])].sort();
  }

  /** Environments where something is under way that ends by itself: not what waits for a person or keeps what served before. */
  inProgress(): string[] {
    return this.atWork().filter((name) => !this.#inProgress.waits(name));
  }

  /** Environments where something is under way that has an end, whatever it is. */
  atWork(): string[] {
    const saved = [...this.#environments.values()].filter((environment) => environment.isBackingUp);
    return [...new Set([...this.#turns.busy(), ...this.#rehearsals.held, ...saved.map(({ name }) => name)])].sort();
  }

  /** The services of which nothing runs although it should. */
  async down(): Promise<{ readonly environment: string; readonly service: string }[]> {
    const all: { readonly environment: string; readonly service: string }[] = [];
    for (const managed of this.#environments.values())
      for (const service of await managed.down()) all.push({ environment: managed.name, service });
    return all;
  }

  /** The resources of all environments in which something runs. */
  inUse(): ResourceSpec[] {
    return [...this.#environments.values()].flatMap((environment) => environment.inUse);
  }

  /** Whether there is nothing to do and nothing to look after. */
  isIdle(): boolean {
    const isQuiet = this.atWork().length === 0 && this.#left.size === 0 && !this.#isUnread && !this.#previews.areThere;
    return isQuiet && [...this.#environments.values()].every((environment) => environment.isIdle);
  }

  /** Takes over what an earlier agent left; resolves once it has all of it in hand. Work that comes waits behind it. */
  async recover(): Promise<void> {
    const known = await this.#world.store.environments();
    this.#isUnread = !known.ok;
    if (!known.ok) return this.#world.report({ failures: known.failures });
    const previews = await this.#previews.look();
    if (!previews.ok) this.#world.report({ failures: previews.failures });
    this.#left = new Set(known.value.map(({ name }) => name));
    await this.recoverLeft();
  }

  /** Tries again with what could not be taken over: the disk may have been full. */
  async recoverLeft(): Promise<void> {
    if (this.#isUnread) return this.recover();
    for (const name of this.#left) {
      const opened = await this.#open(name);
      if (!opened.ok) this.#world.report({ failures: opened.failures });
    }
  }

  async deploy(call: DeployCall, caller: Told): Promise<Result<void>> {
    const { spec, secrets } = call;
    const rested = Promise.withResolvers<Result<void>>();
    // Whoever was answered hears nothing further; the deployment goes on.
    const onRest = (rest: Rest) => {
      if (rest !== "baking") rested.resolve(failed(held(spec.environment, rest === "misshared")));
      else if (call.until !== "ended") rested.resolve(ok());
    };
    const ended = this.#asDeployment(spec.environment, spec.release, call.wait, caller, async (environment) => {
      const admitted = await admit(this.#world, spec, caller.by);
      if (!admitted.ok) return admitted;
      if (spec.approval !== undefined && !isOverridden(spec, "approval"))
        return environment.askApproval(spec, secrets, { by: caller.by, rest: call.rest });
      return outcomeOf(await environment.deploy(spec, secrets, caller, onRest));
    });
    // What it comes to after that is in its record.
    ended.catch(this.#world.report);
    const answer = await Promise.race([rested.promise, ended]);
    await this.#world.chronicle.settled();
    return answer;
  }

  /** Says yes or no to a deployment that waits for it. The last yes begins it: it goes on as any other, whoever hangs up. */
  async approve(call: ApproveCall, caller: Told): Promise<Result<void>> {
    const rested = Promise.withResolvers<Result<void>>();
    const onRest = (rest: Rest) =>
      rested.resolve(rest === "baking" ? ok() : failed(held(call.environment, rest === "misshared")));
    const ended = this.#asDeployment(call.environment, "", true, caller, async (environment) => {
      const agreed = await environment.answer(call, caller.by);
      if (!agreed.ok || agreed.value === undefined) return agreed.ok ? ok() : agreed;
      const { deployment, approval } = agreed.value;
      const spec: DeploymentSpec = approval.spec;
      const admitted = await admit(this.#world, spec, approval.by);
      if (!admitted.ok) return admitted;
      const sealed = secretsOf(this.#world, spec, deployment);
      const isAtHand = Object.keys(spec.secrets).every((name) => call.secrets.has(name));
      if (!sealed.ok && !isAtHand) return sealed;
      const secrets = sealed.ok ? sealed.value : call.secrets;
      return outcomeOf(await environment.deploy(spec, secrets, { by: approval.by }, onRest, agreed.value));
    });
    ended.catch(this.#world.report);
    const answer = await Promise.race([rested.promise, ended]);
    await this.#world.chronicle.settled();
    return answer;
  }

  /** Back to something that served before: one switch, no gates. What is left is refused from now on. */
  async rollback(call: RollbackCall, caller: Told): Promise<Result<void>> {
    const { store, now } = this.#world;
    // It wins at once: what is under way is what is gone back from.
    const taken = await this.#inProgress.takeBack(call, caller.by);
    if (taken !== undefined && (call.release === undefined || !taken.ok)) return taken;
    const serving = taken === undefined ? ok(undefined) : await servingIn(store, call.environment);
    if (!serving.ok) return serving;
    if (serving.value !== undefined && isDigestOf(call.release ?? "", serving.value.release)) return ok();
    return this.#asDeployment(call.environment, call.release ?? "", call.wait, caller, async (environment) => {
      const found = await findRollback(store, call);
      if (!found.ok) return found;
      const { to, from } = found.value;
      const read = specOf(to);
      if (!read.ok) return read;
      const spec = broughtBy(read.value);
      const secrets = secretsOf(this.#world, spec, to.id);
      if (!secrets.ok) return secrets;
      const reason = call.reason ?? `rolled back in ${call.environment}`;
      // Where only the config goes back, the release is as good as it was.
      const isRefused = from.release !== to.release;
      const refused = isRefused
        ? await store.setQuarantine(
            from.release,
            { at: now(), reason, ...(caller.by && { by: caller.by }) },
            { action: environment.action("quarantine", { release: from.release, reason }) },
          )
        : ok(undefined);
      if (!refused.ok) return refused;
      if (isRefused) environment.tell({ type: "releaseRefused", release: from.release, reason });
      const back: DeploymentSpec = { ...spec, kind: "rollback", strategy: { strategy: "switch" }, checks: [] };
      return outcomeOf(await environment.deploy(back, secrets.value, { by: caller.by, reason }));
    });
  }

  /** Says something to the deployment under way. */
  steer(name: string, steering: Steering, by?: Actor): Promise<Result<void>> {
    return this.#inProgress.steer(name, steering, by);
  }

  /** Takes the deployment under way back; resolves when it has. */
  abort(name: string, reason: string, by?: Actor): Promise<Result<void>> {
    return this.#inProgress.abort(name, reason, by);
  }

  /** Notes that somebody has seen which gates were set aside; twice is the same as once. Takes no turn. */
  async acknowledge({ environment, ...call }: AcknowledgeCall, by?: Actor): Promise<Result<void>> {
    const opened = await this.#openOnceFree(environment);
    return opened.ok ? opened.value.acknowledge(call, by) : opened;
  }

  /** What waits for a person, or keeps what served before, runs: it is not waited for. */
  async start(name: string, caller: Told): Promise<Result<void>> {
    const opened = await this.#openOnceFree(name);
    if (!opened.ok) return opened;
    return opened.value.watched(caller.tell, async () => {
      await this.#inProgress.atRest(opened.value);
      return this.#inProgress.waits(name)
        ? ok()
        : this.#inTurn(name, caller, (environment) =>
            environment.acting("start-environment", () => environment.start()),
          );
    });
  }

  /** Brings what runs back to what was deployed, but for these subjects. */
  async mend({ environment, ...call }: MendCall, caller: Told): Promise<Result<void>> {
    if (this.#inProgress.waits(environment)) return failed(unended(environment, "is not at its end"));
    const details = call.except.length > 0 ? { details: { except: call.except } } : {};
    const mend = (managed: ManagedEnvironment) =>
      managed.acting("mend-drift", () => managed.mend(call, caller.by), details);
    return this.#watched(environment, caller, mend);
  }

  stop(name: string, caller: Told): Promise<Result<void>> {
    this.#inProgress.leavePause(name, caller.by);
    return this.#watched(name, caller, (environment) =>
      environment.acting("stop-environment", () => environment.stop()),
    );
  }

  async destroy(name: string, caller: Told): Promise<Result<void>> {
    this.#inProgress.leavePause(name, caller.by);
    const destroyed = await this.#watched(name, caller, (environment) =>
      environment.acting("destroy-environment", () => environment.destroy()),
    );
    return both(destroyed, await this.#previews.look());
  }

  /** Makes an environment, or what is missing of it; a preview that is there ends later. */
  create(call: CreateCall, caller: Told): Promise<Result<void>> {
    const { environment, about, secrets } = call;
    if (about.preview !== undefined) return this.#previews.create(call, caller);
    return this.#watched(environment, caller, (managed) =>
      managed.acting("create-environment", () => managed.create(about, secrets)),
    );
  }

  /** See `Rehearsals.rehearse`. */
  rehearse(call: RehearseCall, caller: Told): Promise<Result<void>> {
    return this.#rehearsals.rehearse(call, caller);
  }

  /** Notes that a preview's seed has run. */
  seeded({ environment, createdAt }: SeededCall, caller: Told): Promise<Result<void>> {
    return this.#inTurn(environment, caller, (managed) => managed.noteSeeded(createdAt));
  }

  /** Destroys previews that have ended, but for those that are deployed to: they go when that is over. */
  sweep(caller: Told): Promise<Result<void>> {
    return this.#previews.sweep(caller);
  }

  /** The same by itself, when there may be something to do. Never throws. */
  tendPreviews(): Promise<void> {
    return this.#previews.tend();
  }

  /** Saves what resources keep. It takes no turn: whatever else happens there does not wait for it. */
  async backup({ environment, resource }: BackupCall, { tell, by }: Told): Promise<Result<void>> {
    const opened = await this.#openOnceFree(environment);
    if (!opened.ok) return opened;
    const about = { by: by ?? null, ...(resource !== undefined && { details: { resource } }) };
    return opened.value.watched(tell, () =>
      opened.value.acting("back-up", () => opened.value.backup(resource, by), about),
    );
  }

  /** Makes resources what they were; what uses them does not run meanwhile. */
  restore({ environment, ...wanted }: RestoreCall, caller: Told): Promise<Result<void>> {
    this.#inProgress.leavePause(environment, caller.by);
    return this.#watched(environment, caller, (managed) =>
      managed.acting("restore-resources", () => managed.restore(wanted), { details: wanted }),
    );
  }

  /** Begins the scheduled backups that are due, in no turn. */
  backUpDue(): void {
    const { report } = this.#world;
    for (const environment of this.#environments.values())
      if (environment.isBackupDue)
        environment.backUpDue().then((done) => void (done.ok || report({ failures: done.failures })), report);
  }

  /** The environment, for looking only: also while something is under way. */
  environment(name: string): Promise<Result<ManagedEnvironment>> {
    return this.#openOnceFree(name);
  }

  /** Lets go of everything; what runs goes on running. */
  letGo(): void {
    for (const environment of this.#environments.values()) environment.letGo();
  }

  async #asDeployment(
    name: string,
    release: string,
    mayWait: boolean,
    caller: Told,
    work: (environment: ManagedEnvironment) => Promise<Result<void>>,
  ): Promise<Result<void>> {
    const opened = await this.#openOnceFree(name);
    if (!opened.ok) return opened;
    const waiting = this.#deploying.get(name) ?? 0;
    const behind = Math.max(waiting, opened.value.isDeploying ? 1 : 0);
    if (opened.value.underWay?.isPaused) return failed(unended(name, "is paused"));
    if (behind > 0 && !mayWait && !opened.value.underWay?.isResting) return failed(busy(name));
    const queued = { type: "deploymentQueued", environment: name, release, behind } as const;
    if (behind > 0) opened.value.tellOne(queued, caller);
    this.#deploying.set(name, waiting + 1);
    try {
      return await this.#inTurn(name, caller, (environment) =>
        environment.watched(caller.tell, () => work(environment)),
      );
    } finally {
      const left = (this.#deploying.get(name) ?? 1) - 1;
      if (left > 0) this.#deploying.set(name, left);
      else this.#deploying.delete(name);
    }
  }

  /** The caller also hears of what is in front of it. */
  async #watched(
    name: string,
    caller: Told,
    work: (environment: ManagedEnvironment) => Promise<Result<void>>,
  ): Promise<Result<void>> {
    const opened = await this.#openOnceFree(name);
    return opened.ok ? opened.value.watched(caller.tell, () => this.#inTurn(name, caller, work)) : opened;
  }

  /** Opened before its turn: what was left there is then looked after first. */
  async #inTurn<T>(
    name: string,
    { by }: Told,
    work: (environment: ManagedEnvironment) => Promise<Result<T>>,
  ): Promise<Result<T>> {
    const opened = await this.#openOnceFree(name);
    if (!opened.ok) return opened;
    const done = this.#turns.take(name, () => opened.value.askedBy(by, () => work(opened.value)));
    opened.value.underWay?.makeRoom();
    return done;
  }

  // For a caller: a writer that hangs is waited out.
  #openOnceFree = (name: string) => openOnceFree(this.#world, name, () => this.#open(name));

  /** Takes the environment over unless it is in hand. Two that ask at once get the same. */
  #open(name: string): Promise<Result<ManagedEnvironment>> {
    const known = this.#environments.get(name);
    if (known !== undefined && !known.isOver) return Promise.resolve(ok(known));
    const opening = this.#opening.get(name) ?? this.#takeOver(name).finally(() => this.#opening.delete(name));
    this.#opening.set(name, opening);
    return opening;
  }

  /** What was left there is looked after in its turn. */
  async #takeOver(name: string): Promise<Result<ManagedEnvironment>> {
    const opened = await ManagedEnvironment.open(this.#world, name, () => this.#turns.waiting(name) > 1);
    if (!opened.ok) return opened;
    this.#environments.set(name, opened.value);
    this.#left.delete(name);
    this.#turns
      .take(name, () => opened.value.recover())
      .then((recovered) => {
        if (!recovered.ok) this.#world.report({ failures: recovered.failures });
        this.backUpDue();
      }, this.#world.report);
    return opened;
  }
}

/** `beginning`: of a digest, with or without the name of its algorithm. */
function isDigestOf(beginning: string, digest: string): boolean {
  return digest.startsWith(beginning) || digest.slice("sha256:".length).startsWith(beginning);
}
