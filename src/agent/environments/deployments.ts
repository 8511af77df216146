import { type DeploymentSpec, fleetOf, specOf } from "../../environment/spec.ts";
import type { Failure } from "../../errors/failure.ts";
import { type Failed, failed, ok, type Result } from "../../errors/result.ts";
import { unexpectedFailure } from "../../errors/unexpected-failure.ts";
import type { Actor } from "../../events/actor.ts";
import type { Event } from "../../events/event.ts";
import { mostOf } from "../../events/traffic.ts";
import type { Action, ActionName } from "../../records/action.ts";
import { actorOf } from "../../records/actor.ts";
import { deploymentSpecCodec } from "../../records/deployment-spec.ts";
import { overrideMatters } from "../../records/matter.ts";
import { fleetCodec } from "../../records/rollout.ts";
import { readManifest } from "../../release/read-manifest.ts";
import { Controller, servingAfter } from "../../rollout/controller.ts";
import { fleetToAdopt } from "../../rollout/fleet-at.ts";
import { type JournalEvent, readJournal, replay, toEntry } from "../../rollout/journal.ts";
import { deploymentStarted } from "../../rollout/narrate.ts";
import { performer } from "../../rollout/performer.ts";
import { planRollout } from "../../rollout/plan.ts";
import type { Ended, RolloutState } from "../../rollout/rollout-state.ts";
import { foreseeUnserved } from "../../rollout/unserved.ts";
import type { Secrets } from "../../secrets/secret.ts";
import type { Acted, DeploymentEnd, DeploymentRecord, JournalEntry } from "../../store/store.ts";
import { adoptFleet } from "./adopt-fleet.ts";
import { begunMatter, lapseOthers, type Waiting } from "./approvals.ts";
import { compareReleases } from "./compare-releases.ts";
import type { Asked } from "./facts.ts";
import type { KnownDeployments } from "./known-deployments.ts";
import { type EnvironmentHands, performerWorld } from "./performer-world.ts";
import { type Rest, UnderWay } from "./under-way.ts";
import { untoldFacts } from "./untold.ts";

/**
 * The deployments of one environment, one at a time: begun, resumed, taken back. `create`, `run` and `resume` only by whose
 * turn it is; `abort` at any time.
 *
 * The order, which makes a kill at any point harmless: spec and secrets are kept before there is a journal; an event is in the
 * journal before its effects begin; what is told comes after the journal, and what a killed agent did not tell any more the
 * next one does (`untoldFacts`); the outcome and the fleet that follows from it are written together. A deployment without an
 * end is interrupted. It is resumed from its journal, or closed only if the journal is empty or already at its end; a journal
 * that is not understood is neither. When the lease is lost the next write fails, the step under way is given up and waited
 * for, and the deployment is left as it stands to whoever has the lease.
 */
export class Deployments {
  readonly #hands: EnvironmentHands;
  readonly #known: KnownDeployments;
  #underWay: UnderWay | undefined;
  #isResuming = false;
  /** Whether somebody waits for its turn: then no deployment rests. */
  readonly #isAwaited: () => boolean;
  #isInTurn = false;
  #onRest: ((rest: Rest) => void) | undefined;

  constructor(hands: EnvironmentHands, known: KnownDeployments, isAwaited: () => boolean) {
    this.#hands = hands;
    this.#known = known;
    this.#isAwaited = () => this.#isInTurn || isAwaited();
    hands.keeper.onLost = ({ member, failures }) => this.#underWay?.controller.memberLost(member.id, failures);
  }

  /** Whether one is being driven, or about to be driven again. */
  get isUnderWay(): boolean {
    return this.#underWay !== undefined || this.#isResuming;
  }

  /** The one that is being driven; absent: none is, or not yet. */
  get underWay(): UnderWay | undefined {
    return this.#underWay;
  }

  /** Takes the deployment under way back; resolves with how it ended. `undefined`: none is under way. */
  abort(reason: string, by?: Actor): Promise<Result<Ended>> | undefined {
    if (this.#underWay === undefined) return undefined;
    const { environment } = this.#hands.lease;
    this.#hands.tell({ type: "abortRequested", environment, deployment: this.#underWay.deployment }, by);
    this.#underWay.controller.abort([{ code: "deployment-aborted", message: reason }], by);
    return this.#underWay.ended;
  }

  /** A regression is known from the moment in which the rollout turns back. */
  #moved(underWay: UnderWay, state: RolloutState): void {
    const hasTurned = isRegressing(state) && !(underWay.state !== undefined && isRegressing(underWay.state));
    underWay.moved(state);
    if (hasTurned) this.#refuseRegressed(state).catch(this.#hands.world.report);
  }

