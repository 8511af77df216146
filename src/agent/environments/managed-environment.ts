import type { Driver } from "../../drivers/driver.ts";
import { aboutOf } from "../../environment/about.ts";
import type { Unended } from "../../environment/previews.ts";
import type { DeploymentSpec, ServiceSpec } from "../../environment/spec.ts";
import { type Failed, ok, type Result } from "../../errors/result.ts";
import type { Actor } from "../../events/actor.ts";
import type { Tell } from "../../events/envelope.ts";
import type { Event } from "../../events/event.ts";
import type { Action, ActionName } from "../../records/action.ts";
import type { EnvironmentAbout, ResourceSpec } from "../../records/resource.ts";
import type { Ended } from "../../rollout/rollout-state.ts";
import { redactDeep } from "../../secrets/redaction/redact.ts";
import type { Secret, Secrets } from "../../secrets/secret.ts";
import type { Lease } from "../../store/store.ts";
import { environmentDriver } from "../drivers.ts";
import type { AgentWorld } from "../world.ts";
import { type Acknowledgement, acknowledge } from "./acknowledge.ts";
import { collect, settleAfter } from "./after-deployment.ts";
import { type Answer, answer, askApproval, lapseOthers, type Waiting } from "./approvals.ts";
import { clearAway, isAnythingThere } from "./clear-away.ts";
import { Deployments } from "./deployments.ts";
import { watchForDrift } from "./drift-watch.ts";
import { type ActionHere, type Asked, Facts } from "./facts.ts";
import { KnownDeployments } from "./known-deployments.ts";
import { keepLease, takeLease } from "./lease-keeper.ts";
import {
  type EnsureResources,
  forgetAbout,
  makeEnvironment,
  makeForDeployment,
  noteDestroying,
  noteSeeded,
  noteUnended,
} from "./making.ts";
import { type MendingCall, mend } from "./mend.ts";
import { ownDriftWorld } from "./own-drift.ts";
import { ownKeeper } from "./own-keeper.ts";
import type { EnvironmentHands } from "./performer-world.ts";
import { redactingDriver } from "./redaction.ts";
import type { RestoreRequest } from "./resource-restores.ts";
import { EnvironmentResources } from "./resources.ts";
import { restoreResources } from "./restore-resources.ts";
import type { Rest, UnderWay } from "./under-way.ts";
import { Upkeep } from "./upkeep.ts";

/**
 * One environment in the hands of this agent: its lease, its fleet, and the deployment under way.
 *
 * Callers queue in front of it (`TurnTaker`): `recover` first, then what changes it, never two side by side. `abort`, `underWay`,
 * `watched`, `tell`, `letGo`, and what only looks may be called at any time, and so may `backup` and `backUpDue`: they take hours,
 * and keep nobody waiting but a restore, a removal and a migration's own snapshot. Three loops run beside them from the beginning to
 * `letGo`: the keeper's look at the fleet, the look for drift, and the renewal of the lease.
 *
 * What always holds:
 * - Every write to the store and every order to driver and gateway carries the token of the lease. One that is stale is
 *   refused there; nothing here has to be certain that the lease is still held.
 * - When the lease is lost (`keepLease` says so) the environment is let go: the loops end, nothing is stopped, and what is
 *   under way fails at its next write. It is never used again; the agent opens another one.
 * - Before anything changes, what an earlier agent left is finished or taken back, and what should run is looked after. Where
 *   the records of it are not understood the environment stands still: see `Upkeep`.
 */
export class ManagedEnvironment {
  readonly name: string;
  readonly #hands: EnvironmentHands;
  readonly #known: KnownDeployments;
  readonly #facts: Facts;
  readonly #deployments: Deployments;
  readonly #resources: EnvironmentResources;
  readonly #over = new AbortController();
  readonly #upkeep: Upkeep;
  /** Resources are being restored: what uses them is stopped meanwhile. */
  #isRestoring = false;
  readonly #recovered = Promise.withResolvers<void>();
  #isRecovered = false;

  /** Takes the environment over. `isAwaited`: whether somebody waits for its turn. Fails with `environment-busy` when another living writer has it. */
  static async open(world: AgentWorld, name: string, isAwaited: () => boolean): Promise<Result<ManagedEnvironment>> {
    const lease = await takeLease(world, name);
    return lease.ok ? ok(new ManagedEnvironment(world, lease.value, isAwaited)) : lease;
  }

