import { execFile } from "node:child_process";
import { randomBytes, randomInt } from "node:crypto";
import { chmodSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { removeTree } from "../../cache/outputs/wipe.ts";
import { type LimitGroup, LimitGroups, removeGroups } from "../../drivers/local/limits/limit-groups.ts";
import type { Failure } from "../../errors/failure.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import { makeFolder } from "../../files/make-folder.ts";
import { writeQuickly } from "../../files/write-quickly.ts";
import type { GraphTask } from "../../graph/graph.ts";
import type { Argv } from "../../process/command.ts";
import type { RunContext, Seal, SealTools } from "../run-context.ts";
import { maxMemoryBytes, type Walls, walled } from "./bubblewrap.ts";
import { type Loopback, openLoopback } from "./loopback.ts";
import type { Place } from "./place.ts";
import { openStage } from "./stage.ts";
import { noteGroups } from "./stages.ts";
import { systemCallFilter } from "./system-calls.ts";
import { systemProgram } from "./system-program.ts";
import { usersFile, viewOf } from "./view.ts";

/**
 * Root's sealed tasks run as a user of these, each as another one, as systemd does it for services (`DynamicUser`): nobody
 * has files or processes as one of them.
 */
const users = { from: 61_184, to: 65_520 };

/** What the walls of one task, or of a trial, are built with. */
interface Ground extends Omit<Walls, "view" | "keepsNetwork"> {
  readonly tree: string;
  readonly users: string;
  readonly network: boolean;
  /** What it shares with others in the place of a network of its own. */
  readonly loopback: Loopback | undefined;
}

/**
 * A stage at the project's own path, in namespaces of its own (mount, process, network): of the rest of the disk only
 * the system's folders and the programs in PATH are there, and cannot be written; home and /tmp are empty. Without
 * capabilities, and for root as another user. Whether this machine allows it is found out by doing it.
 */
export async function sealed(context: RunContext, task: GraphTask): Promise<Result<Place>> {
  context.seal.value ??= findSeal(context);
  const available = await context.seal.value;
  if (!available.ok) return failed(...available.failures.map((failure) => named(failure, task.name)));
  const network = task.task.network ?? false;
  const isShared = !network && Object.keys(task.task.services ?? {}).length > 0;
  const loopback = isShared ? await openLoopback(isRoot()) : ok(undefined);
  if (!loopback.ok) return failed(...loopback.failures.map((failure) => named(failure, task.name)));
  try {
    return ok(await sealedStage(context, task, available.value, loopback.value));
  } catch (error) {
    await loopback.value?.close();
    throw error;
  }
}

async function sealedStage(
  context: RunContext,
  task: GraphTask,
  seal: Seal,
  loopback: Loopback | undefined,
): Promise<Place> {
  const user = isRoot() ? randomInt(users.from, users.to) : undefined;
  const stage = await openStage(context, task, user);
  const group = groupOf(seal, stage.folder);
  const { projectFolder } = context;
  const common = { user, projectFolder, tree: stage.root, network: task.task.network ?? false, loopback };
  const ground = (variables: Readonly<Record<string, string>>) =>
    layGround(seal, stage.folder, { ...common, groups: group?.folders ?? [] }, variables);
  return {
    ...stage,
    level: "sealed",
    root: projectFolder,
    programs: undefined,
    ...(loopback && { loopback }),
    wrap: (argv, variables) => wrap(ground(variables), variables, argv),
    close: async () => {
      await loopback?.close();
      stage.close();
      await removeGroups(group);
    },
  };
}

/** All processes of a task and its services together; `undefined` where this user may make no group. */
function groupOf({ limits }: Seal, folder: string): LimitGroup | undefined {
  const group = limits.planned(randomBytes(8).toString("hex"), { memoryBytes: maxMemoryBytes });
  if (group !== undefined) noteGroups(folder, group.folders);
  return group !== undefined && limits.make(group) ? group : undefined;
}

async function findSeal(context: RunContext): Promise<Result<Seal>> {
  if (process.platform !== "linux") return failed(unavailable("it needs Linux namespaces"));
  const filter = systemCallFilter(process.arch);
  if (filter === undefined) return failed(unavailable(`there is no system-call filter for ${process.arch}`));
  const bwrap = systemProgram("bwrap");
  if (bwrap === undefined) return failed(unavailable("there is no bwrap(1)", "bubblewrap"));
  const [setpriv, prlimit] = [systemProgram("setpriv"), systemProgram("prlimit")];
  if (setpriv === undefined || prlimit === undefined)
    return failed(unavailable("there is no setpriv(1) or no prlimit(1)", "util-linux"));
  const seal: Seal = { tools: { bwrap, setpriv, prlimit, shell: findShell() }, filter, limits: new LimitGroups() };
  const reason = await tryOut(seal, context);
  if (reason === undefined) return ok(seal);
  // The oldest that knows everything it is asked for.
  return failed(
    unavailable(reason.includes("Unknown option") ? `${reason} (needed: bubblewrap 0.7 or newer)` : reason),
  );
}

/** Other shells can close no descriptor above 9, and end with an error when there is one. */
function findShell(): SealTools["shell"] {
  const bash = systemProgram("bash");
  return bash === undefined ? ["/bin/sh"] : [bash, "--norc", "-p"];
}

/** Seals a command that does nothing; `undefined` when that worked, otherwise what the system said. */
async function tryOut(seal: Seal, { paths, projectFolder, environment }: RunContext): Promise<string | undefined> {
  const variables = { PATH: environment.PATH ?? "" };
  const folder = join(paths.stages, `${process.pid}.probe`);
  makeFolder(folder);
  const user = isRoot() ? users.from : undefined;
  const common = { user, projectFolder, tree: "", network: false, loopback: undefined, groups: [] };
  const { file, args } = wrap(layGround(seal, folder, common, variables), variables, { file: "/bin/true", args: [] });
  return await new Promise((resolve) => {
    execFile(file, args, { env: variables, timeout: 20_000 }, (error, _, stderr) => {
      removeTree(folder);
      resolve(error === null ? undefined : stderr.trim() || error.message);
    });
  });
}

/**
 * Writes what the walls need of files into the folder around the tree. Each of them is whole at any moment: the walls of one
 * service may read it while those of another are prepared.
 */
function layGround(
  { tools, filter }: Seal,
  folder: string,
  common: Omit<Ground, "tools" | "filter" | "users">,
  { HOME = "/" }: Readonly<Record<string, string>>,
): Ground {
  const ground = { ...common, tools, filter: join(folder, "calls"), users: "" };
  writeQuickly(ground.filter, filter);
  if (common.user === undefined || !existsSync(usersFile)) return ground;
  // Programs ask for the name of who they run as.
  const line = `tidegate:x:${common.user}:${common.user}::${HOME}:/bin/sh\n`;
  const file = join(folder, "users");
  writeQuickly(file, readFileSync(usersFile, "utf8").replace(/(?<=[^\n])$/, "\n") + line);
  chmodSync(file, 0o644);
  return { ...ground, users: file };
}

function wrap(ground: Ground, variables: Readonly<Record<string, string>>, argv: Argv): Argv {
  const { loopback, network } = ground;
  const view = viewOf({ ...ground, variables });
  const command = walled({ ...ground, view, keepsNetwork: network || loopback !== undefined }, argv);
  return loopback === undefined ? command : loopback.enter(command);
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

function unavailable(cause: string, install?: string): Failure {
  const weaker = 'Use "staged", which works everywhere, or allow user namespaces (root: mounts) on this machine.';
  return {
    code: "confinement-unavailable",
    message: "Nothing can be sealed on this machine",
    cause,
    hint: install === undefined ? weaker : `Install it: apt-get install ${install}\n${weaker}`,
  };
}

function named(failure: Failure, task: string): Failure {
  return { ...failure, message: `Task "${task}" cannot be sealed on this machine` };
}
