import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { removeTree } from "../../cache/outputs/wipe.ts";
import type { Failure } from "../../errors/failure.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import type { GraphTask } from "../../graph/graph.ts";
import type { Argv } from "../../process/command.ts";
import type { RunContext, Seal } from "../run-context.ts";
import { type Loopback, openLoopback } from "./loopback.ts";
import type { Place } from "./place.ts";
import { sealScript } from "./seal-script.ts";
import { openStage } from "./stage.ts";
import { viewOf } from "./view.ts";

interface Walls {
  readonly seal: Seal;
  /** Where the new root is put together. */
  readonly mountPoint: string;
  readonly projectFolder: string;
  readonly tree: string;
  readonly network: boolean;
  /** What it shares with others in the place of a network of its own. */
  readonly loopback: Loopback | undefined;
  readonly variables: Readonly<Record<string, string>>;
}

/**
 * A stage at the project's own path, in namespaces of its own (mount, process, network): of the rest of the disk only
 * the system's folders and those of the tools in PATH are there, and cannot be written; home and /tmp are empty. Whether
 * this machine allows it is found out by doing it.
 */
export async function sealed(context: RunContext, task: GraphTask): Promise<Result<Place>> {
  context.seal.value ??= findSeal(context);
  const available = await context.seal.value;
  if (!available.ok) return failed(...available.failures.map((failure) => named(failure, task.name)));
  const network = task.task.network ?? false;
  const isShared = !network && Object.keys(task.task.services ?? {}).length > 0;
  const loopback = isShared ? await openLoopback(available.value.program, available.value.asRoot) : ok(undefined);
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
  const stage = await openStage(context, task);
  const mountPoint = join(stage.folder, "root");
  const network = task.task.network ?? false;
  const common = { seal, mountPoint, projectFolder: context.projectFolder, tree: stage.root, network, loopback };
  return {
    ...stage,
    level: "sealed",
    root: context.projectFolder,
    programs: undefined,
    ...(loopback && { loopback }),
    wrap: (argv, variables) => wrap({ ...common, variables }, argv),
    close: async () => {
      await loopback?.close();
      stage.close();
    },
  };
}

async function findSeal(context: RunContext): Promise<Result<Seal>> {
  if (process.platform !== "linux") return failed(unavailable("it needs the namespaces of Linux"));
  const program = ["/usr/bin/unshare", "/bin/unshare"].find((path) => existsSync(path));
  if (program === undefined) return failed(unavailable("there is no unshare(1)", "apt-get install util-linux"));
  const reasons: string[] = [];
  for (const asRoot of process.getuid?.() === 0 ? [true, false] : [false]) {
    const reason = await tryOut({ program, asRoot }, context);
    if (reason === undefined) return ok({ program, asRoot });
    reasons.push(reason);
  }
  return failed(unavailable(reasons.join("\n")));
}

/** Seals a command that does nothing; `undefined` when that worked, otherwise what the system said. */
async function tryOut(seal: Seal, { paths, projectFolder, environment }: RunContext): Promise<string | undefined> {
  const variables = { PATH: environment.PATH ?? "" };
  const place = { seal, mountPoint: join(paths.stages, `${process.pid}.probe`, "root"), projectFolder, tree: "" };
  const { file, args } = wrap(
    { ...place, network: false, loopback: undefined, variables },
    { file: "/bin/true", args: [] },
  );
  return await new Promise((resolve) => {
    execFile(file, args, { env: variables, timeout: 20_000 }, (error, _, stderr) => {
      removeTree(dirname(place.mountPoint));
      resolve(error === null ? undefined : stderr.trim() || error.message);
    });
  });
}

function wrap({ seal, mountPoint, projectFolder, tree, network, loopback, variables }: Walls, argv: Argv): Argv {
  // Both are the shared network's when there is one.
  const user = seal.asRoot || loopback !== undefined ? [] : ["--user", "--map-root-user"];
  const net = network || loopback !== undefined ? [] : ["--net"];
  const view = viewOf({ projectFolder, tree, network, variables }).flatMap(({ how, from, at }) => [how, from, at]);
  const unshare = [...user, "--mount", "--pid", "--ipc", ...net, "--fork", "--kill-child", "--"];
  const script = ["/bin/sh", "-c", sealScript, "tidegate-seal", mountPoint, projectFolder];
  const args = [...unshare, ...script, ...view, "--", argv.file, ...argv.args];
  return loopback === undefined ? { file: seal.program, args } : loopback.enter({ file: seal.program, args });
}

function unavailable(cause: string, install?: string): Failure {
  const weaker = 'Use "staged", which works everywhere, or allow user namespaces on this machine.';
  return {
    code: "confinement-unavailable",
    message: "Nothing can be sealed on this machine",
    cause,
    hint: install === undefined ? weaker : `Install it: ${install}\n${weaker}`,
  };
}

function named(failure: Failure, task: string): Failure {
  return { ...failure, message: `Task "${task}" cannot be sealed on this machine` };
}
