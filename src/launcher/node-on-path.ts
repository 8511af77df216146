import { execFileSync } from "node:child_process";
import { closeSync, openSync, readFileSync, readSync, renameSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, isAbsolute, join, resolve } from "node:path";
import { cacheFolder, realFile } from "./cache-folder.ts";
import { type KnownNode, knownNode, type Variables } from "./known-nodes.ts";
import { isExecutable } from "./npm-client.ts";
import { plainVersion, satisfies } from "./version-range.ts";

const usualPath = "/usr/local/bin:/usr/bin:/bin";

/** How a `PATH` comes to have a Node of a range. */
export type PathWithNode =
  /** The one that it has fits. */
  | { readonly path: string; readonly node: KnownNode; readonly was: "there" }
  /** Another one that this machine has comes first. */
  | { readonly path: string; readonly node: KnownNode; readonly was: "added" }
  /** This machine has none. `first`: the one that `PATH` has. */
  | { readonly was: "missing"; readonly first?: KnownNode };

/** What a `PATH` has to be for its `node` to be of a range. `folder`: where programs are called that decide by that. */
export function pathWithNode(range: string, env: Variables, folder: string): PathWithNode {
  const path = env.PATH ?? usualPath;
  const first = nodeOnPath(env, folder);
  if (first !== undefined && satisfies(first.version, range)) return { path, node: first, was: "there" };
  const node = knownNode(range, env);
  if (node !== undefined) return { path: `${dirname(node.file)}:${path}`, node, was: "added" };
  return { was: "missing", ...(first && { first }) };
}

/** The Node that `node` means on a `PATH`; `undefined` when it means none that answers. */
export function nodeOnPath(env: Variables, folder: string): KnownNode | undefined {
  for (const each of (env.PATH ?? usualPath).split(":")) {
    const file = join(isAbsolute(each) ? each : resolve(folder, each), "node");
    if (!isFile(file) || !isExecutable(file)) continue;
    const version = versionOf(file, env, folder);
    return version === undefined ? undefined : { file, version };
  }
  return undefined;
}

function isFile(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isFile() === true;
}

function versionOf(file: string, env: Variables, folder: string): string | undefined {
  const real = realFile(file);
  if (real === process.execPath) return process.versions.node;
  if (!isProgram(real)) return askVersion(file, env, folder);
  const { size, mtimeMs, ino } = statSync(real);
  const looks = `${size} ${mtimeMs} ${ino}`;
  const known = readKnown(env);
  if (known[real]?.looks === looks) return known[real].version;
  const version = askVersion(file, env, folder);
  if (version !== undefined) keepKnown(env, { ...known, [real]: { looks, version } });
  return version;
}

/** Whether it is a Node itself. What version managers put in its place answers by where it is asked. */
function isProgram(real: string): boolean {
  if (basename(real) !== "node") return false;
  try {
    const file = openSync(real, "r");
    try {
      const start = Buffer.alloc(2);
      readSync(file, start, 0, 2, 0);
      return start.toString("latin1") !== "#!";
    } finally {
      closeSync(file);
    }
  } catch {
    return false;
  }
}

function askVersion(file: string, env: Variables, folder: string): string | undefined {
  try {
    const stdio = ["ignore", "pipe", "ignore"] as const;
    const options = {
      encoding: "utf8",
      cwd: folder,
      env: { ...env, NODE_OPTIONS: "" },
      stdio,
      timeout: 10_000,
    } as const;
    return plainVersion(execFileSync(file, ["--version"], { ...options, stdio: [...stdio] }));
  } catch {
    return undefined;
  }
}

/** By its path: what a Node looked like when it said its version. Asking costs as much as a whole start. */
type Known = Readonly<Record<string, { readonly looks: string; readonly version: string }>>;

function knownFile(env: Variables): string | undefined {
  const folder = cacheFolder("node", env);
  return folder && join(folder, "versions.json");
}

function readKnown(env: Variables): Known {
  try {
    return JSON.parse(readFileSync(knownFile(env) ?? "", "utf8"));
  } catch {
    return {};
  }
}

function keepKnown(env: Variables, known: Known): void {
  const file = knownFile(env);
  if (file === undefined) return;
  try {
    writeFileSync(`${file}.${process.pid}`, JSON.stringify(known), { mode: 0o600 });
    renameSync(`${file}.${process.pid}`, file);
  } catch {
    // It is asked again the next time.
  }
}