  /** Writes a new deployment down, its secrets sealed; one whose secrets cannot be kept is closed at once. */
  async create(
    spec: DeploymentSpec,
    secrets: Secrets,
    { by, reason }: Asked = {},
    approved?: Waiting,
  ): Promise<Result<DeploymentRecord>> {
    const { world, lease, driver } = this.#hands;
    const { release, kind } = spec;
    // A store that was lost may have been followed by one that counts from 1; what runs has its numbers already.
    const observed = await driver.observe(spec.environment);
    if (!observed.ok) return observed;
    const above = Math.max(0, ...observed.value.map(({ deployment }) => deployment));
    const created = await this.#keeping(release, () =>
      world.store.createDeployment(lease, {
        release,
        kind,
        at: world.now(),
        spec: deploymentSpecCodec.encode(spec),
        above,
        matters: this.#mattersOf(spec, by, approved),
        ...(approved && { id: approved.deployment }),
        action: this.#hands.action(kind, { release, by, ...(reason !== undefined && { reason }) }),
        ...(by === undefined ? {} : { by }),
      }),
    );
    if (!created.ok) return created;
    const { id } = created.value;
    const lapsed = await lapseOthers(this.#hands, id, `deployment ${id} began`);
    if (!lapsed.ok) world.report({ failures: lapsed.failures });
    const sealed = secrets.size === 0 ? ok() : world.vault.put(id, secrets);
    if (!sealed.ok) {
      await this.#close(created.value, undefined, sealed.failures);
      return sealed;
    }
    this.#known.add(id, spec);
    return created;
  }