  private constructor(world: AgentWorld, lease: Lease, isAwaited: () => boolean) {
    this.name = lease.environment;
    this.#known = new KnownDeployments(world);
    const secrets = (): readonly Secret[] => [...this.#known.secrets, ...this.#resources.secrets];
    this.#facts = new Facts(world, this.name, secrets);
    const { tell } = this.#facts;
    const action: Facts["action"] = (name, more) => this.#facts.action(name, more);
    const redact = <T>(value: T): T => redactDeep(value, secrets());
    const resources = new EnvironmentResources({ world, lease, tell, redact, signal: this.#over.signal });
    this.#resources = resources;
    const known = (deployment: number) => this.#known.specOf(deployment);
    const driver = redactingDriver(environmentDriver(world.drivers, world.store, this.name, known), secrets);
    const keeper = ownKeeper({ world, lease, driver, resources, tell, known: this.#known });
    this.#hands = { world, lease, keeper, driver, resources, tell, redact, action };
    this.#deployments = new Deployments(this.#hands, this.#known, isAwaited);
    this.#upkeep = new Upkeep(this.#hands, this.#known, this.#deployments);
    void keeper.tend(this.#over.signal);
    const isPaused = () =>
      this.isDeploying || this.#isRestoring || keeper.members.length === 0 || this.#upkeep.standsStill;
    void watchForDrift(ownDriftWorld(this.#hands, isPaused), this.#over.signal);
    keepLease(world, lease, this.#over.signal).then((kept) => {
      if (!kept.ok) this.letGo();
    }, world.report);
  }

  /** Whether there is nothing to look after. */
  get isIdle(): boolean {
    const isAtRest = this.#hands.keeper.members.length === 0 && !this.isDeploying;
    // Backups to come keep nobody: where nothing runs, nothing changes that would have to be saved.
    return isAtRest && !this.#upkeep.standsStill && !this.isBackingUp;
  }

  get isDeploying(): boolean {
    return this.#deployments.isUnderWay;
  }

  /** The deployment that is being driven, for looking and for speaking to it; absent: none is, or not yet. */
  get underWay(): UnderWay | undefined {
    return this.#deployments.underWay;
  }

  /** Whether what an earlier agent left has come to its end. */
  get isRecovered(): boolean {
    return this.#isRecovered;
  }

  /** Somebody else has its lease, or it was let go. */
  get isOver(): boolean {
    return this.#over.signal.aborted;
  }

  /** Stops looking after it; what runs goes on running. */
  letGo(): void {
    this.#over.abort();
  }

  /** Tells somebody of everything that happens here during the work. */
  watched<T>(tell: Tell, work: () => Promise<T>): Promise<T> {
    return this.#facts.watched(tell, work);
  }

  /** What happens during the work was asked for by somebody. Only for whose turn it is. */
  askedBy<T>(by: Actor | undefined, work: () => Promise<T>): Promise<T> {
    return this.#facts.askedBy(by, work);
  }

  /**
   * Does something once it stands in the audit log: killed in between, it was begun. What cannot be written down is not done.
   * For what no other write of its own stands for.
   */
  async acting<T>(name: ActionName, work: () => Promise<Result<T>>, about?: ActionHere): Promise<Result<T>> {
    const noted = await this.#hands.world.store.appendActions([this.#hands.action(name, about)]);
    return noted.ok ? work() : noted;
  }

  /** What is done here, for a write that it goes along with. */
  action(name: ActionName, about?: ActionHere): Action {
    return this.#hands.action(name, about);
  }

  /** Says that something happened here. */
  tell(event: Event, by?: Actor): void {
    this.#facts.tell(event, by);
  }

  /** Says it to a caller who does not watch yet. */
  tellOne(event: Event, { tell, by }: { readonly tell: Tell; readonly by?: Actor | undefined }): void {
    this.#facts.tellOne(event, by, tell);
  }

  /** Services of which nothing runs although it should; [] while that is being changed, or cannot be seen. */
  async down(): Promise<readonly string[]> {
    const { keeper, driver } = this.#hands;
    if (this.isDeploying || this.#isRestoring || keeper.members.length === 0) return [];
    const observed = await driver.observe(this.name);
    if (!observed.ok) return [];
    const running = observed.value.filter(({ state }) => state.state === "running").map(({ id }) => id);
    const up = new Set(keeper.members.flatMap(({ id, service }) => (running.includes(id) ? [service] : [])));
    return [...new Set(keeper.members.map(({ service }) => service))].filter((service) => !up.has(service));
  }

  /** Where its instances and jobs are, for looking only. */
  get driver(): Driver {
    return this.#hands.driver;
  }

  /** Every secret value its instances may have been given. */
  get secrets(): readonly Secret[] {
    return [...this.#known.secrets, ...this.#resources.secrets];
  }

  /** Whether a backup is being made, in nobody's turn. */
  get isBackingUp(): boolean {
    return this.#resources.isBackingUp;
  }

  /** Whether a scheduled backup is due, and none is being made. */
  get isBackupDue(): boolean {
    // Where there is no pg_dump a snapshot cuts the database off for a moment: not in the middle of a migration.
    return (
      this.#isRecovered &&
      !this.isOver &&
      (!this.isDeploying || this.underWay?.isResting === true) &&
      this.#resources.isDue()
    );
  }

  /** The resources that it has, as long as something runs here that may use them. */
  get inUse(): readonly ResourceSpec[] {
    return this.#hands.keeper.members.length > 0 || this.isDeploying ? this.#resources.specs : [];
  }

  /** Takes over what the last agent left: see `Upkeep.recover`. One that was being destroyed is destroyed, and so is a rehearsal. */
  async recover(): Promise<Result<void>> {
    try {
      const settled = await this.#finishDestroying({ orRehearsal: true });
      return settled.ok ? await this.#upkeep.recover() : settled;
    } finally {
      this.#isRecovered = true;
      this.#recovered.resolve();
    }
  }

  /** `onRest`: the release serves, or a person decides; it is not at its end yet, and may take long. */
  async deploy(
    spec: DeploymentSpec,
    secrets: Secrets,
    { by, reason }: Asked,
    onRest?: (rest: Rest) => void,
    approved?: Waiting,
  ): Promise<Result<Ended>> {
    const ready = await this.#upkeep.wake();
    if (!ready.ok) return ready;
    // The way back waits for nothing: what it goes back to has served with what is there.
    const ensure: EnsureResources = (specs) =>
      spec.kind === "rollback" ? Promise.resolve(ok()) : this.#resources.ensure(specs, secrets);
    const made = await makeForDeployment(this.#hands, spec, { by, ensure });
    if (!made.ok) return made;
    const created = await this.#deployments.create(spec, secrets, { by, reason }, approved);
    if (!created.ok) return created;
    const ended = await this.#deployments.run(created.value, spec, onRest);
    await settleAfter(this.#hands, this.#known, ended);
    await collect(this.#hands.world, spec);
    return ended;
  }

  /** Writes a deployment down that waits for approval. */
  askApproval(spec: DeploymentSpec, secrets: Secrets, asked: Parameters<typeof askApproval>[3]): Promise<Failed> {
    return askApproval(this.#hands, spec, secrets, asked);
  }

  /** Notes what somebody says of one that waits; see `answer`. */
  answer(said: Answer, by?: Actor): Promise<Result<Waiting | undefined>> {
    return answer(this.#hands, said, by);
  }

  /** Takes the deployment under way back; resolves with how it ended. `undefined`: none is under way. */
  abort(reason: string, by?: Actor): Promise<Result<Ended>> | undefined {
    return this.#deployments.abort(reason, by);
  }

  /** Lets what was deployed run (again); see `Upkeep.start`. */
  start(): Promise<Result<void>> {
    return this.#upkeep.start();
  }

  /** Ends its instances and its routes; what was deployed is remembered. */
  stop(): Promise<Result<void>> {
    return this.#upkeep.stop();
  }

  /** Brings what runs back to what was deployed; see `mend`. Where nothing should run, what does is ended. */
  async mend(call: MendingCall, by?: Actor): Promise<Result<void>> {
    const resumed = await this.#upkeep.resumeInterrupted();
    if (!resumed.ok) return resumed;
    const read = await this.#hands.world.store.environment(this.name);
    if (!read.ok) return read;
    const isAtRest = read.value?.serving === undefined || read.value.stopped;
    const ready = await (isAtRest ? this.stop() : this.#upkeep.wake());
    if (!ready.ok) return ready;
    const [hands, bringBack] = [this.#hands, () => this.#upkeep.bringBack()];
    return mend({ hands, bringBack, deploy: (spec, secrets) => this.deploy(spec, secrets, { by }) }, call);
  }

  /**
   * Makes it, or what is missing of it; see `makeEnvironment`. One that was to be destroyed is destroyed first.
   * `secrets`: the URLs of what is external. `template`: whose turn it is, too: resources begin with what its newest snapshots have.
   */
  async create(about: EnvironmentAbout, secrets: Secrets, template?: ManagedEnvironment): Promise<Result<void>> {
    const settled = await this.#finishDestroying();
    if (!settled.ok) return settled;
    const fill = async () => {
      const snapshots = template === undefined ? ok([]) : await template.#resources.restores.toCopy();
      return snapshots.ok ? this.#resources.restores.fill(snapshots.value) : snapshots;
    };
    const ensure: EnsureResources = (specs) => this.#resources.ensure(specs, secrets);
    return makeEnvironment(this.#hands, about, { ensure, fill });
  }

  /** Stops it and forgets what it ran, its data included. Where there was nothing, nothing is told. */
  async destroy(): Promise<Result<void>> {
    const { world, driver } = this.#hands;
    const there = await isAnythingThere({ store: world.store, paths: world.paths, driver }, this.name);
    if (!there.ok) return there;
    const noted = await noteDestroying(this.#hands);
    if (!noted.ok) return noted;
    const lapsed = await lapseOthers(this.#hands, undefined, "the environment was destroyed");
    if (!lapsed.ok) return lapsed;
    const stopped = await this.stop();
    if (!stopped.ok) return stopped;
    const interrupted = await this.#deployments.interrupted();
    if (!interrupted.ok) return interrupted;
    const gone = await this.#resources.destroyAll();
    if (!gone.ok) return gone;
    const away = await clearAway(this.#hands, interrupted.value);
    const cleared = away.ok ? await forgetAbout(this.#hands) : away;
    if (cleared.ok) this.#upkeep.standsStill = false;
    if (cleared.ok && there.value) this.tell({ type: "environmentDestroyed", environment: this.name });
    return cleared;
  }

  /** Notes that somebody has seen which gates were set aside for a deployment. */
  acknowledge(call: Acknowledgement, by?: Actor): Promise<Result<void>> {
    return acknowledge({ ...this.#hands, tell: this.#facts.beside(by) }, call, by);
  }

  /** Notes that the seed of the preview that was made then has run. */
  noteSeeded(createdAt: number): Promise<Result<void>> {
    return noteSeeded(this.#hands, createdAt);
  }

  /** Says why it is still there although it should be gone. */
  noteUnended(unended: Unended): Promise<Result<void>> {
    return noteUnended(this.#hands, unended);
  }

  /** What its resources tell a command that uses them. `secrets`: with the URLs of what is external. */
  connections(
    uses: NonNullable<ServiceSpec["uses"]>,
    secrets: Secrets,
  ): Promise<Result<Readonly<Record<string, string | Secret>>>> {
    return this.#resources.connections(uses, secrets);
  }

  /** Saves what resources keep: of one of them, or of all. At any time, in no turn. */
  async backup(resource?: string, by?: Actor): Promise<Result<void>> {
    await this.#recovered.promise;
    return this.#resources.backUp(this.#facts.beside(by), resource);
  }

  /** Makes the scheduled backups that are due, in no turn. */
  backUpDue(): Promise<Result<void>> {
    return this.#resources.backUpDue(this.#facts.beside());
  }

  /** Makes resources what they were; see `restoreResources`. */
  async restore(request: RestoreRequest): Promise<Result<void>> {
    const resumed = await this.#upkeep.resumeInterrupted();
    if (!resumed.ok) return resumed;
    const bringBack = () => this.#upkeep.bringBack();
    this.#isRestoring = true;
    try {
      return await restoreResources({ hands: this.#hands, known: this.#known, bringBack }, request);
    } finally {
      this.#isRestoring = false;
    }
  }

  /** Somebody began to destroy it: that is gone on with before anything else. */
  async #finishDestroying({ orRehearsal = false } = {}): Promise<Result<void>> {
    const read = await this.#hands.world.store.environment(this.name);
    if (!read.ok) return read;
    const about = aboutOf(read.value);
    if (!about.ok || about.value === undefined) return ok();
    const { state, preview } = about.value;
    return state === "destroying" || (orRehearsal && preview?.rehearses) ? this.destroy() : ok();
  }
}
