import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Limits } from "../../driver.ts";
import type { LimitGroup } from "./limit-groups.ts";

/** What each file says, of either version of control groups: bytes, or microseconds of a period. `max` and -1: no limit. */
const files = {
  memoryBytes: [
    ["memory.max", (text: string) => Number(text)],
    ["memory.limit_in_bytes", (text: string) => Number(text)],
  ],
  cpu: [
    ["cpu.max", (text: string) => Number(text.split(" ")[0]) / Number(text.split(" ")[1])],
    ["cpu.cfs_quota_us", (text: string, folder: string) => Number(text) / readNumber(folder, "cpu.cfs_period_us")],
  ],
} as const;

/** What a process is really held to in its groups now; nothing of a limit whose group it has left. */
export function lookAtLimits({ folders, limits }: LimitGroup, pid: number): Limits {
  const inside = folders.filter((folder) => isMember(folder, pid));
  const found = (Object.keys(limits) as (keyof Limits)[]).flatMap((limit) => {
    const values = inside.flatMap((folder) =>
      files[limit].flatMap(([file, toNumber]) => readLimit(folder, file, toNumber)),
    );
    return values.map((value) => [limit, value] as const);
  });
  return Object.fromEntries(found);
}

function isMember(folder: string, pid: number): boolean {
  return read(folder, "cgroup.procs").split("\n").includes(String(pid));
}

function readLimit(folder: string, file: string, toNumber: (text: string, folder: string) => number): number[] {
  const text = read(folder, file).trim();
  const value = text === "" ? Number.NaN : toNumber(text, folder);
  return value > 0 ? [value] : [];
}

function readNumber(folder: string, file: string): number {
  return Number(read(folder, file));
}

/** "" for a file that other kernels have. */
function read(folder: string, file: string): string {
  try {
    return readFileSync(join(folder, file), "utf8");
  } catch {
    return "";
  }
}