  /** Gates that were set aside await somebody who looks into it; in the audit log each is an action of its own. */
  #mattersOf(spec: DeploymentSpec, by: Actor | undefined, approved: Waiting | undefined) {
    const { release, overrides } = spec;
    const reason = overrides?.[0]?.reason;
    const details = { gates: overrides?.map(({ gate }) => gate) };
    const now = this.#hands.world.now();
    const overridden = overrideMatters(spec, now, by).map((matter) => ({
      ...matter,
      action: this.#hands.action("override", { release, by, details, ...(reason !== undefined && { reason }) }),
    }));
    return approved === undefined ? overridden : [...overridden, begunMatter(approved.approval, now)];
  }

  /** A release whose files are there when its deployment is written down keeps them: nothing is collected in between. */
  async #keeping<T>(release: string, work: () => Promise<Result<T>>): Promise<Result<T>> {
    const { blobs } = this.#hands.world;
    const hold = await blobs.hold();
    if (!hold.ok) return hold;
    try {
      const manifest = await readManifest(release, blobs);
      return manifest.ok ? await work() : manifest;
    } finally {
      hold.value.letGo();
    }
  }

  /** Plans a deployment that was written down, and drives it to its end. `onRest`: it may take long from here on. */
  async run(
    { id, environment, by }: DeploymentRecord,
    spec: DeploymentSpec,
    onRest?: (rest: Rest) => void,
  ): Promise<Result<Ended>> {
    const record = await this.#hands.world.store.environment(environment);
    if (!record.ok) return record;
    const before = fleetOf(record.value);
    if (!before.ok) return before;
    const plan = planRollout(spec, id, before.value);
    const unserved = await foreseeUnserved(this.#hands.world.store, environment, plan);
    const from = mostOf(before.value.traffic)?.release;
    for (const fact of deploymentStarted(id, spec, plan, { from, unserved })) this.#hands.tell(fact, actorOf(by));
    this.#onRest = onRest;
    return this.#drive({ id, by: actorOf(by) }, spec, record.value?.serving, (controller) => controller.run(plan));
  }

  /** The deployment of the environment that has no end though nobody drives it. */
  async interrupted(): Promise<Result<DeploymentRecord | undefined>> {
    const unfinished = await this.#hands.world.store.unfinishedDeployments();
    if (!unfinished.ok) return unfinished;
    return ok(unfinished.value.find(({ environment }) => environment === this.#hands.lease.environment));
  }

  /** Goes on where an interrupted deployment stands, to its end. `isInTurn`: somebody else's, who waits for it. */
  async resume(deployment: DeploymentRecord, isInTurn: boolean): Promise<Result<void>> {
    this.#isResuming = true;
    this.#isInTurn = isInTurn;
    try {
      return await this.#resume(deployment);
    } finally {
      this.#isResuming = false;
      this.#isInTurn = false;
    }
  }

  async #resume(deployment: DeploymentRecord): Promise<Result<void>> {
    const { world, keeper } = this.#hands;
    const entries = await world.store.journal(deployment.id);
    if (!entries.ok) return entries;
    const environment = await world.store.environment(deployment.environment);
    if (!environment.ok) return environment;
    const record = environment.value;
    const journal = readJournal(deployment.id, entries.value);
    if (!journal.ok) return notUnderstood(deployment, journal.failures);
    const state = replay(journal.value);
    await this.#tellUntold(deployment, entries.value);
    if (state === undefined || state.phase === "ended") return this.#close(deployment, state, [neverBegun(deployment)]);
    const spec = specOf(deployment);
    if (!spec.ok) return notUnderstood(deployment, spec.failures);
    this.#known.add(deployment.id, spec.value);
    const fleet = fleetToAdopt(state);
    const known = await this.#known.readAll([...fleet.members, ...state.plan.before.members]);
    if (!known.ok) return notUnderstood(deployment, known.failures);
    await adoptFleet(this.#hands, fleet, record?.serving ?? deployment.id);
    const lost = await keeper.settled();
    const ended = await this.#drive(
      { id: deployment.id, by: actorOf(deployment.by) },
      spec.value,
      record?.serving,
      (controller) => {
        const going = controller.resume(state);
        for (const { member, failures } of lost) controller.memberLost(member.id, failures);
        return going;
      },
    );
    return ended.ok ? ok() : ended;
  }

  /** What the agent before wrote down and could not tell any more. Nothing depends on it. */
  async #tellUntold(deployment: DeploymentRecord, journal: readonly JournalEntry[]): Promise<void> {
    const { world, tell } = this.#hands;
    const untold = await untoldFacts(world.store, deployment, journal);
    if (!untold.ok) return world.report({ failures: untold.failures });
    for (const { at, ...event } of untold.value) tell(event as Event, actorOf(deployment.by), at);
  }

  /** Ends a deployment that never began, or whose end was all that was not written. */
  async #close(
    { id, environment }: DeploymentRecord,
    state: Ended | undefined,
    because: readonly Failure[],
  ): Promise<Result<void>> {
    const { world, lease, keeper } = this.#hands;
    const read = await world.store.environment(environment);
    if (!read.ok) return read;
    const record = read.value;
    const serving = state === undefined ? record?.serving : servingAfter(state, id, record?.serving);
    const before = fleetOf(record);
    if (!before.ok) return before;
    const members = state?.fleet ?? before.value;
    const known = await this.#known.readAll(members.members);
    if (!known.ok) return known;
    const finished = await world.store.finishDeployment(lease, id, {
      at: state?.at ?? world.now(),
      outcome: state?.outcome ?? "reverted",
      failures: state?.failures ?? because,
      members: fleetCodec.encode(members),
      ...(serving === undefined ? {} : { serving }),
      action: this.#endOf(id, { outcome: state?.outcome ?? "reverted", failures: state?.failures ?? because }),
    });
    if (finished.ok && keeper.members.length === 0 && serving !== undefined && !record?.stopped)
      await adoptFleet(this.#hands, members, serving);
    return finished;
  }

  /**
   * A release that did worse than the one before stays out, everywhere, until somebody clears it: from the moment in which that is
   * known, and again at the end, for the agent may have died in between.
   */
  async #refuseRegressed({ plan }: RolloutState): Promise<void> {
    const { world, lease, tell, action } = this.#hands;
    const { release } = plan;
    if (plan.before.members.some((member) => member.release === release)) return;
    const releases = await world.store.releases();
    if (releases.ok && releases.value.some((one) => one.digest === release && one.quarantine !== undefined)) return;
    const reason = `it did worse in ${lease.environment} than the release before`;
    const refused = await world.store.setQuarantine(
      release,
      { at: world.now(), reason },
      { action: action("quarantine", { release, reason, by: null }) },
    );
    if (refused.ok) tell({ type: "releaseRefused", release, reason });
    else world.report({ failures: refused.failures });
  }

  /** What somebody said to the deployment, or Tidegate to itself, goes into the audit log with its journal. */
  #acted(deployment: number, event: JournalEvent): Acted {
    const steered = steeringOf(event);
    if (steered === undefined) return {};
    const { name, by, reason } = steered;
    const about = { deployment, by: by ?? null, ...(reason !== undefined && { reason }) };
    return { action: this.#hands.action(name, about) };
  }

  #endOf(deployment: number, { outcome, failures }: Pick<DeploymentEnd, "outcome" | "failures">): Action {
    const reason = failures[0]?.message;
    return this.#hands.action("end", {
      deployment,
      by: null,
      details: { outcome },
      ...(reason !== undefined && { reason }),
    });
  }

  /** A bug is no reason to leave what is being performed to itself. */
  #written(write: () => Promise<Result<void>>): Promise<Result<void>> {
    return write().catch((error) => failed(unexpectedFailure(error, "Writing the journal")));
  }

  async #drive(
    { id, by }: { readonly id: number; readonly by: Actor | undefined },
    spec: DeploymentSpec,
    servedBefore: number | undefined,
    go: (controller: Controller) => Promise<Result<Ended>>,
  ): Promise<Result<Ended>> {
    const { world, lease, redact } = this.#hands;
    // Also when another agent goes on with it: it is still who asked for it then.
    const tell = (event: Event) => this.#hands.tell(event, by);
    const controller = new Controller({
      environment: lease.environment,
      deployment: id,
      servedBefore,
      log: {
        append: (entry) => {
          const kept = { ...toEntry(redact(entry)), ...this.#acted(id, entry.event) };
          return this.#written(() => world.store.appendJournal(lease, id, kept));
        },
        finish: (end) => {
          const action = this.#endOf(id, end);
          const kept = { ...redact(end), members: fleetCodec.encode(end.members), action };
          return this.#written(() => world.store.finishDeployment(lease, id, kept));
        },
      },
      perform: performer(
        performerWorld({ ...this.#hands, tell }, id, spec, (deployment) => this.#known.specOf(deployment)),
      ),
      emit: tell,
      clock: world.clock,
      onState: (state) => this.#moved(underWay, state),
    });
    const over = new AbortController();
    const ended = go(controller).then(redact);
    const [isAwaited, onRest] = [this.#isAwaited, this.#onRest];
    const underWay = new UnderWay({ deployment: id, kind: spec.kind, controller, ended, isAwaited, onRest });
    this.#underWay = underWay;
    const { environment } = lease;
    const { gateway, clock } = world;
    const comparing = { environment, gateway, clock, controller, state: () => underWay.state };
    void compareReleases(comparing, over.signal).catch(world.report);
    try {
      const result = await ended;
      if (result.ok && isRegressing(result.value)) await this.#refuseRegressed(result.value);
      return result.ok ? result : failed(...result.failures, standsStill(id, lease.environment));
    } finally {
      over.abort();
      this.#underWay = undefined;
      this.#onRest = undefined;
    }
  }
}

/** It is neither finished nor taken back, by nobody: what was done of it is not known. */
function notUnderstood({ id, environment }: DeploymentRecord, failures: readonly Failure[]): Failed {
  const isNewer = failures.some(({ code }) => code === "state-newer");
  return failed({
    code: isNewer ? "state-newer" : "state-damaged",
    message: `Deployment ${id} to ${environment} has stopped: how far it got is not understood; what is serving keeps serving`,
    cause: failures.map(({ message, cause }) => [message, cause].filter(Boolean).join(". ")).join("\n"),
    hint: isNewer
      ? `Use the newer Tidegate that wrote it to finish or revert it: tidegate env start ${environment}`
      : `Restore the state from a backup; or abandon the environment, which ends what is serving there: tidegate env destroy ${environment}`,
  });
}

interface Steered {
  readonly name: ActionName;
  readonly by?: Actor | undefined;
  readonly reason?: string | undefined;
}

function steeringOf(event: JournalEvent): Steered | undefined {
  switch (event.type) {
    case "pause":
      return { name: "pause", by: event.by };
    case "resume":
      return { name: event.promote ? "promote-now" : "resume", by: event.by, reason: event.reason };
    case "abortRequested":
      return { name: "abort", by: event.by, reason: event.failures[0]?.message };
    default:
      return undefined;
  }
}

/** Whether it is taken out because it did worse. */
function isRegressing(state: RolloutState): boolean {
  return state.phase !== "forward" && state.failures.some(({ code }) => code === "release-regressed");
}

/** The journal could not be written, so nothing further was done. */
function standsStill(id: number, environment: string): Failure {
  return {
    code: "deployment-stuck",
    message: `Deployment ${id} to ${environment} has stopped; what was serving keeps serving`,
    hint: `When that is fixed, finish or revert it: tidegate env start ${environment}`,
  };
}

function neverBegun({ id, environment }: DeploymentRecord): Failure {
  return {
    code: "deployment-aborted",
    message: `Deployment ${id} was interrupted before it began; nothing had changed`,
    hint: `Deploy again: tidegate deploy ${environment}`,
  };
}
