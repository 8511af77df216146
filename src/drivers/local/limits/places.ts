import { execFileSync } from "node:child_process";
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { readProcess } from "../../../process/process-row.ts";
import type { Limits } from "../../driver.ts";

/** The kernel's two kinds of control groups; most machines have the second, some both. */
export type Version = 1 | 2;

/** A folder in which groups can be made that hold processes to this limit. */
export interface Place {
  readonly version: Version;
  readonly folder: string;
}

/** By limit; one that is missing cannot be kept here. */
export type Places = Readonly<Partial<Record<keyof Limits, Place>>>;

/** The file that a group has if it can hold its processes to the limit; see cgroups(7) and the kernel's cgroup-v2.rst. */
const files: Readonly<Record<keyof Limits, Readonly<Record<Version, string>>>> = {
  memoryBytes: { 1: "memory.limit_in_bytes", 2: "memory.max" },
  cpu: { 1: "cpu.cfs_quota_us", 2: "cpu.max" },
};
const controllers: Readonly<Record<keyof Limits, string>> = { memoryBytes: "memory", cpu: "cpu" };

/**
 * Where this process may make groups and move what it starts into them. That is tried out: what the modes of files say is
 * not what containers and the kernel's rules allow. Root may nearly everywhere; other users where something was delegated
 * to them. Where a controller has to be switched on for that, it stays on. For who is about to start something.
 */
export function findPlaces(): Places {
  return placesBy(canHold);
}

/** The same as far as it can be known by reading: what the modes of files say. Makes and changes nothing. */
export function lookForPlaces(): Places {
  return placesBy((place) => isWritable(place.folder) && isWritable(join(place.folder, "cgroup.procs")));
}

function placesBy(isOne: (place: Place, limit: keyof Limits) => boolean): Places {
  if (process.platform !== "linux") return {};
  const [mounts, own] = [read("/proc/self/mountinfo"), read("/proc/self/cgroup")];
  const system = { mounts, own, isRoot: process.getuid?.() === 0 };
  const memoryBytes = candidates("memoryBytes", system).find((one) => isOne(one, "memoryBytes"));
  const cpu = candidates("cpu", system).find((one) => isBeside(one, memoryBytes) && isOne(one, "cpu"));
  return { ...(memoryBytes && { memoryBytes }), ...(cpu && { cpu }) };
}

/** What the system says of control groups: its mounts, this process's groups, and whether it may do everything. */
export interface GroupSystem {
  /** As /proc/self/mountinfo. */
  readonly mounts: string;
  /** As /proc/self/cgroup. */
  readonly own: string;
  readonly isRoot: boolean;
}

/** Where groups with a limit could be made, the best first. Only reads. */
export function candidates(limit: keyof Limits, { mounts, own, isRoot }: GroupSystem): Place[] {
  return [...unified(mounts, own, controllers[limit], isRoot), ...separate(mounts, own, controllers[limit])];
}

/** In version 2 a process is in one group alone, which must hold it to both limits. */
function isBeside(one: Place, other: Place | undefined): boolean {
  return one.version === 1 || other === undefined || other.version === 1 || one.folder === other.folder;
}

/** One mount of control groups: where, which part of the hierarchy, and with which options. */
interface Mount {
  readonly point: string;
  readonly root: string;
  readonly options: readonly string[];
}

/** Lines of `36 35 98:0 ROOT POINT OPTIONS … - TYPE SOURCE SUPER-OPTIONS`; see proc_pid_mountinfo(5). */
function mountsOf(mountinfo: string, type: string): Mount[] {
  return mountinfo.split("\n").flatMap((line) => {
    const [before = "", after = ""] = line.split(" - ");
    const [, , , root = "", point = ""] = before.split(" ");
    const [found, , options = ""] = after.split(" ");
    return found === type ? [{ root, point, options: options.split(",") }] : [];
  });
}

/**
 * Version 2: a group with processes cannot have groups with limits, so that they are made beside the own one, or further up. Root
 * begins at the top, where nobody takes them away at the end of a session.
 */
