import { environmentRoutes } from "../../../src/environment/routes.ts";
import type { Event } from "../../../src/events/event.ts";
import type { JournalEvent } from "../../../src/rollout/journal.ts";
import type { Fleet, Member } from "../../../src/strategies/fleet.ts";
import { Agent } from "./agent.ts";
import { judgeComparison, requestsAt, wasPromoted } from "./judge-comparison.ts";
import { Ledger } from "./ledger.ts";
import { Machine } from "./machine.ts";
import { type Fate, type Scenario, scenarioOf } from "./scenario.ts";

export interface Report {
  readonly outcome: string;
  /** What was not as promised; [] when all was. */
  readonly violations: readonly string[];
  /** Actions of agents that had lost their lease, which were refused. */
  readonly refused: number;
  readonly agents: number;
  /** Writes of all agents. */
  readonly writes: number;
}

/** No rollout and no backoff takes longer. */
const longestMs = 30 * 60_000;
const mostMoments = 200_000;
/** Once the rollout is over: long enough for the longest backoff and a start. */
const calmMs = 65_000;

/**
 * One deployment, from the first agent to the last, in virtual time. `deaths`: in place of those that the seed chooses;
 * `trace`: is told of everything that happens.
 */
export async function simulate(
  seed: number,
  { deaths, trace }: { readonly deaths?: ReadonlyMap<number, Fate>; readonly trace?: (line: string) => void } = {},
): Promise<Report> {
  return new Simulation(scenarioOf(seed, deaths), trace).run();
}

export class Simulation {
  readonly #scenario: Scenario;
  readonly #machine: Machine;
  readonly #ledger: Ledger;
  readonly #agents: Agent[] = [];
  /** When people act, and what they do. */
  readonly #appointments: { readonly at: number; readonly act: () => void }[] = [];
  #isAgentComing = false;
  /** The observation that it stands at, and how long somebody has watched each. */
  #observing: number | undefined;
  readonly #watchedMs = new Map<number, number>();
  /** Is told of what happens, for whoever looks into a seed that broke. */
  readonly #trace: (line: string) => void;

  constructor(scenario: Scenario, trace: (line: string) => void = () => {}) {
    this.#scenario = scenario;
    this.#trace = trace;
    this.#machine = new Machine(scenario, trace);
    this.#ledger = new Ledger(scenario, () => this.#machine.isCalm);
    this.#machine.settle(tableBefore(scenario, this.#machine));
  }

  async run(): Promise<Report> {
    this.#newAgent();
    let calmSince = Number.POSITIVE_INFINITY;
    for (let moment = 0; ; moment += 1) {
      await quiet();
      const now = this.#machine.clock.now();
      if (this.#ledger.end !== undefined && !this.#ledger.isOrphaned && !this.#machine.isCalm) {
        this.#machine.isCalm = true;
        calmSince = now;
      }
      if (now > longestMs || moment > mostMoments) this.#machine.violations.push("it does not come to an end");
      if (moment > mostMoments) break;
      if (now >= calmSince + this.#restMs() || now > longestMs) break;
      this.#goOn(now);
    }
    this.#judge();
    return {
      outcome: this.#ledger.end?.outcome ?? "none",
      violations: this.#machine.violations,
      refused: this.#machine.refused + this.#ledger.refused,
      agents: this.#agents.length,
      writes: this.#ledger.writes,
    };
  }

  /** Nothing to come back from, nothing to wait for. */
  #restMs(): number {
    const { crashes, isSick, callFails, slow, lost } = this.#scenario;
    if (slow > 0) return calmMs + 20_000;
    return crashes + callFails + lost > 0 || isSick ? calmMs : 1_500;
  }

