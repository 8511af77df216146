import { spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { endTree } from "../../src/process/tree.ts";
import type { Command } from "./contender.ts";

export interface Whole {
  readonly ms: number;
  readonly status: number | null;
  readonly output: string;
}

/** Starts whole processes in a private environment, one at a time, and ends whatever they leave behind. */
export class Stopwatch {
  readonly #home: string;
  readonly #mark = `TIDEGATE_BENCH=${randomBytes(8).toString("hex")}`;

  /** `home`: a folder that may be thrown away; tools keep what they like in it. */
  constructor(home: string) {
    this.#home = home;
  }

  /** `first`: a folder that stands first in PATH. Ends the process, with all it started, after `limitMs`. */
  async time(command: Command, call: Call): Promise<Whole> {
    const env = this.#environment(call);
    const begun = performance.now();
    const child = spawn(command.file, command.args, {
      cwd: call.folder,
      env,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const chunks: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => chunks.push(chunk));
    const ended = Promise.withResolvers<{ status: number | null; at: number }>();
    child.once("error", ended.reject);
    child.once("exit", (status) => ended.resolve({ status, at: performance.now() }));
    const timer = setTimeout(() => void this.endAll(child.pid), call.limitMs);
    try {
      const { status, at } = await ended.promise;
      return { ms: at - begun, status, output: Buffer.concat(chunks).toString("utf8") };
    } finally {
      clearTimeout(timer);
    }
  }

  /** Most memory that any single process of a call had, in MB; `undefined` where GNU time is missing. */
  peakMemory(command: Command, call: Call): number | undefined {
    if (!existsSync("/usr/bin/time")) return undefined;
    const note = join(this.#home, "peak");
    const argv = ["-f", "%M", "-o", note, command.file, ...command.args];
    const env = this.#environment(call);
    const { status } = spawnSync("/usr/bin/time", argv, {
      cwd: call.folder,
      env,
      stdio: "ignore",
      timeout: call.limitMs,
    });
    if (status !== 0) return undefined;
    const kilobytes = Number(readFileSync(note, "utf8").trim().split("\n").at(-1));
    rmSync(note, { force: true });
    return kilobytes / 1024;
  }

  /** Ends everything that any of the calls left running, found by the mark it inherited. */
  async endAll(pid = -1): Promise<void> {
    await endTree({ pid, mark: this.#mark }, 1000);
  }

  #environment({ environment, first }: Call): Record<string, string> {
    const [name = "", value = ""] = this.#mark.split("=");
    const path = [...(first ? [first] : []), dirname(process.execPath), "/usr/local/bin:/usr/bin:/bin"].join(":");
    const common = { PATH: path, HOME: this.#home, LANG: "C.UTF-8", TERM: "dumb", DO_NOT_TRACK: "1", [name]: value };
    return { ...common, npm_config_update_notifier: "false", npm_config_loglevel: "error", ...environment };
  }
}

export interface Call {
  readonly folder: string;
  readonly environment?: Readonly<Record<string, string>> | undefined;
  /** Stands first in PATH. */
  readonly first?: string | undefined;
  readonly limitMs: number;
}
