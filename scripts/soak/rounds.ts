import { setTimeout as wait } from "node:timers/promises";
import type { Dice } from "./dice.ts";
import { type Call, type EnvironmentName, killNow, type SoakProject, type Status } from "./project.ts";
import { labelledLoad, loadConnections, switchBack } from "./switch-back.ts";

export const victims = ["agent", "gateway", "instance", "cli"] as const;
export type Victim = (typeof victims)[number];

/** Where a rollout stands when something is killed. */
export type Moment = "at rest" | "under way" | "paused" | "held" | "baking" | "way back";

export interface Round {
  readonly round: number;
  readonly environment: EnvironmentName;
  readonly victim: Victim;
  readonly moment: Moment;
  /** The last that the command told before the kill. */
  readonly after: string;
  readonly sent: number;
  readonly lost: number;
  readonly reasons: readonly string[];
  /** From the request of the rollback at the end of the round to the last answer of the release that it took out. */
  readonly switchBackMs?: number;
  readonly problems: readonly string[];
}

/** Twice as often those whose rollouts have more places to stand at, and whose rounds end with a switch back. */
const turns: readonly EnvironmentName[] = ["blue-green", "canary", "rolling", "blue-green", "canary", "recreate"];

const moments: Readonly<Record<EnvironmentName, readonly Moment[]>> = {
  rolling: ["at rest", "under way", "under way", "paused", "way back"],
  recreate: ["at rest", "under way", "under way", "way back"],
  "blue-green": ["at rest", "at rest", "under way", "baking", "baking", "way back"],
  canary: ["at rest", "at rest", "under way", "paused", "held", "baking", "way back"],
};

interface Killed {
  readonly isKilled: boolean;
  /** How many requests that may have cost. */
  readonly mayLose: number;
  /** Whether the rollout goes on as if nothing had been killed. */
  readonly isHarmless: boolean;
}

/** One kill after the other, and what comes after each. */
export class Rounds {
  readonly #project: SoakProject;
  readonly #roll: Dice;
  readonly #turns: readonly EnvironmentName[];
  #turn = 0;
  #version = 0;

  constructor(project: SoakProject, roll: Dice, only?: string) {
    this.#project = project;
    this.#roll = roll;
    this.#turns = turns.filter((name) => only === undefined || name === only);
  }