  /** To the next moment at which anything happens. */
  #goOn(now: number): void {
    const { dice } = this.#scenario;
    const due = Math.min(...this.#appointments.map(({ at }) => at));
    const { clock, nextCrashAt } = this.#machine;
    const next = Math.min(clock.nextAt ?? Number.POSITIVE_INFINITY, due, nextCrashAt, now + 60_000);
    clock.goTo(next);
    this.#watch(next - now);
    this.#machine.crash();
    this.#machine.befall();
    for (const appointment of this.#appointments.splice(0)) {
      if (appointment.at <= clock.now()) appointment.act();
      else this.#appointments.push(appointment);
    }
    if (this.#ledger.isOrphaned && !this.#isAgentComing) {
      this.#isAgentComing = true;
      this.#meet(1 + dice.below(dice.pick(4_000, 30_000)), () => this.#newAgent());
    }
  }

  #watch(ms: number): void {
    if (this.#observing === undefined || this.#agents.at(-1)?.controller === undefined || this.#isPaused()) return;
    this.#watchedMs.set(this.#observing, (this.#watchedMs.get(this.#observing) ?? 0) + ms);
  }

  #isPaused(): boolean {
    const last = this.#ledger.journal.findLast(({ event }) => /^(pause|resume)$/.test((event as JournalEvent).type));
    return (last?.event as JournalEvent | undefined)?.type === "pause";
  }

  #newAgent(): void {
    const { dice, impatience } = this.#scenario;
    this.#isAgentComing = false;
    const agent = new Agent(this.#scenario, this.#machine, this.#ledger, (event) => this.#hear(event));
    this.#trace(`${this.#machine.clock.now()} ms: agent ${this.#agents.length + 1}`);
    this.#agents.push(agent);
    void agent.over.then((over) => {
      // The disk is full: it stands still, until somebody lets it go on.
      if (!over.ok && this.#agents.at(-1) === agent) this.#ledger.loseSight();
    });
    if (dice.chance(impatience)) this.#meet(dice.below(dice.pick(2_000, 8_000, 60_000)), () => this.#somebodyActs());
  }

  #meet(inMs: number, act: () => void): void {
    this.#appointments.push({ at: this.#machine.clock.now() + inMs, act });
  }

  #somebodyActs(): void {
    const { dice } = this.#scenario;
    const controller = this.#agents.at(-1)?.controller;
    const failure = { code: "deployment-aborted", message: "somebody said so" } as const;
    if (dice.chance(0.2)) controller?.abort([failure]);
    else if (dice.chance(0.4)) controller?.judge(dice.pick("regression", "notEnoughEvidence"), [failure]);
    else controller?.pause();
    this.#meet(500 + dice.below(30_000), () => this.#continue(false));
  }

  /** Whoever is there now: the one that was paused may be dead, and its pause stands in the journal. */
  #continue(promote: boolean): void {
    const controller = this.#agents.at(-1)?.controller;
    if (controller === undefined && this.#ledger.end === undefined) this.#meet(5_000, () => this.#continue(promote));
    else controller?.continue(promote);
  }

  /** People answer what waits for them, some time after they are told. */
  #hear(event: Event): void {
    this.#trace(`${this.#machine.clock.now()} ms: ${JSON.stringify(event)}`);
    const { dice } = this.#scenario;
    if (event.type === "stepStarted" && event.summary.kind === "hold")
      this.#meet(dice.below(9_000), () => this.#continue(dice.chance(0.5)));
    // One that was told of it may have died since: whoever takes over may find it waiting.
    if ((event.type === "verdictGiven" && event.follows === "hold") || event.type === "deploymentResumed")
      this.#meet(dice.below(9_000) + (event.type === "deploymentResumed" ? 200_000 : 0), () => this.#continue(true));
    if (event.type === "stepStarted" && event.summary.kind === "gate") {
      const granted = dice.chance(0.85);
      this.#meet(dice.below(9_000), () => this.#answer(granted));
    }
    if (event.type === "stepFinished" && event.direction === "forward") this.#isOver(event);
    if (event.type === "stepStarted" || event.type === "deploymentFinished")
      this.#observing = event.type === "stepStarted" && event.summary.kind === "observe" ? event.step : undefined;
  }

  #answer(granted: boolean): void {
    const controller = this.#agents.at(-1)?.controller;
    const refusal = { code: "deployment-aborted", message: "not this one" } as const;
    if (controller === undefined && this.#ledger.end === undefined) this.#meet(5_000, () => this.#answer(granted));
    else controller?.answer("go", granted, granted ? [] : [refusal]);
  }

  /** An observation that nobody cut short has lasted as long as it should, and says so; and who is to decide has decided. */
  #isOver({ step, durationMs }: Event & { type: "stepFinished" }): void {
    const { plan } = this.#scenario;
    const planned = plan.steps[step];
    const { journal } = this.#ledger;
    if (planned?.kind !== "observe" || wasPromoted(journal)) return;
    const { spentMs, onNoEvidence } = planned.until;
    // Only that many requests show that a release is good which serves beside one that fails nothing.
    if (requestsAt(journal, plan, step) >= 400) return;
    const { violations, clockSets } = this.#machine;
    // Time runs from when the entry is written, however long that takes; a clock that is set makes it shorter or longer.
    const slackMs = clockSets > 0 ? Number.POSITIVE_INFINITY : this.#scenario.slow > 0 ? 8_000 : 0;
    const watchedMs = (this.#watchedMs.get(step) ?? 0) + slackMs;
    if (Math.min(clockSets > 0 ? watchedMs : durationMs, watchedMs) < spentMs)
      violations.push(`step ${step + 1} was observed for ${watchedMs} ms only, and says ${durationMs}`);
    if (onNoEvidence === "hold") violations.push(`step ${step + 1} is over, and neither requests nor people said so`);
  }

  /** Only where the plan says so, and its migration has begun; and nothing has gone back. */
  #judgeFrozen(): void {
    const { plan } = this.#scenario;
    const journal = JSON.stringify(this.#ledger.journal);
    if (plan.freezes === undefined || !plan.steps.some(({ kind }) => kind === "migrate"))
      this.#machine.violations.push("it is frozen though its migration can be taken back");
    if (journal.includes('"direction":"revert"')) this.#machine.violations.push("it is frozen after it went back");
  }

  #judge(): void {
    const { end, journal } = this.#ledger;
    if (end?.outcome === "frozen") this.#judgeFrozen();
    if (end === undefined || end.outcome === "stuck" || end.outcome === "frozen") return;
    const { before, plan, traffic } = this.#scenario;
    this.#machine.violations.push(...judgeComparison(journal, end, plan, traffic));
    const noticed = this.#machine.crashesOf(2).filter(({ at }) => at < end.at - 1_000);
    // Where nobody drove it for a while (an agent died, or a full disk let it stand still) what is there when it is resumed counts.
    const isComparable = this.#agents.length === 1 && this.#machine.clockSets === 0;
    if (end.outcome === "deployed" && isComparable && noticed.length > 0)
      this.#machine.violations.push(`it was deployed though ${noticed[0]?.id} ended by itself`);
    const expected: Fleet = end.outcome === "deployed" ? plan.after : before;
    const same = (what: string, found: readonly string[], members: readonly Member[]) => {
      const wanted = members.map(({ id }) => id).sort();
      if (JSON.stringify([...found].sort()) !== JSON.stringify(wanted))
        this.#machine.violations.push(`after ${end.outcome}, ${what} ${found.join(" ")}, not ${wanted.join(" ")}`);
    };
    same("there run", this.#machine.running, expected.members);
    same(
      "there is written down",
      (end.members as Fleet).members.map(({ id }) => id),
      expected.members,
    );
    const routed = [...this.#machine.routed.values()].flat();
    same(
      "requests go to",
      routed,
      expected.routed.filter(({ requests }) => requests === undefined),
    );
    const kept = this.#agents.at(-1)?.keeper.members.map(({ id }) => id) ?? [];
    same("somebody looks after", kept, expected.members);
  }
}

/** Everything that can go on without time passing has gone on. */
function quiet(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** The gateway's table from before the simulation. */
function tableBefore({ specs, before }: Scenario, machine: Machine) {
  const spec = specs.get(1)!;
  const fleet = before.members.map((member) => ({ member, spec, ...machine.placeOf(member.id) }));
  const routed = new Set(before.routed.map(({ id }) => id));
  return environmentRoutes({ spec, fleet, routed, traffic: before.traffic, token: 0 });
}
