import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { parseArgs } from "node:util";
import { startLoad } from "../test/support/load.ts";
import {
  type Call,
  type EnvironmentName,
  environments,
  freePort,
  killNow,
  SoakProject,
  type Victim,
  victims,
} from "./soak/project.ts";

/**
 * Kills the agent, a gateway, an instance or the calling program with SIGKILL, again and again, at rest and in the middle of a
 * rollout, under load, and looks whether what Tidegate then says is what answers, and whether the next command ends in the
 * wanted state. Prints a table of requests lost by what was killed; ends with 1 when anything was not as it should be.
 *
 *     npm run soak -- [--kills 300] [--seed 1]
 *
 * Every round is in reports/soak.jsonl.
 */
const { values } = parseArgs({ options: { kills: { type: "string" }, seed: { type: "string" } } });
const kills = Number(values.kills ?? 300);
const seed = Number(values.seed ?? Date.now() % 1_000_000);
const roll = dice(seed);
const report = join(import.meta.dirname, "../reports/soak.jsonl");

interface Round {
  readonly round: number;
  readonly environment: EnvironmentName;
  readonly victim: Victim;
  /** Whether a deployment had begun and not ended when the victim was killed. */
  readonly midRollout: boolean;
  /** The last that was told before the kill. */
  readonly after: string;
  readonly sent: number;
  readonly lost: number;
  readonly reasons: readonly string[];
  readonly problems: readonly string[];
}

mkdirSync(join(import.meta.dirname, "../reports"), { recursive: true });
writeFileSync(report, "");
console.log(`soak: ${kills} kills, seed ${seed}`);
const project = new SoakProject({ rolling: await freePort(), recreate: await freePort() });
const rounds: Round[] = [];
let version = 0;
try {
  for (const environment of environments) await ship(environment);
  while (rounds.length < kills) {
    const round = await kill(rounds.length + 1);
    if (round === undefined) continue;
    rounds.push(round);
    appendFileSync(report, `${JSON.stringify(round)}\n`);
    for (const problem of round.problems) console.log(`round ${round.round} (${told(round)}): ${problem}`);
    if (rounds.length % 10 === 0) console.log(`${rounds.length} of ${kills}`);
  }
} finally {
  const left = await project.close();
  for (const line of left) console.log(`left behind: ${line}`);
  if (left.length > 0) process.exitCode = 1;
}
summarise();

function told({ victim, environment, after, midRollout }: Round): string {
  return `${victim} of ${environment}, ${midRollout ? "mid-rollout" : "at rest"}, after ${after}`;
}

function writeNext(): void {
  version += 1;
  project.version(`v${version}`);
}

async function ship(environment: EnvironmentName): Promise<void> {
  writeNext();
  const { code, talk } = await project.call("ship", environment).ended;
  if (code !== 0) throw new Error(`ship ${environment} ended with ${code}: ${talk}`);
}

/** One kill and what comes after it; `undefined` when there was nothing to kill. */
async function kill(number: number): Promise<Round | undefined> {
  const environment = environments[roll(environments.length)]!;
  const victim = victims[number % victims.length]!;
  const isRollout = victim === "cli" || roll(100) < 60;
  const load = startLoad({ url: project.url(environment), connections: 3, paced: 15 });
  try {
    if (isRollout) writeNext();
    const call = isRollout ? project.call("ship", environment) : undefined;
    if (call) await untilUnderWay(call);
    else await wait(50 + roll(150));
    const killedAt = Date.now();
    const isKilled = killNow(await pidOf(victim, environment, call));
    const before = call?.told.filter(({ at }) => at <= killedAt) ?? [];
    if (call) await call.ended;
    if (!isKilled) return undefined;
    const problems = [...(await lies(environment)), ...(await next(environment))];
    const { sent, lost, reasons } = await load.stop();
    return {
      round: number,
      environment,
      victim,
      midRollout: isUnderWay(before),
      after: before.at(-1)?.type ?? "nothing",
      sent,
      lost,
      reasons,
      problems,
    };
  } finally {
    await load.stop();
  }
}

