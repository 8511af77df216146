import { readFileSync, readlinkSync, statSync } from "node:fs";
import { lstatIfThere } from "../../files/lstat-if-there.ts";
import { isAlive } from "../../process/identity.ts";
import { type FileLook, type Inspection, type Looked, mapSeen, type Unseen } from "../inspection.ts";
import type { KeyedDigest } from "../place.ts";
import { isOfMachine } from "./child-environment.ts";
import { copyOf, copyPlace } from "./copies/copy-paths.ts";
import { environmentFolder, type Home, markName, markOf } from "./home.ts";
import { foldersIn } from "./instances.ts";
import { lookAtLimits } from "./limits/look-at-limits.ts";
import { type ProcessRecord, readRecord } from "./record.ts";

/** What the driver and the shells that it starts with add to every process. */
const own = new Set(["PORT", "HOST", "TIDEGATE_DATA_DIR", markName, "PWD", "OLDPWD", "SHLVL", "_"]);

/** A config file is a few kilobytes; what is larger is none. */
const fileLimitBytes = 16 * 1024 * 1024;

type Variables = ReadonlyMap<string, string>;

/**
 * Looks at the processes of an environment's instances that run. Values of variables and contents of files are read and
 * digested here, and go nowhere else.
 */
export function inspectInstances(home: Home, environment: string, digest: KeyedDigest): Inspection[] {
  return foldersIn(environmentFolder(home, "instances", environment)).flatMap((id) => {
    const known = readRecord(home, "instances", environment, id);
    const record = known.ok ? known.value : undefined;
    if (record?.progress.state !== "running" || !isAlive(record.progress.process)) return [];
    return [inspect(home, record, record.progress.process.pid, digest)];
  });
}

function inspect(home: Home, record: ProcessRecord, pid: number, digest: KeyedDigest): Inspection {
  const { environment, id, instance, nonce } = record;
  const variables = readVariables(pid);
  const given = instance?.startedWith ?? {};
  const mark = markOf("instances", environment, id, nonce);
  const copy = copyOf(copyPlace(home, environment), instance?.release ?? "");
  return {
    id,
    pid,
    isOurs: mapSeen(variables, (all) => all.get(mark.name) === mark.value),
    argv: readProc(pid, (folder) => wordsOf(readFileSync(`${folder}/cmdline`, "utf8"))),
    folder: readProc(pid, (folder) => ({ is: readlinkSync(`${folder}/cwd`), should: copy })),
    user: readProc(pid, (folder) => ({ is: userOf(folder), should: statSync(home.folder).uid })),
    environment: mapSeen(variables, (all) => digestsOf(all, given, digest)),
    limits: readProc(pid, () => (instance?.group === undefined ? {} : lookAtLimits(instance.group, pid))),
    files: mapSeen(variables, (all) => filesOf(all, given, digest)),
  };
}

function readProc<T>(pid: number, read: (folder: string) => T): Looked<T> {
  if (process.platform !== "linux") return { unseen: "system" };
  try {
    return { seen: read(`/proc/${pid}`) };
  } catch (error) {
    return { unseen: reasonOf(error) };
  }
}

function reasonOf(error: unknown): Unseen {
  const { code } = error as NodeJS.ErrnoException;
  return code === "EACCES" || code === "EPERM" ? "user" : "gone";
}

/** What the process was started with. One that wrote over it shows nothing that looks like variables. */
function readVariables(pid: number): Looked<Variables> {
  const read = readProc(pid, (folder) => readFileSync(`${folder}/environ`, "utf8").split("\0"));
  if (!("seen" in read)) return read;
  const entries = read.seen.flatMap((entry) => {
    const at = entry.indexOf("=");
    return at <= 0 ? [] : [[entry.slice(0, at), entry.slice(at + 1)] as const];
  });
  return entries.length === 0 ? { unseen: "itself" } : { seen: new Map(entries) };
}

/** Words end in a NUL each; what a program has cut off for a title of its own ends in many. */
function wordsOf(text: string): string[] {
  return text.replace(/\0+$/, "").split("\0");
}

/** Field 2 of `Uid:` is the one that it acts as; see proc(5). */
function userOf(folder: string): number {
  const status = readFileSync(`${folder}/status`, "utf8");
  return Number(/^Uid:\s+\d+\s+(\d+)/m.exec(status)?.[1]);
}

type Digests = Readonly<Record<string, string>>;

function digestsOf(variables: Variables, given: Digests, digest: KeyedDigest): Digests {
  const told = [...variables].filter(([name]) => Object.hasOwn(given, name) || !(own.has(name) || isOfMachine(name)));
  return Object.fromEntries(told.map(([name, value]) => [name, digest(value)]));
}

/** Of what was given as a file the variable has the path, and the note has the digest of the content. */
function filesOf(variables: Variables, given: Digests, digest: KeyedDigest): Readonly<Record<string, FileLook>> {
  const files = fileVariables.filter((name) => Object.hasOwn(given, name));
  return Object.fromEntries(files.map((name) => [name, lookAtFile(variables.get(name), digest)]));
}

/** The one variable that a process is given a file by; see `processFiles`. */
const fileVariables = ["TIDEGATE_CONFIG_FILE"];

function lookAtFile(path: string | undefined, digest: KeyedDigest): FileLook {
  const stat = path === undefined ? undefined : lstatIfThere(path);
  if (path === undefined || stat?.isFile() !== true || stat.size > fileLimitBytes) return { wrong: "missing" };
  if ((stat.mode & 0o077) !== 0) return { wrong: "open" };
  try {
    return { digest: digest(readFileSync(path, "utf8")) };
  } catch {
    return { wrong: "missing" };
  }
}
