import { type DeploymentSpec, fleetOf, specOf } from "../../environment/spec.ts";
import type { Failure } from "../../errors/failure.ts";
import { type Failed, failed, ok, type Result } from "../../errors/result.ts";
import { unexpectedFailure } from "../../errors/unexpected-failure.ts";
import type { Actor } from "../../events/actor.ts";
import type { Event } from "../../events/event.ts";
import { mostOf } from "../../events/traffic.ts";
import { actorOf } from "../../records/actor.ts";
import { deploymentSpecCodec } from "../../records/deployment-spec.ts";
import { fleetCodec } from "../../records/rollout.ts";
import { readManifest } from "../../release/read-manifest.ts";
import { Controller, servingAfter } from "../../rollout/controller.ts";
import { fleetToAdopt } from "../../rollout/fleet-at.ts";
import { readJournal, replay, toEntry } from "../../rollout/journal.ts";
import type { Ended } from "../../rollout/machine.ts";
import { deploymentStarted } from "../../rollout/narrate.ts";
import { performer } from "../../rollout/performer.ts";
import { planRollout } from "../../rollout/plan.ts";
import type { Secrets } from "../../secrets/secret.ts";
import type { DeploymentRecord, JournalEntry } from "../../store/store.ts";
import { adoptFleet } from "./adopt-fleet.ts";
import type { KnownDeployments } from "./known-deployments.ts";
import { type EnvironmentHands, performerWorld } from "./performer-world.ts";
import { untoldFacts } from "./untold.ts";

interface UnderWay {
  readonly deployment: number;
  readonly controller: Controller;
  readonly ended: Promise<Result<Ended>>;
}

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

  constructor(hands: EnvironmentHands, known: KnownDeployments) {
    this.#hands = hands;
    this.#known = known;
    hands.keeper.onLost = ({ member, failures }) => this.#underWay?.controller.memberLost(member.id, failures);
  }

  /** Whether one is being driven, or about to be driven again. */
  get isUnderWay(): boolean {
    return this.#underWay !== undefined || this.#isResuming;
  }

  /** Takes the deployment under way back; resolves with how it ended. `undefined`: none is under way. */
  abort(reason: string, by?: Actor): Promise<Result<Ended>> | undefined {
    if (this.#underWay === undefined) return undefined;
    const { environment } = this.#hands.lease;
    this.#hands.tell({ type: "abortRequested", environment, deployment: this.#underWay.deployment }, by);
    this.#underWay.controller.abort([{ code: "deployment-aborted", message: reason }]);
    return this.#underWay.ended;
  }

  /** Writes a new deployment down, its secrets sealed; one whose secrets cannot be kept is closed at once. */
  async create(spec: DeploymentSpec, secrets: Secrets, by?: Actor): Promise<Result<DeploymentRecord>> {
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
        ...(by === undefined ? {} : { by }),
      }),
    );
    if (!created.ok) return created;
    const { id } = created.value;
    const sealed = secrets.size === 0 ? ok() : world.vault.put(id, secrets);
    if (!sealed.ok) {
      await this.#close(created.value, undefined, sealed.failures);
      return sealed;
    }
    this.#known.add(id, spec);
    return created;
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

  /** Plans a deployment that was written down, and drives it to its end. */
  async run({ id, environment, by }: DeploymentRecord, spec: DeploymentSpec): Promise<Result<Ended>> {
    const record = await this.#hands.world.store.environment(environment);
    if (!record.ok) return record;
    const before = fleetOf(record.value);
    if (!before.ok) return before;
    const plan = planRollout(spec, id, before.value);
    this.#hands.tell(deploymentStarted(id, spec, plan, mostOf(before.value.traffic)?.release), actorOf(by));
    return this.#drive({ id, by: actorOf(by) }, spec, record.value?.serving, (controller) => controller.run(plan));
  }

  /** The deployment of the environment that has no end though nobody drives it. */
  async interrupted(): Promise<Result<DeploymentRecord | undefined>> {
    const unfinished = await this.#hands.world.store.unfinishedDeployments();
    if (!unfinished.ok) return unfinished;
    return ok(unfinished.value.find(({ environment }) => environment === this.#hands.lease.environment));
  }

  /** Goes on where an interrupted deployment stands, to its end. */
  async resume(deployment: DeploymentRecord): Promise<Result<void>> {
    this.#isResuming = true;
    try {
      return await this.#resume(deployment);
    } finally {
      this.#isResuming = false;
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
    });
    if (finished.ok && keeper.members.length === 0 && serving !== undefined && !record?.stopped)
      await adoptFleet(this.#hands, members, serving);
    return finished;
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
        append: (entry) => this.#written(() => world.store.appendJournal(lease, id, toEntry(redact(entry)))),
        finish: (end) => {
          const kept = { ...redact(end), members: fleetCodec.encode(end.members) };
          return this.#written(() => world.store.finishDeployment(lease, id, kept));
        },
      },
      perform: performer(performerWorld({ ...this.#hands, tell }, id, spec)),
      emit: tell,
      clock: world.clock,
    });
    const ended = go(controller).then(redact);
    this.#underWay = { deployment: id, controller, ended };
    try {
      const result = await ended;
      return result.ok ? result : failed(...result.failures, standsStill(id, lease.environment));
    } finally {
      this.#underWay = undefined;
    }
  }
}

/** It is neither finished nor taken back, by nobody: what was done of it is not known. */
function notUnderstood({ id, environment }: DeploymentRecord, failures: readonly Failure[]): Failed {
  const isNewer = failures.some(({ code }) => code === "state-newer");
  return failed({
    code: isNewer ? "state-newer" : "state-damaged",
    message: `Deployment ${id} to ${environment} stands still: how far it came is not understood; what serves goes on serving`,
    cause: failures.map(({ message, cause }) => [message, cause].filter(Boolean).join(". ")).join("\n"),
    hint: isNewer
      ? `Use the newer Tidegate again, the one that wrote it, to finish it or take it back: tidegate env start ${environment}`
      : `Restore the state from a backup; or give the environment up, which ends what serves there: tidegate env destroy ${environment}`,
  });
}

/** The journal could not be written, so nothing further was done. */
function standsStill(id: number, environment: string): Failure {
  return {
    code: "deployment-stuck",
    message: `Deployment ${id} to ${environment} stands still; what served goes on serving`,
    hint: `When that is mended, finish it or take it back: tidegate env start ${environment}`,
  };
}

function neverBegun({ id, environment }: DeploymentRecord): Failure {
  return {
    code: "deployment-aborted",
    message: `Deployment ${id} was interrupted before it began; nothing had changed`,
    hint: `Deploy again: tidegate deploy ${environment}`,
  };
}
