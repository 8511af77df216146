import { spawn } from "node:child_process";
import { once } from "node:events";
import { parseArgs } from "node:util";
import { type Call, freePorts, SoakProject } from "../scripts/soak/project.ts";
import { labelledLoad, switchBack } from "../scripts/soak/switch-back.ts";

/**
 * Rollbacks under load while the release before is warm: a blue/green environment while it bakes, and a canary while a person is
 * asked, or while it bakes, in turn. How long the release that is left still answers, from the start of the command and from when
 * the agent had been told; ends with 1 when a request was lost, or a rollback did not work.
 *
 *     npm run bench:switch-back -- [--rollbacks 200]
 */
const { values } = parseArgs({ options: { rollbacks: { type: "string" } } });
const rollbacks = Number(values.rollbacks ?? 200);
const turns = ["blue-green", "canary held", "blue-green", "canary baking"] as const;
const project = new SoakProject(await freePorts());
const problems: string[] = [];
const took: number[] = [];
const switched: number[] = [];
const starts: number[] = [];
let sent = 0;
let lost = 0;
let shipped = 0;

try {
  for (const environment of ["blue-green", "canary"] as const) await ship(environment);
  const following = project.follow();
  for (let number = 1; number <= rollbacks; number += 1) {
    await goBack(turns[number % turns.length]!, following);
    if (number % 20 === 0) tell();
  }
  following.child.kill();
} finally {
  problems.push(...(await project.close()));
}
for (const problem of problems) console.log(problem);
if (problems.length > 0 || lost > 0 || took.length < rollbacks) process.exitCode = 1;

function tell(): void {
  console.log(`${took.length} of ${rollbacks} rollbacks, ${sent} requests, ${lost} lost
the release that is left answers last after (p50, p99, longest)
  ${shown(took)} from the start of the command
  ${shown(switched)} from when the agent had been told
node -e 0 takes ${shown(starts)} meanwhile`);
}

async function ship(environment: "blue-green" | "canary"): Promise<number | null> {
  shipped += 1;
  project.version(`v${shipped}`);
  return (await project.call("ship", environment).ended).code;
}

async function goBack(turn: (typeof turns)[number], following: Call): Promise<void> {
  const environment = turn === "blue-green" ? turn : "canary";
  const code = await ship(environment);
  const load = labelledLoad(project.url(environment), 8, 5);
  try {
    if (turn === "canary baking") await project.call("promote", environment, "--now", "--reason", "bench").ended;
    if (code !== (environment === "canary" ? 3 : 0)) problems.push(`ship ${environment} ended with ${code}`);
    const label = `v${shipped}`;
    starts.push(await bareStart());
    const back = await switchBack(project, environment, load, label);
    problems.push(...back.problems);
    if (back.tookMs !== undefined) took.push(back.tookMs);
    const toldAt = following.told.findLast(({ type }) => type === "revertStarted")?.happenedAt;
    if (toldAt !== undefined) switched.push(Math.max(0, (load.lastAnswer(label) ?? 0) - toldAt));
  } finally {
    const report = await load.stop();
    sent += report.sent;
    lost += report.lost;
    if (report.lost > 0) problems.push(`${report.lost} lost: ${report.reasons.slice(0, 3).join("; ")}`);
  }
}

/** What a start of Node takes: the part of a command that is nobody's. */
async function bareStart(): Promise<number> {
  const begun = performance.now();
  await once(spawn(process.execPath, ["-e", "0"]), "exit");
  return Math.round(performance.now() - begun);
}

function shown(times: readonly number[]): string {
  const sorted = times.toSorted((one, other) => one - other);
  const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(part * sorted.length) - 1))];
  return [at(0.5), at(0.99), sorted.at(-1)].map((ms) => `${ms} ms`).join(", ");
}
