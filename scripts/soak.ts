import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { dice } from "./soak/dice.ts";
import { freePorts, SoakProject } from "./soak/project.ts";
import { type Round, Rounds } from "./soak/rounds.ts";
import { summarise } from "./soak/summary.ts";

/**
 * Kills the agent, a gateway, an instance or the calling program with SIGKILL, again and again, in an environment of each
 * strategy, at rest and wherever a rollout can stand, under load; and looks whether what Tidegate then says is what answers,
 * whether the next command ends in the wanted state, and whether requests were lost beyond those in what was killed. Each round
 * of a strategy that keeps what served before ends with a switch back to it, which is timed. Prints tables; ends with 1 when
 * anything was not as it should be.
 *
 *     npm run soak -- [--kills 300] [--seed 1] [--only canary] [--projects 1]
 *
 * Every round is in reports/soak.jsonl. With several projects each has its own agent, gateway and dice, and they share the kills.
 */
const { values } = parseArgs({
  options: {
    kills: { type: "string" },
    seed: { type: "string" },
    only: { type: "string" },
    projects: { type: "string" },
  },
});
const kills = Number(values.kills ?? 300);
const seed = Number(values.seed ?? Date.now() % 1_000_000);
const report = join(import.meta.dirname, "../reports/soak.jsonl");

mkdirSync(join(import.meta.dirname, "../reports"), { recursive: true });
writeFileSync(report, "");
console.log(`soak: ${kills} kills, seed ${seed}`);
const rounds: Round[] = [];
const projects = Number(values.projects ?? 1);
await Promise.all(Array.from({ length: projects }, (_, index) => soak(seed + index)));
for (const line of summarise(rounds)) console.log(line);
const wrong = rounds.filter(({ problems }) => problems.length > 0).length;
const mid = rounds.filter(({ moment }) => moment !== "at rest").length;
console.log(`\n${rounds.length} kills, ${mid} mid-rollout, ${wrong} of them with problems (seed ${seed})`);
if (wrong > 0) process.exitCode = 1;

/** A project of its own, until there were enough kills. */
async function soak(own: number): Promise<void> {
  const project = new SoakProject(await freePorts());
  try {
    const all = new Rounds(project, dice(own), values.only);
    await all.begin();
    for (let number = 1; rounds.length < kills; number += 1) {
      const round = await all.next(number);
      if (round !== undefined) note(own, round);
    }
  } finally {
    const left = await project.close();
    for (const line of left) console.log(`left behind: ${line}`);
    if (left.length > 0) process.exitCode = 1;
  }
}

function note(own: number, round: Round): void {
  rounds.push(round);
  appendFileSync(report, `${JSON.stringify({ seed: own, ...round })}\n`);
  for (const problem of round.problems) console.log(`seed ${own}, round ${round.round} (${told(round)}): ${problem}`);
  if (rounds.length % 10 === 0) console.log(`${rounds.length} of ${kills}`);
}

function told({ victim, environment, moment, after }: Round): string {
  return `${victim} of ${environment}, ${moment}, after ${after}`;
}