  /** Ships a first version everywhere. */
  async begin(): Promise<void> {
    for (const environment of new Set(this.#turns)) {
      this.#writeNext();
      const { code, talk } = await this.#project.call("ship", environment).ended;
      if (code !== 0) throw new Error(`ship ${environment} ended with ${code}: ${talk}`);
    }
  }

  /** One kill and what comes after it; `undefined` when there was nothing to kill. */
  async next(round: number): Promise<Round | undefined> {
    const environment = this.#turns[this.#turn++ % this.#turns.length]!;
    const moment = this.#pick(moments[environment]);
    const hasCli = moment === "under way" || moment === "paused" || moment === "way back";
    const victim = this.#pick(victims.filter((one) => one !== "cli" || hasCli));
    const load = labelledLoad(this.#project.url(environment));
    try {
      const call = await this.#reach(environment, moment);
      const after = call?.told.at(-1)?.type ?? "nothing";
      const killed = await this.#kill(victim, environment, call);
      // One that is paused waits for what is said next.
      if (moment !== "paused") await call?.ended;
      const problems = await this.#lies(environment);
      const goesBackAtOnce = (moment === "held" || moment === "baking") && killed.isHarmless && this.#roll(2) === 0;
      const next = goesBackAtOnce ? { isKept: true, problems: [] } : await this.#goOn(environment, moment);
      await call?.ended;
      const back = next.isKept ? await switchBack(this.#project, environment, load, this.#label) : undefined;
      problems.push(...next.problems, ...(back?.problems ?? []), ...(await this.#isAtRest(environment)));
      const { sent, lost, reasons } = await load.stop();
      if (lost > killed.mayLose)
        problems.push(
          `${lost} requests were lost, at most ${killed.mayLose} may be: ${reasons.slice(0, 3).join("; ")}`,
        );
      if (!killed.isKilled) return undefined;
      const timed = back?.tookMs === undefined ? {} : { switchBackMs: back.tookMs };
      // It was faster than we.
      const isOver = after === "deploymentFinished";
      return {
        round,
        environment,
        victim,
        moment: isOver ? "at rest" : moment,
        after,
        sent,
        lost,
        reasons,
        ...timed,
        problems,
      };
    } finally {
      await load.stop();
    }
  }

  #pick<T>(from: readonly T[]): T {
    return from[this.#roll(from.length)]!;
  }

  /** What the newest version answers. */
  get #label(): string {
    return `v${this.#version}`;
  }

  #writeNext(): void {
    this.#version += 1;
    this.#project.version(this.#label);
  }

  #ship(environment: EnvironmentName): Call {
    this.#writeNext();
    return this.#project.call("ship", environment);
  }

  /** Brings the environment to where something is to be killed; the command that is under way then. */
  async #reach(environment: EnvironmentName, moment: Moment): Promise<Call | undefined> {
    if (moment === "at rest") {
      await wait(50 + this.#roll(150));
      return undefined;
    }
    const call = this.#ship(environment);
    if (moment === "under way" || moment === "paused") await this.#untilUnderWay(call, moment === "paused" ? 3 : 9);
    if (moment === "under way") return call;
    if (moment === "paused") {
      await this.#project.call("pause", environment).ended;
      return call;
    }
    await call.ended;
    if (moment === "baking" && environment === "canary") await this.#promote(environment);
    if (moment !== "way back") return undefined;
    const back = this.#project.call("rollback", environment);
    await wait(this.#roll(900));
    return back;
  }

  /** Until some of its steps have been told, and a moment more; most fall into the deployment. */
  async #untilUnderWay(call: Call, most: number): Promise<void> {
    const steps = this.#roll(most);
    const enough = () => call.told.filter(({ type }) => /^(deployment|step)/.test(type)).length > steps;
    const isOver = () => call.told.some(({ type }) => type === "deploymentFinished") || call.child.exitCode !== null;
    for (const end = Date.now() + 60_000; Date.now() < end && !enough() && !isOver(); ) await wait(5);
    await wait(this.#roll(120));
  }

  /** Gives a canary all requests, whatever is known of it. */
  async #promote(environment: EnvironmentName): Promise<void> {
    await this.#project.call("promote", environment, "--now", "--reason", "soak").ended;
    for (let tries = 0; tries < 100 && (await this.#labels(environment)) !== this.#label; tries += 1) await wait(50);
  }

  async #kill(victim: Victim, environment: EnvironmentName, call: Call | undefined): Promise<Killed> {
    const isDowntime = environment === "recreate";
    const some = { mayLose: isDowntime ? Number.POSITIVE_INFINITY : 0, isHarmless: true };
    if (victim === "cli") return { ...some, isKilled: killNow(call?.child.pid) };
    if (victim !== "instance") {
      const isKilled = killNow(this.#pick(this.#project.processes(victim)));
      return { ...some, isKilled, ...(victim === "gateway" && !isDowntime && { mayLose: loadConnections }) };
    }
    const { instances } = await this.#project.status(environment);
    const instance = this.#pick(instances);
    const isKilled = killNow(instance?.pid);
    const isNeeded = instance?.routed === true;
    const isAlone = isNeeded && instances.filter(({ routed }) => routed).length === 1;
    const mayLose = isAlone ? Number.POSITIVE_INFINITY : isNeeded ? loadConnections : 0;
    return { isKilled, mayLose: Math.max(some.mayLose, mayLose), isHarmless: !isNeeded };
  }

  /** Whether what answers is what `status` says to get requests: looked at again where either changed in between. */
  async #lies(environment: EnvironmentName): Promise<string[]> {
    let found: string[] = [];
    for (let tries = 0; tries < 3; tries += 1) {
      const before = await this.#project.answering(environment);
      const status = await this.#project.status(environment);
      const after = await this.#project.answering(environment);
      found =
        isTrueOf(status, before?.release) || isTrueOf(status, after?.release) ? [] : [lieOf(status, after?.label)];
      if (found.length === 0) break;
    }
    return found;
  }

  /** The next command ends in the wanted state, wherever the one before was left. `isKept`: so is what served before. */
  async #goOn(environment: EnvironmentName, moment: Moment): Promise<{ isKept: boolean; problems: string[] }> {
    if (moment === "paused") await this.#project.call(this.#pick(["resume", "abort"]), environment).ended;
    const { code, talk } = await this.#ship(environment).ended;
    const isHeld = environment === "canary" && code === 3;
    if (code !== 0 && !isHeld)
      return { isKept: false, problems: [`the next ship ended with ${code}: ${talk.slice(-600)}`] };
    if (isHeld && this.#roll(2) === 0) return { isKept: true, problems: [] };
    if (isHeld) await this.#promote(environment);
    const label = await this.#labels(environment);
    return {
      isKept: isHeld || environment === "blue-green",
      problems: label === this.#label ? [] : [`${this.#label} was shipped, and ${label} answers`],
    };
  }

  async #labels(environment: EnvironmentName): Promise<string> {
    const answers = await Promise.all(Array.from({ length: 6 }, () => this.#project.answering(environment)));
    return [...new Set(answers.map((answer) => answer?.label ?? "nothing"))].join(" and ");
  }

  /** What serves alone is what `status` says, and nothing runs that should not. */
  async #isAtRest(environment: EnvironmentName): Promise<string[]> {
    const all = await this.#project.statuses();
    const status = all.find(({ name }) => name === environment)!;
    const isServing =
      status.state === "serving" && status.release === (await this.#project.answering(environment))?.release;
    const is = isServing
      ? []
      : [`at the end of the round it is ${status.state}, and ${await this.#labels(environment)} answers`];
    return [...is, ...this.#project.orphans(all)];
  }
}

function isTrueOf({ state, instances }: Status, release: string | null | undefined): boolean {
  if (release === undefined) return state !== "serving";
  return instances.some((instance) => instance.routed && instance.release === release);
}

function lieOf({ state, instances }: Status, label: string | undefined): string {
  const routed = instances.filter((instance) => instance.routed).map(({ id }) => id);
  return `status says ${state}, requests go to ${routed.join(", ") || "nobody"}; ${label ?? "nothing"} answers`;
}
