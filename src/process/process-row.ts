import { readdirSync, readFileSync } from "node:fs";

/** One line of the system's process table. */
export interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  /** When it started, in the system's unit. */
  readonly started: string;
  /** It has ended and its parent has not collected it yet (a zombie). */
  readonly ended: boolean;
}

/** One process, or `undefined` when there is none with that number. */
export function readProcess(pid: number): ProcessRow | undefined {
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
  return process.platform === "linux" ? readStat(pid) : parsePs(runPs(["-p", String(pid)]))[0];
}

/** Every process that this user can see. */
export function readProcessTable(): ProcessRow[] {
  if (process.platform !== "linux") return parsePs(runPs(["-A"]));
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.map((name) => readStat(Number(name))).filter((row) => row !== undefined);
}

function readStat(pid: number): ProcessRow | undefined {
  try {
    return parseStat(pid, readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return undefined;
  }
}

/**
 * A line of /proc/<pid>/stat; see proc(5). The command in field 2 may contain spaces and brackets, so fields are
 * counted from its last bracket: state is field 3, ppid 4, pgrp 5, num_threads 20, starttime 22. A program whose
 * first thread has ended is shown as a zombie while its other threads run on.
 */
export function parseStat(pid: number, stat: string): ProcessRow {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ended = fields[0] === "X" || (fields[0] === "Z" && Number(fields[17]) <= 1);
  return { pid, parent: Number(fields[1]), group: Number(fields[2]), started: fields[19] ?? "", ended };
}

/** One `-o` each: after a comma, BSD's ps may take the rest for the title of the column. */
const columns = ["pid=", "ppid=", "pgid=", "stat=", "lstart="].flatMap((column) => ["-o", column]);

function runPs(selection: readonly string[]): string {
  try {
    // The date must not depend on who asks.
    const env = { PATH: process.env.PATH ?? "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" };
    const limits = { maxBuffer: 64 * 1024 * 1024, stdio: ["ignore", "pipe", "ignore"] as ["ignore", "pipe", "ignore"] };
    // Loaded only where there is no /proc: it costs a cached run more than all else that happens here.
    const { execFileSync } = process.getBuiltinModule("node:child_process");
    return execFileSync("ps", [...selection, ...columns], { ...limits, encoding: "utf8", env });
  } catch {
    // ps fails when it has nothing to show.
    return "";
  }
}

/** Lines of `ps -o pid= -o ppid= -o pgid= -o stat= -o lstart=`. */
export function parsePs(output: string): ProcessRow[] {
  const lines = output.split("\n").map((line) => line.trim());
  return lines.filter((line) => line !== "").map(parsePsLine);
}

function parsePsLine(line: string): ProcessRow {
  const [pid = "", parent = "", group = "", state = "", ...started] = line.split(/\s+/);
  return {
    pid: Number(pid),
    parent: Number(parent),
    group: Number(group),
    started: started.join(" "),
    ended: state.startsWith("Z"),
  };
}
