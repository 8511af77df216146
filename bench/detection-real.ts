import { setTimeout as wait } from "node:timers/promises";
import { parseArgs } from "node:util";
import { type Behaviour, freePorts, SoakProject } from "../scripts/soak/project.ts";
import { startLoad } from "../test/support/load.ts";

/**
 * Detection as users have it: real releases of a real service behind the real gateway, in canaries with a twentieth of the requests, each
 * until the analysis has its verdict. Prints, for each row, in how many of the rollouts the new release was taken out, and after
 * how many of its requests (median and most): those that the analysis had counted by then, and all that it had answered, from
 * the first second on.
 *
 *     npm run bench:detection:real -- [--rollouts 20] [--row "latency × 2"]
 */
const usual: Behaviour = { failRate: 0.005 };
interface Row {
  readonly name: string;
  readonly serving: Behaviour;
  readonly release: Behaviour;
  /** Of the load, each with some 15 requests a second. */
  readonly connections: number;
}

const rows: readonly Row[] = [
  { name: "equal, 0.5 %", serving: usual, release: usual, connections: 24 },
  { name: "0.5 → 5 %", serving: usual, release: { failRate: 0.05 }, connections: 16 },
  { name: "latency × 2", serving: { takesMs: 15 }, release: { takesMs: 30 }, connections: 16 },
];

const { values } = parseArgs({ options: { rollouts: { type: "string" }, row: { type: "string" } } });
const rollouts = Number(values.rollouts ?? 20);
const environment = "canary";
const strategy = 'canary({ steps: [5], hold: "10m", bake: "1s" })';
const project = new SoakProject(await freePorts(), { canary: strategy, callLimitMs: 700_000 });
let version = 0;

try {
  console.log(
    "| what is true | rollouts | taken out | counted: median, most | answered: median, most |\n|---|---|---|---|---|",
  );
  for (const row of rows) if (values.row === undefined || values.row === row.name) await run(row);
} finally {
  for (const left of await project.close()) console.log(`left behind: ${left}`);
}

interface Rollout {
  readonly isTakenOut: boolean;
  readonly counted: number;
  readonly answered: number;
}

async function run({ name, serving, release, connections }: Row): Promise<void> {
  const done: Rollout[] = [];
  await begin(serving);
  while (done.length < rollouts) {
    const one = await rollout(release, connections);
    done.push(one);
    if (!one.isTakenOut && release !== serving) await begin(serving);
  }
  const found = done.filter(({ isTakenOut }) => isTakenOut);
  const shown = (key: "counted" | "answered") => {
    const sorted = found.map((one) => one[key]).toSorted((one, other) => one - other);
    return sorted.length === 0 ? "–" : `${sorted[Math.floor(sorted.length / 2)]}, ${sorted.at(-1)}`;
  };
  console.log(`| ${name} | ${done.length} | ${found.length} | ${shown("counted")} | ${shown("answered")} |`);
}

/** What serves is to be like this, whatever did before. */
async function begin(behaviour: Behaviour): Promise<void> {
  const shipping = ship(behaviour);
  const isComparing = async () => (await project.status(environment)).underWay?.standing?.is === "observing";
  for (let isOver = false; !isOver; await wait(200)) {
    isOver = (await Promise.race([shipping, wait(100)])) !== undefined;
    if (!isOver && (await isComparing()))
      await project.call("promote", environment, "--now", "--reason", "to begin with").ended;
  }
}

async function rollout(behaviour: Behaviour, connections: number): Promise<Rollout> {
  const answers = new Map<string, number>();
  const load = startLoad({
    ...{ url: project.url(environment), connections, paced: 50 },
    check: ({ body }) => {
      const label = body.split(" ")[0]!;
      answers.set(label, (answers.get(label) ?? 0) + 1);
      return true;
    },
  });
  try {
    const { code, label, told } = await ship(behaviour);
    const verdict = told.findLast(({ type }) => type === "verdictGiven");
    if (verdict?.verdict === undefined) throw new Error(`ship ended with ${code}, without a verdict`);
    const isTakenOut = verdict.verdict === "regression";
    return { isTakenOut, counted: verdict.figures?.candidate.requests ?? 0, answered: answers.get(label) ?? 0 };
  } finally {
    await load.stop();
  }
}

async function ship(behaviour: Behaviour) {
  version += 1;
  const label = `v${version}`;
  project.version(label, behaviour);
  const call = project.call("ship", environment);
  const { code } = await call.ended;
  return { code, label, told: call.told };
}
