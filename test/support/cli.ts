import { type ChildProcess, spawn } from "node:child_process";
import { realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { inject } from "vitest";

export interface CliOptions {
  readonly cwd: string;
  /** Added to a small, fixed environment; `undefined` takes one away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly stdin?: string;
  /** What Node is given to run, in front of the arguments. Default: the program under test. */
  readonly program?: readonly string[];
}

export interface CliResult {
  /** null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The program under test: what `npm install tidegate` would put in place. */
export function binFile(): string {
  return join(inject("builtPackage"), "dist", "bin.js");
}

/** Runs the real program to its end. */
export async function runCli(args: readonly string[], options: CliOptions): Promise<CliResult> {
  const running = startCli(args, options);
  // A program that has ended already reads nothing.
  running.child.stdin?.on("error", () => undefined);
  running.child.stdin?.end(options.stdin ?? "");
  return running.ended;
}

export interface RunningCli {
  readonly child: ChildProcess;
  readonly ended: Promise<CliResult>;
  /** Resolves once standard output or error contains the text; rejects when the program ends before. */
  until(text: string): Promise<void>;
}

/** Starts the real program; whoever starts it ends it. */
export function startCli(args: readonly string[], options: CliOptions): RunningCli {
  const child = spawn(process.execPath, [...(options.program ?? [binFile()]), ...args], {
    cwd: options.cwd,
    env: environment({ TIDEGATE_STATE: stateHomeOf(options.cwd), ...options.env }),
    stdio: ["pipe", "pipe", "pipe"],
  });
  const text = { stdout: "", stderr: "" };
  const watchers = new Set<() => void>();
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (chunk: string) => {
      text[name] += chunk;
      for (const watch of watchers) watch();
    });
  }
  const ended = new Promise<CliResult>((resolve) => child.on("close", (code) => resolve({ code, ...text })));
  const until = (wanted: string) =>
    new Promise<void>((resolve, reject) => {
      const watch = () => {
        if (text.stdout.includes(wanted) || text.stderr.includes(wanted)) resolve();
      };
      watchers.add(watch);
      watch();
      void ended.then(() => reject(new Error(`ended without "${wanted}":\n${text.stdout}\n${text.stderr}`)));
    });
  return { child, ended, until };
}

/** States of the projects of a test, apart from those of all others and of the user; gone with the test run. */
export function stateHomeOf(cwd: string): string {
  const [top = "elsewhere"] = relative(realpathSync(tmpdir()), realpathSync(cwd)).split("/");
  return join(inject("stateHomes"), /^\.\.?$/.test(top) ? "elsewhere" : top);
}

/** What a user's shell has, without what the test runner adds (colours, CI, marks of its own). */
function environment(added: CliOptions["env"] = {}): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR } = process.env;
  const nodeFolder = join(process.execPath, "..");
  const merged = {
    PATH: `${nodeFolder}:${PATH}`,
    HOME,
    TMPDIR,
    LANG: "C.UTF-8",
    NODE_COMPILE_CACHE: join(inject("builtPackage"), "compiled"),
    ...added,
  };
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== undefined));
}
