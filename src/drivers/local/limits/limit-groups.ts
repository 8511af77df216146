import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { Argv } from "../../../process/command.ts";
import type { Exit, Limits } from "../../driver.ts";
import { findPlaces, lookForPlaces, type Places, removeGroup, type Version } from "./places.ts";

/** The control groups of one start, as its record has them. */
export interface LimitGroup {
  /** Absolute; one, or one for each limit. */
  readonly folders: readonly string[];
  /** What they hold the instance to. */
  readonly limits: Limits;
}

/** The period in which processors are counted, in microseconds: the kernel's own default. */
const periodUs = 100_000;

/** Holds instances to their limits, as far as this machine lets this user do that. */
export class LimitGroups {
  #places: Places | undefined;

  /** Which limits can be kept: by reading alone, until a start has tried it out. */
  get kept(): { readonly memory: boolean; readonly cpu: boolean } {
    const { memoryBytes, cpu } = this.#places ?? lookForPlaces();
    return { memory: memoryBytes !== undefined, cpu: cpu !== undefined };
  }

  /** The groups that a start will have; `undefined` when it has no limits that can be kept. Makes none, but tries out where. */
  planned(nonce: string, limits: Limits = {}): LimitGroup | undefined {
    const wanted = (["memoryBytes", "cpu"] as const).filter((key) => limits[key] !== undefined);
    if (wanted.length === 0) return undefined;
    const places = this.#find();
    const keys = wanted.filter((key) => places[key]);
    if (keys.length === 0) return undefined;
    const folders = new Set(keys.map((key) => join(places[key]!.folder, `tidegate-${nonce}`)));
    return { folders: [...folders], limits: Object.fromEntries(keys.map((key) => [key, limits[key]])) };
  }

  /** Makes them, with their limits. Whether that could be done; otherwise nothing is left of them. */
  make({ folders, limits }: LimitGroup): boolean {
    const places = this.#find();
    try {
      for (const folder of folders) mkdirSync(folder, { recursive: true });
      for (const [key, value] of Object.entries(limits) as [keyof Limits, number][]) {
        const { folder, version } = places[key]!;
        set(folders.find((one) => one.startsWith(`${folder}/`))!, key, value, version);
      }
      return true;
    } catch {
      for (const folder of folders) removeGroup(folder);
      return false;
    }
  }

  #find(): Places {
    this.#places ??= findPlaces();
    return this.#places;
  }
}

function set(group: string, limit: keyof Limits, value: number, version: Version): void {
  const quota = Math.round(value * periodUs);
  switch (limit) {
    case "memoryBytes":
      if (version === 2) {
        write(group, "memory.max", value);
        // All of an instance or nothing: what is left of one that lost a process helps nobody.
        tryWrite(group, "memory.oom.group", 1);
        tryWrite(group, "memory.swap.max", 0);
      } else {
        write(group, "memory.limit_in_bytes", value);
        tryWrite(group, "memory.memsw.limit_in_bytes", value);
      }
      return;
    case "cpu":
      if (version === 2) {
        write(group, "cpu.max", `${quota} ${periodUs}`);
      } else {
        write(group, "cpu.cfs_period_us", periodUs);
        write(group, "cpu.cfs_quota_us", quota);
      }
  }
}

function write(group: string, file: string, value: number | string): void {
  writeFileSync(join(group, file), String(value));
}

/** What only some kernels have. */
function tryWrite(group: string, file: string, value: number): void {
  try {
    write(group, file, value);
  } catch {
    // The limit itself holds without it.
  }
}

/** What shells add to the environment by themselves. */
const shellsOwn = ["PWD", "OLDPWD", "SHLVL"];
const shellName = /^[A-Za-z_][A-Za-z0-9_]*$/;
/**
 * It goes into the groups, then becomes the program: nothing of it runs outside of them, and the number stays. It has no variables:
 * one that the program has, too, would come to it with the shell's value.
 */
const enter = [
  'while [ "$1" != -- ]; do echo $$ > "$1/cgroup.procs" || exit 126; shift; done; shift;',
  'while [ "$1" != -- ]; do unset "$1"; shift; done; shift; exec "$@"',
].join(" ");

/** What shells give a value of their own, whatever it was: dash the first four, bash all. */
const shellsValue =
  /^(IFS|OPTIND|PPID|PWD|OLDPWD|SHLVL|_|OPTARG|LINENO|PS4|RANDOM|SECONDS|EPOCH\w*|E?UID|BASH\w*|SHELLOPTS)$/;

/** Whether a program can be started inside of groups and have this environment: a shell drops variables with other names. */
export function canEnter(env: Readonly<Record<string, unknown>>): boolean {
  return Object.keys(env).every((name) => shellName.test(name) && !shellsValue.test(name));
}

/** What to spawn so that `argv` runs inside of the groups, and all that it starts; with an environment that `canEnter`. */
export function inside({ file, args }: Argv, folders: readonly string[]): Argv {
  if (folders.length === 0) return { file, args };
  return { file: "/bin/sh", args: ["-c", enter, "sh", ...folders, "--", ...shellsOwn, "--", file, ...args] };
}

/** The exit with the limit that was the reason for it: the kernel counts what it killed for memory. */
export function withLimit(exit: Exit, group: LimitGroup | undefined): Exit {
  if (exit.code === 0 || exit.limit !== undefined) return exit;
  return group?.folders.some(hasKilled) ? { ...exit, limit: "memory" } : exit;
}

function hasKilled(folder: string): boolean {
  return ["memory.events", "memory.oom_control"].some((file) => {
    try {
      return /^oom_kill [1-9]/m.test(readFileSync(join(folder, file), "utf8"));
    } catch {
      return false;
    }
  });
}

const tries = 25;
const pauseMs = 20;

/** Removes the groups of a start that has ended; the kernel needs a moment for that. What still runs keeps its group. */
export async function removeGroups(group: LimitGroup | undefined): Promise<void> {
  for (const folder of group?.folders ?? [])
    for (let left = tries; left > 0 && !removeGroup(folder); left -= 1) await wait(pauseMs, undefined, { ref: false });
}