/** Until some of its steps have been told, and a moment more; most fall into the deployment. */
async function untilUnderWay(call: Call): Promise<void> {
  const steps = roll(9);
  const enough = () => call.told.filter(({ type }) => /^(deployment|step)/.test(type)).length > steps;
  const isOver = () => call.told.some(({ type }) => type === "deploymentFinished") || call.child.exitCode !== null;
  for (const end = Date.now() + 60_000; Date.now() < end && !enough() && !isOver(); ) await wait(5);
  await wait(roll(120));
}

function isUnderWay(before: Call["told"]): boolean {
  const has = (type: string) => before.some((event) => event.type === type);
  return has("deploymentStarted") && !has("deploymentFinished");
}

async function pidOf(
  victim: Victim,
  environment: EnvironmentName,
  call: Call | undefined,
): Promise<number | undefined> {
  if (victim === "cli") return call?.child.pid;
  const found =
    victim === "instance"
      ? (await project.status(environment)).instances.flatMap(({ pid }) => pid ?? [])
      : project.processes(victim);
  return found[roll(found.length || 1)];
}

/** Whether what `status` says to serve is what answers: looked at twice, since either may change in between. */
async function lies(environment: EnvironmentName): Promise<string[]> {
  let found: string[] = [];
  for (let tries = 0; tries < 3; tries += 1) {
    const before = await project.answering(environment);
    const status = await project.status(environment);
    const after = await project.answering(environment);
    if (before?.release !== after?.release) continue;
    const isServing = status.state === "serving";
    const isTrue = isServing ? after?.release === status.release : true;
    found = isTrue ? [] : [`status says ${status.state} ${status.release}, and ${after?.release ?? "nothing"} answers`];
    if (isTrue) break;
  }
  return found;
}

/** The next command ends in the wanted state: the newest version serves, and nothing else does. */
async function next(environment: EnvironmentName): Promise<string[]> {
  const { code, talk } = await project.call("ship", environment).ended;
  const problems = code === 0 ? [] : [`the next ship ended with ${code}: ${talk.slice(-600)}`];
  const status = await project.status(environment);
  if (status.state !== "serving") problems.push(`it is ${status.state} after the next ship`);
  const answers = await Promise.all(Array.from({ length: 6 }, () => project.answering(environment)));
  const labels = new Set(answers.map((answer) => answer?.label ?? "nothing"));
  if (labels.size !== 1 || !labels.has(`v${version}`))
    problems.push(`v${version} was shipped, and ${[...labels].join(" and ")} answers`);
  return problems;
}

function summarise(): void {
  const rows = [...victims, "all"].flatMap((victim) => {
    const own = rounds.filter((round) => victim === "all" || round.victim === victim);
    return ["all", ...environments].map((environment) => {
      const these = own.filter((round) => environment === "all" || round.environment === environment);
      const mid = these.filter(({ midRollout }) => midRollout).length;
      const sum = (key: "sent" | "lost") => these.reduce((total, round) => total + round[key], 0);
      const lostIn = these.filter(({ lost }) => lost > 0).length;
      return [victim, environment, these.length, mid, sum("sent"), sum("lost"), lostIn];
    });
  });
  console.log("\nkilled | environment | kills | mid-rollout | requests | lost | kills with losses");
  for (const row of rows) console.log(row.join(" | "));
  const wrong = rounds.filter(({ problems }) => problems.length > 0).length;
  const mid = rounds.filter(({ midRollout }) => midRollout).length;
  console.log(`\n${rounds.length} kills, ${mid} mid-rollout, ${wrong} of them with problems (seed ${seed})`);
  if (wrong > 0) process.exitCode = 1;
}

/** Numbers from 0 up to a limit, the same for the same seed. */
function dice(start: number): (limit: number) => number {
  let state = Math.imul(start ^ 0x5bd1e995, 2654435761);
  return (limit) => {
    state = (Math.imul(state ^ (state >>> 15), 2246822519) + 0x9e3779b9) | 0;
    return ((state >>> 8) & 0xffff) % limit;
  };
}