function unified(mountinfo: string, own: string, controller: string, isRoot: boolean): Place[] {
  const [mount] = mountsOf(mountinfo, "cgroup2");
  const path = /^0::(\/.*)$/m.exec(own)?.[1];
  if (mount === undefined || path === undefined) return [];
  const above = ancestors(mount.point, dirname(within(mount, path)));
  const folders = isRoot ? [mount.point, ...above] : above;
  const offering = folders.filter((folder) => offers(folder, controller));
  return offering.map((folder) => ({ version: 2, folder }));
}

function ancestors(top: string, folder: string): string[] {
  if (!folder.startsWith(top)) return [];
  return folder === top ? [top] : [folder, ...ancestors(top, dirname(folder))];
}

/** The file that says which controllers the groups in a folder have. */
const switches = "cgroup.subtree_control";

/** Whether the groups in a folder have the controller, or may be given it. */
function offers(folder: string, controller: string): boolean {
  if (!has(folder, "cgroup.controllers", controller)) return false;
  return has(folder, switches, controller) || isWritable(join(folder, switches));
}

function has(folder: string, file: string, controller: string): boolean {
  return read(join(folder, file)).split(/\s+/).includes(controller);
}

/** Gives the groups in a folder of version 2 the controller. Whether that was to do and is done; the kernel may refuse. */
function switchOn({ folder, version }: Place, controller: string): boolean {
  return version === 2 && !has(folder, switches, controller) && tryWrite(join(folder, switches), `+${controller}`);
}

/** Version 1: a hierarchy for each controller; groups are made in the own one. */
function separate(mountinfo: string, own: string, controller: string): Place[] {
  const mount = mountsOf(mountinfo, "cgroup").find(({ options }) => options.includes(controller));
  const line = own.split("\n").find((one) => one.split(":")[1]?.split(",").includes(controller));
  if (mount === undefined || line === undefined) return [];
  const folders = [within(mount, line.split(":").slice(2).join(":")), mount.point];
  return [...new Set(folders)].filter((folder) => existsSync(folder)).map((folder) => ({ version: 1, folder }));
}

/** A path of the hierarchy as a path of this machine: a container may see a part of it alone. */
function within({ point, root }: Mount, path: string): string {
  const rest = root !== "/" && (path === root || path.startsWith(`${root}/`)) ? path.slice(root.length) : path;
  return resolve(join(point, rest));
}

const tryName = /^tidegate-try-(\d+)$/;

function canHold(place: Place, limit: keyof Limits): boolean {
  const controller = controllers[limit];
  const isSwitched = switchOn(place, controller);
  const isHolding = isTriedOut(place, limit);
  if (isSwitched && !isHolding) tryWrite(join(place.folder, switches), `-${controller}`);
  return isHolding;
}

function isTriedOut({ folder, version }: Place, limit: keyof Limits): boolean {
  const group = join(folder, `tidegate-try-${process.pid}`);
  removeLeftTries(folder);
  try {
    mkdirSync(group);
  } catch {
    return false;
  }
  try {
    const enter = ["-c", 'echo $$ > "$0/cgroup.procs"', group];
    execFileSync("/bin/sh", enter, { stdio: "ignore", timeout: 5_000 });
    return existsSync(join(group, files[limit][version]));
  } catch {
    return false;
  } finally {
    removeGroup(group);
  }
}

/** Those of processes that were killed while they tried. */
function removeLeftTries(folder: string): void {
  for (const name of readdirSync(folder)) {
    const pid = Number(tryName.exec(name)?.[1] ?? Number.NaN);
    if (!Number.isNaN(pid) && readProcess(pid) === undefined) removeGroup(join(folder, name));
  }
}

/** Removes a group; one in which something still runs stays. Whether it is gone. */
export function removeGroup(group: string): boolean {
  try {
    rmdirSync(group);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT";
  }
}

function tryWrite(path: string, text: string): boolean {
  try {
    writeFileSync(path, text);
    return true;
  } catch {
    return false;
  }
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
