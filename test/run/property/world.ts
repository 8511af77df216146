import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { task } from "../../../src/definition/builders.ts";
import type { Task, TaskOptions } from "../../../src/definition/types.ts";
import type { Random } from "./random.ts";

/** A task whose output says everything that it was made of, so that a stale one shows. */
export interface WorldTask {
  readonly name: string;
  readonly needs: readonly string[];
  /** Of those it needs, and of those behind them, the ones whose output it reads. */
  readonly read: readonly string[];
  readonly files: readonly string[];
  readonly variables: readonly string[];
  /** A file, or a folder with links, modes and an empty folder. */
  readonly kind: "file" | "folder";
  readonly isStaged: boolean;
  /** Stands in the command: what is changed to change the definition. */
  salt: number;
}

/** What the project is made of: enough to say what a run from nothing would give, without running. */
export interface World {
  readonly tasks: readonly WorldTask[];
  /** Contents of the sources. */
  readonly sources: Map<string, string>;
  readonly variables: Map<string, string>;
}

/** A task whose source contains this fails. */
export const poison = "POISON";
const sourceNames = ["src/a", "src/b", "src/c", "src/d", "src/e"];
const variableNames = ["ONE", "TWO"];

export function randomWorld(random: Random): World {
  const tasks: WorldTask[] = [];
  for (let index = 0; index < 3 + random.below(4); index++) {
    const before = tasks.map(({ name }) => name);
    const needs = random.some(before, 0.4);
    const behind = tasks.filter(({ name }) => needs.includes(name)).flatMap((need) => need.needs);
    tasks.push({
      name: `t${index}`,
      needs,
      read: random.some([...new Set([...needs, ...behind])], 0.6),
      files: random.some(sourceNames, 0.4),
      variables: random.some(variableNames, 0.4),
      kind: random.chance(0.5) ? "file" : "folder",
      isStaged: random.chance(0.2),
      salt: 0,
    });
  }
  const sources = new Map(sourceNames.map((name) => [name, `${name} 0\n`]));
  return { tasks, sources, variables: new Map(variableNames.map((name) => [name, "0"])) };
}

export function writeSources(folder: string, { sources }: World): void {
  for (const [path, content] of sources) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}

/** The file of a task's output that has everything in it. */
function mainOf({ name, kind }: WorldTask): string {
  return kind === "file" ? `out/${name}` : `out/${name}/main`;
}

function optionsOf(world: World, each: WorldTask): Omit<TaskOptions, "needs"> {
  const needed = each.read.map((name) => mainOf(world.tasks.find((other) => other.name === name)!));
  const reads = [...each.files, ...needed].join(" ");
  const words = [`salt ${each.salt}`, ...each.variables.map((name) => `${name}=$${name}`)].join(";");
  const main = mainOf(each);
  const check = each.files.length === 0 ? "" : `! grep -q ${poison} ${each.files.join(" ")} && `;
  const write = `{ echo "${words}"; cat ${reads === "" ? "/dev/null" : reads}; } > ${main}`;
  const make = each.kind === "file" ? "mkdir -p out && " : `mkdir -p out/${each.name}/empty && `;
  const more = `cp ${main} out/${each.name}/tool && chmod 755 out/${each.name}/tool && ln -s main out/${each.name}/link`;
  return {
    run: `${check}${make}${write}${each.kind === "file" ? "" : ` && ${more}`}`,
    inputs: each.files,
    outputs: [each.kind === "file" ? `out/${each.name}` : `out/${each.name}/`],
    env: each.variables,
    ...(each.isStaged && { confine: "staged" }),
  };
}

export function pipelineOf(world: World): Record<string, Task> {
  const pipeline: Record<string, Task> = {};
  for (const each of world.tasks)
    pipeline[each.name] = task({ ...optionsOf(world, each), needs: each.needs.map((name) => pipeline[name]!) });
  return pipeline;
}

/** The same for a process of its own. */
export function describedPipeline(world: World): object {
  return Object.fromEntries(world.tasks.map((each) => [each.name, { ...optionsOf(world, each), needs: each.needs }]));
}

/** What stands where: content, mode or target, by path. */
export type Snapshot = Readonly<Record<string, string>>;

/** What a run from nothing gives, by task; those that fail, or need one that does, are left out. */
export function expected({ tasks, sources, variables }: World): Map<string, Snapshot> {
  const made = new Map<string, string>();
  const result = new Map<string, Snapshot>();
  for (const each of tasks) {
    const isPoisoned = each.files.some((file) => sources.get(file)!.includes(poison));
    if (isPoisoned || !each.needs.every((need) => made.has(need))) continue;
    const words = [`salt ${each.salt}`, ...each.variables.map((name) => `${name}=${variables.get(name)}`)].join(";");
    const parts = [...each.files.map((file) => sources.get(file)!), ...each.read.map((name) => made.get(name)!)];
    const content = `${words}\n${parts.join("")}`;
    made.set(each.name, content);
    result.set(each.name, snapshotOf(each, content));
  }
  return result;
}

function snapshotOf({ name, kind }: WorldTask, content: string): Snapshot {
  const path = `out/${name}`;
  if (kind === "file") return { [path]: `644 ${content}` };
  return {
    [path]: "folder 755",
    [`${path}/empty`]: "folder 755",
    [`${path}/link`]: "link main",
    [`${path}/main`]: `644 ${content}`,
    [`${path}/tool`]: `755 ${content}`,
  };
}

/** What there is of a task's output. */
export function found(folder: string, { name }: WorldTask): Snapshot {
  const snapshot: Record<string, string> = {};
  const look = (path: string) => {
    const stat = lstatSync(join(folder, path), { throwIfNoEntry: false });
    if (stat === undefined) return;
    const mode = (stat.mode & 0o777).toString(8);
    if (stat.isSymbolicLink()) snapshot[path] = `link ${readlinkSync(join(folder, path))}`;
    else if (stat.isDirectory()) {
      snapshot[path] = `folder ${mode}`;
      for (const child of readdirSync(join(folder, path)).sort()) look(`${path}/${child}`);
    } else snapshot[path] = `${mode} ${readFileSync(join(folder, path), "utf8")}`;
  };
  look(`out/${name}`);
  return snapshot;
}
