import { existsSync, statSync } from "node:fs";
import { isAbsolute, resolve } from "node:path";
import { failureOfThrow } from "../app/boundary.ts";
import { installAgain, packagesCommand } from "../app/packages-command.ts";
import { type ExitCode, exitCodes } from "../errors/exit-code.ts";
import type { Failure } from "../errors/failure.ts";
import { mayRedraw, wantsColor } from "./color.ts";
import type { Context } from "./context.ts";
import { findVerb } from "./find-verb.ts";
import type { GlobalChoice } from "./global-options.ts";
import { type Interruption, listenForInterruption } from "./interruption.ts";
import { parseCall } from "./parse-call.ts";
import { renderFailures } from "./render/failure.ts";
import { foldingWriter } from "./render/fold.ts";
import { hintingWriter } from "./render/hinting-writer.ts";
import { marks } from "./render/marks.ts";
import { reportFailures } from "./render/report-failures.ts";
import { globalChoice, tokensOf } from "./tokens.ts";
import { verbTable } from "./verb-table.ts";
import { version } from "./version.ts";
import { openWriter } from "./writer.ts";

/** Does what the command line says and ends the process with the code that says how it went. */
export async function main(args: readonly string[]): Promise<void> {
  const interruption = listenForInterruption();
  const choice = globalChoice(tokensOf(args, {}));
  const plain = processContext(choice, interruption);
  const github = plain.env.GITHUB_ACTIONS === "true" ? await beginGithub(plain) : undefined;
  const context = github === undefined ? plain : { ...plain, github };
  const unexpected = (error: unknown) => leave(context, reportThrow(context, args, error));
  process.on("uncaughtException", unexpected);
  let code: number;
  try {
    code = await perform(context, choice, args);
  } catch (error) {
    code = reportThrow(context, args, error);
  }
  github?.end(verbOf(args), code);
  await leave(context, code);
}

/** Before anything of others is written: the runner would obey it. Loaded only there. */
async function beginGithub(context: Context) {
  const { GithubReport } = await import("./github/github-report.ts");
  const report = new GithubReport(context);
  report.begin();
  return report;
}

let isLeaving = false;

/** Ends the process even if something forgot a timer or a socket, but not before the last line is out. */
async function leave(context: Context, code: number): Promise<never> {
  if (isLeaving) process.exit(code);
  isLeaving = true;
  tellIfGone(context);
  await Promise.allSettled([context.stdout.flush(), context.stderr.flush()]);
  process.exit(await heard(context, code));
}

/** What runs is a copy; what people call may have been removed meanwhile, with the packages of the project. */
function tellIfGone({ stderr, folder }: Context): void {
  const [, program = ""] = process.argv;
  if (!program.includes("/node_modules/") || existsSync(program)) return;
  const hint = `It comes back with the others: ${installAgain(folder)}`;
  stderr.write(`${marks.warning} Tidegate was removed from the project together with its packages\n  hint: ${hint}\n`);
}

/** Data that got lost on the way is told, and is no success. */
async function heard({ stdout, stderr, cwd }: Context, code: number): Promise<number> {
  const { lost } = stdout;
  if (lost === undefined) return code;
  const failure = {
    code: lost.code === "ENOSPC" ? "no-space" : "not-writable",
    message: "The output could not be written: some of it is lost",
    cause: lost.message,
    hint: "What was done is done; show it again where there is room for it.",
  } as const;
  stderr.write(renderFailures([failure], { color: stderr.color, columns: stderr.columns, cwd }));
  await stderr.flush();
  return exitCodes.broken;
}

function processContext(choice: GlobalChoice, { signal, leaving, yieldTerminal }: Interruption): Context {
  const { env } = process;
  const cwd = workingFolder(env.PWD);
  const folder = resolve(cwd, choice.project ?? ".");
  const people = (file: 1 | 2) => {
    const out = openWriter(file, (isTTY) => wantsColor(env, isTTY, choice.noColor));
    return file === 1 && choice.json ? out : hintingWriter(foldingWriter(out), () => packagesCommand(folder));
  };
  const stderr = people(2);
  return {
    cwd,
    folder,
    env,
    version: version(),
    stdout: people(1),
    stderr,
    json: choice.json,
    live: mayRedraw(env, stderr.isTTY),
    signal,
    leaving,
    yieldTerminal,
    now: Date.now,
  };
}

/**
 * The folder of the call. One that was removed meanwhile is still what the shell calls it; when there is another one of
 * this name by now, that one is it.
 */
function workingFolder(shells = "/"): string {
  try {
    return process.cwd();
  } catch {
    const folder = isAbsolute(shells) ? shells : "/";
    if (isFolder(folder)) process.chdir(folder);
    return folder;
  }
}

async function perform(context: Context, choice: GlobalChoice, args: readonly string[]): Promise<number> {
  const isBare = !tokensOf(args, {}).some((token) => token.kind === "word");
  const found = await findVerb(isBare ? [...args, "help"] : args, verbTable);
  if (!found.ok) return reportFailures(context, found.failures);
  const { verb, path, tokens } = found.value;
  if ((choice.help && !isBare) || verb.run === undefined) {
    const { showHelp } = await import("./show-help.ts");
    showHelp(context, verb, path);
    return choice.help ? exitCodes.done : exitCodes.wrong;
  }
  const call = parseCall(verb, path, tokens);
  if (!call.ok) return reportFailures(context, call.failures);
  const folderProblem = checkFolder(context.folder);
  if (folderProblem !== undefined) return reportFailures(context, [folderProblem]);
  return verb.run(context, call.value);
}

function checkFolder(folder: string): Failure | undefined {
  if (isFolder(folder)) return undefined;
  const hint = "Change to a folder that exists, or name one with --project.";
  return { code: "bad-arguments", message: `There is not a folder ${folder}`, hint };
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function reportThrow(context: Context, args: readonly string[], error: unknown): ExitCode {
  return reportFailures(context, [failureOfThrow(error, `tidegate ${verbOf(args)}`.trim(), process.env)]);
}

function verbOf(args: readonly string[]): string {
  return tokensOf(args, {}).find((token) => token.kind === "word")?.value ?? "";
}
