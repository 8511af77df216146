import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { makeArena } from "./arena.ts";
import { type Arena, type CaseName, callOf, fillCache, measureCase, prepareCold, type Times } from "./cases.ts";
import type { Contender } from "./contender.ts";
import { lage } from "./contenders/lage.ts";
import { moon } from "./contenders/moon.ts";
import { nx } from "./contenders/nx.ts";
import { tidegate } from "./contenders/tidegate.ts";
import { turbo, turboBinary } from "./contenders/turbo.ts";
import { wireit } from "./contenders/wireit.ts";
import { Stopwatch } from "./process.ts";
import { type Results, showResults } from "./table.ts";
import { installTools } from "./tools.ts";

/**
 * Tidegate beside the task runners that people use: whole processes, in turn, in one go, on generated workspaces.
 *
 *     npm run bench:tasks -- --sizes 10,100 --tools tidegate,turbo --cases no-op,leaf --runs 5
 *
 * The tools are installed from npm into the user's cache folder; everything else is in a temporary folder and goes away.
 */
const peers = [turbo, turboBinary, nx, moon, wireit, lage];
const cases: readonly CaseName[] = ["cold", "no-op", "leaf", "restore"];

const { values } = parseArgs({
  options: {
    sizes: { type: "string", default: "10,100,1000" },
    tools: { type: "string", default: ["tidegate", ...peers.map(({ name }) => name)].join(",") },
    cases: { type: "string", default: cases.join(",") },
    runs: { type: "string", default: "5" },
    "limit-seconds": { type: "string", default: "600" },
    "no-memory": { type: "boolean", default: false },
  },
});

const chosen = { tools: values.tools.split(","), cases: values.cases.split(",") };
const runs = Number(values.runs);
const temporary = mkdtempSync(join(tmpdir(), "tidegate-bench-"));
const home = join(temporary, "home");
mkdirSync(home);
const every = [tidegate(join(temporary, "tidegate")), ...peers];
const contenders = every.filter(({ name }) => chosen.tools.includes(name));
const watch = new Stopwatch(home);
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, () => void cleanUp().then(() => process.exit(130)));

try {
  const tools = installTools(peers);
  console.log(machine());
  for (const size of values.sizes.split(",").map(Number)) {
    const folder = join(temporary, String(size));
    const limitMs = Number(values["limit-seconds"]) * 1000;
    const arena = makeArena({ folder, count: size, contenders, tools, watch, limitMs });
    console.log(showResults(await measureAll(arena)));
    rmSync(folder, { recursive: true, force: true });
  }
  console.log(largeGraph(20_000));
} finally {
  await cleanUp();
}

type Memory = Map<string, Partial<Record<"no-op" | "cold", number>>>;

async function measureAll(arena: Arena): Promise<Results> {
  const measured = new Map<CaseName, Times>();
  const memory: Memory = new Map();
  for (const name of cases.filter((each) => chosen.cases.includes(each))) {
    if (name !== "cold" && measured.size === 0) for (const ready of arena.tools) await fillCache(arena, ready);
    measured.set(name, await measureCase(arena, name, runs));
    // What was left out is not warm yet.
    const left = name === "cold" ? arena.tools.filter(({ contender }) => !measured.get(name)!.has(contender.name)) : [];
    for (const ready of left) await fillCache(arena, ready);
    if (!values["no-memory"]) noteMemory(arena, name, memory);
  }
  return { count: arena.packages.length, runs, cases: measured, memory };
}

/** Of the cold run only where it is the tool's own, and not that of the npm it starts. */
function noteMemory(arena: Arena, name: CaseName, memory: Memory): void {
  if (name !== "no-op" && name !== "cold") return;
  for (const ready of arena.tools) {
    if (name === "cold" && ready.contender.startsNpm) continue;
    if (name === "cold") prepareCold(arena, ready);
    const peak = watch.peakMemory(ready.command, callOf(arena, ready));
    if (peak !== undefined) memory.set(ready.contender.name, { ...memory.get(ready.contender.name), [name]: peak });
  }
}

function largeGraph(size: number): string {
  const script = join(import.meta.dirname, "large-graph.ts");
  const { ms, megabytes } = JSON.parse(execFileSync(process.execPath, [script, String(size)], { encoding: "utf8" }));
  const met = ms < 2000 && megabytes < 500 ? "met" : "**missed**";
  return `One graph of ${size} tasks planned in ${(ms / 1000).toFixed(2)} s with ${megabytes.toFixed(0)} MB (goal: < 2 s, < 500 MB): ${met}\n`;
}

function machine(): string {
  const pins = Object.assign({}, ...contenders.map(({ pins: own }: Contender) => own)) as Record<string, string>;
  const tools = Object.entries(pins).map(([name, version]) => `${name} ${version}`);
  return `${cpus().length} × ${cpus()[0]?.model ?? "?"}, Node ${process.version}; ${tools.join(", ")}\n`;
}

async function cleanUp(): Promise<void> {
  await watch.endAll();
  rmSync(temporary, { recursive: true, force: true });
}
