import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { collect } from "../../../src/cache/collect/collect.ts";
import { pipelinePaths } from "../../../src/files/state-folder.ts";
import { cacheKey } from "../../support/cache-key.ts";
import type { Random } from "./random.ts";
import { poison, type World } from "./world.ts";

/** Something that happens to a project between two runs; says what, for the report of a failure. */
export type Edit = (folder: string, world: World, random: Random) => string | Promise<string>;

/** Few values, so that earlier states come back. */
function setSource(folder: string, world: World, path: string, content: string): void {
  world.sources.set(path, content);
  writeFileSync(join(folder, path), content);
}

export const changeSource: Edit = (folder, world, random) => {
  const path = random.pick([...world.sources.keys()]);
  const content = random.chance(0.1) ? `${poison}\n` : `${path} ${random.below(4)}\n`;
  setSource(folder, world, path, content);
  return `${path} = ${content.trim()}`;
};

/** Same size, same times: only the time of the change of the inode tells. */
const changeSourceUnseen: Edit = (folder, world, random) => {
  const path = random.pick([...world.sources.keys()]);
  const { atime, mtime } = statSync(join(folder, path));
  setSource(folder, world, path, `${path} ${random.below(4)}\n`);
  utimesSync(join(folder, path), atime, mtime);
  return `${path} = ${world.sources.get(path)!.trim()}, with its times put back`;
};

const swapSources: Edit = (folder, world, random) => {
  const [a, b] = [random.pick([...world.sources.keys()]), random.pick([...world.sources.keys()])];
  if (a === b) return "nothing";
  renameSync(join(folder, a), join(folder, "aside"));
  renameSync(join(folder, b), join(folder, a));
  renameSync(join(folder, "aside"), join(folder, b));
  const content = world.sources.get(a)!;
  world.sources.set(a, world.sources.get(b)!);
  world.sources.set(b, content);
  return `${a} and ${b} swapped`;
};

const rewriteSource: Edit = (folder, world, random) => {
  const path = random.pick([...world.sources.keys()]);
  setSource(folder, world, path, world.sources.get(path)!);
  return `${path} written again`;
};

const changeVariable: Edit = (_, world, random) => {
  const name = random.pick([...world.variables.keys()]);
  world.variables.set(name, String(random.below(3)));
  return `${name} = ${world.variables.get(name)}`;
};

const changeDefinition: Edit = (_, world, random) => {
  const each = random.pick(world.tasks);
  each.salt = random.below(3);
  return `${each.name} has salt ${each.salt}`;
};

/** Everything below a folder, links not followed; empty when there is none. */
function below(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).map((path) => join(folder, path));
}

const damageOutput: Edit = (folder, _, random) => {
  const all = below(join(folder, "out"));
  if (all.length === 0) return "nothing";
  const path = random.pick(all);
  const stat = lstatSync(path);
  switch (random.below(5)) {
    case 0:
      rmSync(path, { recursive: true });
      return `${path} removed`;
    case 1:
      if (!stat.isFile()) return "nothing";
      writeFileSync(path, readFileSync(path, "utf8").replace(/\d/, "9"));
      utimesSync(path, stat.atime, stat.mtime);
      return `${path} changed, with its times put back`;
    case 2:
      if (stat.isSymbolicLink()) return "nothing";
      chmodSync(path, 0o700);
      return `${path} has another mode`;
    case 3:
      rmSync(path, { recursive: true });
      symlinkSync("/nowhere", path);
      return `${path} is a link to nothing`;
    default:
      if (!stat.isDirectory()) return "nothing";
      writeFileSync(join(path, "stale"), "stale");
      return `${path} has a file too many`;
  }
};

const removeOutputs: Edit = (folder) => {
  rmSync(join(folder, "out"), { recursive: true, force: true });
  return "all outputs removed";
};

function damageFile(path: string, random: Random): string {
  chmodSync(path, 0o600);
  const kind = random.below(4);
  const content = readFileSync(path);
  if (kind === 0) rmSync(path);
  else if (kind === 1) truncateSync(path, random.below(content.length + 1));
  else if (kind === 2) writeFileSync(path, "");
  else if (content.length > 0) {
    const position = random.below(content.length);
    content[position] = content[position]! ^ (1 << random.below(8));
    writeFileSync(path, content);
  }
  return `${path} ${["removed", "cut off", "emptied", "one bit flipped"][kind]}`;
}

const damageCache: Edit = (folder, _, random) => {
  const files = below(join(folder, ".tidegate")).filter((path) => lstatSync(path).isFile());
  if (files.length === 0) return "nothing";
  return damageFile(random.pick(files), random);
};

const damageManyBlobs: Edit = (folder, _, random) => {
  const files = below(join(folder, ".tidegate/cache/blobs")).filter((path) => lstatSync(path).isFile());
  for (const path of random.some(files, 0.3)) damageFile(path, random);
  return "many blobs damaged";
};

const removePart: Edit = (folder, _, random) => {
  const part = random.pick(["cache", "cache/blobs", "cache/entries", "cache/last", "cache/index", "runs", "running"]);
  rmSync(join(folder, ".tidegate", part), { recursive: true, force: true });
  return `${part} of the state removed`;
};

const collectSome: Edit = async (folder, _, random) => {
  const paths = pipelinePaths(join(folder, ".tidegate"));
  await collect(paths, cacheKey, { maxBytes: random.below(3000), maxAgeMs: 1e9 }, Date.now());
  return "collected";
};

/** Somebody else's folder in the way of an output. */
const blockOutput: Edit = (folder, world, random) => {
  const { name } = random.pick(world.tasks);
  rmSync(join(folder, "out", name), { recursive: true, force: true });
  mkdirSync(join(folder, "out", name, "deep"), { recursive: true });
  return `${name} has a folder in its place`;
};

const nothing: Edit = () => "nothing";

export const edits: readonly Edit[] = [
  changeSource,
  changeSource,
  changeSource,
  changeSourceUnseen,
  swapSources,
  rewriteSource,
  changeVariable,
  changeDefinition,
  damageOutput,
  damageOutput,
  removeOutputs,
  damageCache,
  damageCache,
  damageManyBlobs,
  removePart,
  collectSome,
  blockOutput,
  nothing,
];
