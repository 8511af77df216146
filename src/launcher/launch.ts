import { spawn } from "node:child_process";
import { type FetchSay, findRuntime, type NoRuntime } from "./runtime.ts";

type Variables = Readonly<Record<string, string | undefined>>;

/** Says to the process that was started in place of this one which one this was. It takes the variable away at once. */
export const launcherVariable = "TIDEGATE_LAUNCHER";

/**
 * Runs a program of Tidegate on a Node that is new enough, in place of this process: where Node can do that, truly; else
 * as a child that has the terminal, the group and all signals of this one, and whose end is the end of this one. Returns
 * only when there is no such Node.
 */
export async function launch(program: string, args: readonly string[], env: Variables): Promise<NoRuntime> {
  const found = await findRuntime(env, workingFolder(), sayOn(process.stderr));
  if (!("file" in found)) return found;
  const words = [program, ...args];
  const variables = { ...env, [launcherVariable]: String(process.pid) };
  if (canReplace(process)) replace(process, found.file, words, variables);
  await follow(found.file, words, variables);
  return { message: `Node ${found.version} could not be started: ${found.file}`, hint: "Run the command again." };
}

/** One that was removed meanwhile is no place for npm either. */
function workingFolder(): string {
  try {
    return process.cwd();
  } catch {
    return "/";
  }
}

/** A line that is written over where it can be; elsewhere only the first and the last. */
function sayOn(stream: NodeJS.WriteStream): FetchSay {
  let isFirst = true;
  return (line, done) => {
    if (stream.isTTY) stream.write(`\r\u001b[2K${line}${done ? "\n" : ""}`);
    else if (isFirst || done) stream.write(`${line}\n`);
    isFirst = false;
  };
}

interface Replaceable {
  execve(file: string, args: readonly string[], env: NodeJS.ProcessEnv): never;
  emitWarning: typeof process.emitWarning;
}

/** Node 22.15 and newer. */
function canReplace(one: object): one is Replaceable {
  return typeof (one as Partial<Replaceable>).execve === "function";
}

function replace(one: Replaceable, file: string, words: readonly string[], env: NodeJS.ProcessEnv): void {
  // It would say that this is an experiment of Node's.
  one.emitWarning = () => {};
  const defined = Object.entries(env).filter(([, value]) => value !== undefined);
  one.execve(file, [file, ...words], Object.fromEntries(defined));
}

/** What is sent to one process: whoever sends it knows this one only. */
const passedOn = ["SIGTERM", "SIGUSR2"] as const;

/** What a terminal sends, and it sends it to both. Where there is none, somebody means this process with it. */
const ofTerminal = ["SIGINT", "SIGHUP", "SIGQUIT"] as const;

/** Resolves when the program could not be started; otherwise this process ends like it. */
function follow(file: string, words: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  const child = spawn(file, words, { stdio: "inherit", env });
  const hasTerminal = [process.stdin, process.stdout, process.stderr].some(({ isTTY }) => isTTY);
  for (const signal of passedOn) process.on(signal, () => child.kill(signal));
  // Twice would be "at once" to the program. This process only has to outlive it.
  for (const signal of ofTerminal) process.on(signal, () => hasTerminal || child.kill(signal));
  child.once("exit", (code, signal) => endLike(code, signal));
  return new Promise((resolve) => child.once("error", () => resolve()));
}

/** The shell is to see the same end. */
function endLike(code: number | null, signal: NodeJS.Signals | null): void {
  if (signal === null) process.exit(code ?? 1);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
  // One that does not end a process, or is blocked.
  setTimeout(() => process.exit(1), 1000);
}
