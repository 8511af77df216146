import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Command, Contender } from "./contender.ts";
import type { Call, Stopwatch } from "./process.ts";
import { type ReferenceName, references } from "./references.ts";
import { changeLeaf, type Package, putAside, removeOutputs } from "./workspace.ts";

export type CaseName = "cold" | "no-op" | "leaf" | "restore";

/** A tool with a workspace of its own. */
export interface Ready {
  readonly contender: Contender;
  readonly folder: string;
  readonly command: Command;
}

export interface Arena {
  readonly watch: Stopwatch;
  readonly packages: readonly Package[];
  readonly tools: readonly Ready[];
  /** A workspace for the references. */
  readonly plainFolder: string;
  /** Holds an `npm` that only runs the script. */
  readonly stub: string;
  /** Takes what is put aside. */
  readonly trash: string;
  readonly limitMs: number;
}

/** Milliseconds of each run, by name of tool or reference. */
export type Times = Map<string, number[]>;

interface Step {
  readonly name: string;
  /** Not measured: how things are before. */
  before(round: number): void;
  readonly command: Command;
  readonly call: Call;
  /** Throws when the run did not do its work. */
  after(): void;
}

/** What is done before each run of a case, and the references that are measured along with it. */
const before: Readonly<Record<CaseName, (arena: Arena, ready: Ready, round: number) => void>> = {
  cold: (arena, { contender, folder }) => {
    const { state, packageState = [] } = contender;
    const inPackages = arena.packages.flatMap((each) => packageState.map((path) => `${each.folder}/${path}`));
    putAside(folder, [...state, ...inPackages, ...outputsOf(arena)], arena.trash);
  },
  "no-op": () => undefined,
  leaf: ({ packages }, { folder }, round) => changeLeaf(folder, packages, round),
  restore: ({ packages }, { folder }) => removeOutputs(folder, packages),
};

const alongside: Readonly<Record<CaseName, readonly ReferenceName[]>> = {
  cold: ["bare shell"],
  "no-op": ["node -e 0", "walk and stat"],
  leaf: [],
  restore: [],
};

/** Runs a case for all in turn, so that a slow moment of the machine meets all alike. */
export async function measureCase(arena: Arena, name: CaseName, runs: number): Promise<Times> {
  const steps = [...alongside[name].map((each) => referenceStep(arena, each)), ...toolSteps(arena, name)];
  const times: Times = new Map(steps.map((step) => [step.name, []]));
  // Nothing is cold about a second run, but a file system and a processor warm up at whatever comes first.
  const warmUps = name === "cold" ? 0 : 1;
  for (let round = -warmUps; round < runs; round += 1) {
    for (const step of steps) {
      const ms = await timeStep(arena, step, round);
      if (round >= 0) times.get(step.name)!.push(ms);
    }
  }
  return times;
}

async function timeStep({ watch }: Arena, step: Step, round: number): Promise<number> {
  step.before(round);
  const { ms, status, output } = await watch.time(step.command, step.call);
  if (status !== 0) throw new Error(`${step.name} ended with ${status}:\n${output.slice(-2000)}`);
  step.after();
  return ms;
}

function toolSteps(arena: Arena, name: CaseName): Step[] {
  const { packages, tools } = arena;
  const skipsNpm = name === "cold" && packages.length > npmLimit;
  return tools
    .filter(({ contender }) => !(skipsNpm && contender.startsNpm))
    .map((ready) => ({
      name: ready.contender.name,
      before: (round) => before[name](arena, ready, round),
      command: ready.command,
      call: callOf(arena, ready),
      after: () => checkOutputs(arena, ready.folder, ready.contender.name),
    }));
}

/** A tool that starts npm for each of more packages than that is not measured cold: it takes minutes a run. */
const npmLimit = 200;

function referenceStep(arena: Arena, name: ReferenceName): Step {
  const { plainFolder: folder, limitMs } = arena;
  const isShell = name === "bare shell";
  return {
    name,
    before: () => (isShell ? putAside(folder, outputsOf(arena), arena.trash) : undefined),
    command: references[name],
    call: { folder, limitMs },
    after: () => (isShell ? checkOutputs(arena, folder, name) : undefined),
  };
}

/** As if the tool had never run. */
export function prepareCold(arena: Arena, ready: Ready): void {
  before.cold(arena, ready, 0);
}

/** One run that fills the cache, with a stub in place of npm where npm would take minutes. */
export async function fillCache(arena: Arena, ready: Ready): Promise<void> {
  prepareCold(arena, ready);
  const step = { name: ready.contender.name, before: () => undefined, command: ready.command };
  const call = { ...callOf(arena, ready), first: arena.stub };
  await timeStep(arena, { ...step, call, after: () => checkOutputs(arena, ready.folder, step.name) }, 0);
}

export function callOf({ limitMs }: Arena, { contender, folder }: Ready): Call {
  return { folder, environment: contender.environment, limitMs };
}

function outputsOf({ packages }: Arena): string[] {
  return packages.map(({ folder }) => `${folder}/dist`);
}

function checkOutputs({ packages }: Arena, folder: string, name: string): void {
  const missing = packages.find((each) => !existsSync(join(folder, each.folder, "dist/index.js")));
  if (missing !== undefined)
    throw new Error(`${name} said it succeeded, but ${missing.folder}/dist/index.js is not there`);
}
