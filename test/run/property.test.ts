import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, expect, it } from "vitest";
import { defineProject } from "../../src/definition/builders.ts";
import type { Emit } from "../../src/events/event.ts";
import { runPipeline } from "../../src/run/run.ts";
import { changeSource, edits } from "./property/edits.ts";
import { Random } from "./property/random.ts";
import {
  describedPipeline,
  expected,
  found,
  pipelineOf,
  randomWorld,
  type Snapshot,
  type World,
  writeSources,
} from "./property/world.ts";

/** In all. TIDEGATE_PROPERTY_STEPS=10000 for the long run; TIDEGATE_PROPERTY_SEED for another one. */
const steps = Number(process.env.TIDEGATE_PROPERTY_STEPS ?? 300);
const firstSeed = Number(process.env.TIDEGATE_PROPERTY_SEED ?? 1);
const stepsPerWorld = 50;

const top = mkdtempSync(join(realpathSync(tmpdir()), "tidegate-property-"));
afterAll(() => rmSync(top, { recursive: true, force: true }));

function environmentOf({ variables }: World): Record<string, string> {
  return { PATH: process.env.PATH ?? "", HOME: top, ...Object.fromEntries(variables) };
}

async function run(folder: string, world: World, emit: Emit = () => undefined, signal?: AbortSignal) {
  const result = await runPipeline({
    projectFolder: folder,
    project: defineProject({ name: "world", pipeline: pipelineOf(world) }),
    environment: environmentOf(world),
    emit,
    ...(signal && { signal }),
  });
  if (!result.ok) throw new Error(JSON.stringify(result.failures));
  return result.value;
}

/** Ends a run in the middle, at the n-th thing that happens. */
async function interrupt(folder: string, world: World, after: number): Promise<void> {
  const stop = new AbortController();
  let count = 0;
  await run(folder, world, () => ++count === after && stop.abort(), stop.signal);
}

/** Somebody saves a source while tasks run, and often takes it back afterwards. */
async function meddle(folder: string, world: World, after: number, random: Random): Promise<void> {
  const before = new Map(world.sources);
  let count = 0;
  await run(folder, world, () => {
    if (++count === after) changeSource(folder, world, random);
  });
  if (random.chance(0.3)) return;
  for (const [path, content] of before) world.sources.set(path, content);
  writeSources(folder, world);
}

/** Ends a run without giving it a chance to tidy up. */
async function kill(folder: string, world: World, after: number): Promise<void> {
  writeFileSync(join(folder, "pipeline.json"), JSON.stringify(describedPipeline(world)));
  const script = join(import.meta.dirname, "child-run.ts");
  const child = spawn(process.execPath, [script, folder], {
    env: environmentOf(world),
    stdio: ["ignore", "pipe", "inherit"],
  });
  let count = 0;
  createInterface({ input: child.stdout }).on("line", () => ++count === after && child.kill("SIGKILL"));
  await once(child, "close");
}

function actual(folder: string, world: World, names: Iterable<string>): Map<string, Snapshot> {
  return new Map([...names].map((name) => [name, found(folder, world.tasks.find((each) => each.name === name)!)]));
}

/** What a run in an empty folder gives: says whether what is expected is right. */
async function fromNothing(folder: string, world: World): Promise<void> {
  writeSources(folder, world);
  await run(folder, world);
  const wanted = expected(world);
  expect(actual(folder, world, wanted.keys())).toEqual(wanted);
  rmSync(folder, { recursive: true });
}

async function live(seed: number, count: number): Promise<void> {
  const random = new Random(seed);
  const world = randomWorld(random);
  const folder = join(top, String(seed));
  writeSources(folder, world);
  const history: string[] = [];
  for (let step = 0; step < count; step++) {
    for (let more = 0; more === 0 || random.chance(0.3); more++)
      history.push(`${step}: ${await random.pick(edits)(folder, world, random)}`);
    const accident = random.next();
    if (accident < 0.1) await interrupt(folder, world, 1 + random.below(12));
    else if (accident < 0.2) await meddle(folder, world, 1 + random.below(12), random);
    else if (accident < 0.22) await kill(folder, world, 1 + random.below(12));
    const { tasks } = await run(folder, world);
    const wanted = expected(world);
    const good = Object.entries(tasks).filter(([, { record }]) => ["hit", "succeeded"].includes(record.result.result));
    const story = `seed ${seed}\n${history.slice(-12).join("\n")}`;
    expect(good.map(([name]) => name).sort(), story).toEqual([...wanted.keys()]);
    expect(actual(folder, world, wanted.keys()), story).toEqual(wanted);
    if (step % 25 === 24) await fromNothing(join(top, `${seed}-clean`), world);
  }
  rmSync(folder, { recursive: true });
}

it(`gives after every edit, damage and kill what a run from nothing gives (${steps} steps)`, {
  timeout: 60_000 + steps * 1000,
}, async () => {
  for (let done = 0, seed = firstSeed; done < steps; done += stepsPerWorld, seed++)
    await live(seed, Math.min(stepsPerWorld, steps - done));
});
