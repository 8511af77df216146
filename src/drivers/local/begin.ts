import { dirname } from "node:path";
import type { Failure } from "../../errors/failure.ts";
import { fetchNode } from "../../launcher/fetch-node.ts";
import { pathWithNode } from "../../launcher/node-on-path.ts";
import { withBuiltIns } from "../../process/built-in.ts";
import { type Argv, showCommand, toArgv } from "../../process/command.ts";
import { entryPoint } from "../../process/entry-point.ts";
import { endTree } from "../../process/tree.ts";
import { Secret } from "../../secrets/secret.ts";
import type { Exit, ProcessSpec } from "../driver.ts";
import { childEnvironment } from "./child-environment.ts";
import { isThere, type Protection } from "./copies/protection.ts";
import { fence } from "./fence.ts";
import { type Home, type Kind, markOf, processFolder } from "./home.ts";
import type { JobOrder } from "./job/order.ts";
import { type Launched, launch } from "./launch.ts";
import { inside } from "./limits/limit-groups.ts";
import type { OutputKeeper } from "./output-keeper.ts";
import type { PrivateFiles } from "./private-files.ts";
import { type ProcessRecord, writeRecord } from "./record.ts";

interface Begin {
  readonly home: Home;
  readonly output: OutputKeeper;
  readonly files: PrivateFiles;
  readonly protection: Protection;
  readonly kind: Kind;
  /** The intent: `starting`. */
  readonly record: ProcessRecord;
  readonly spec: ProcessSpec;
  /** The copy of the release that it runs in. */
  readonly directory: string;
  /** Of a job: it is not spawned itself, but a process that looks after it. */
  readonly timeoutMs?: number;
  /** The environment of this process, of which little is passed on. */
  readonly caller: Readonly<Record<string, string | undefined>>;
  /** What the driver itself says to the process. */
  readonly own: Readonly<Record<string, string>>;
}

/** A process that runs, or why there is none. `refused`: another writer came meanwhile, and what it has begun is not touched. */
export type Begun =
  | { readonly begun: "refused"; readonly failure: Failure }
  | { readonly begun: true; readonly record: ProcessRecord; readonly launched: Launched }
  | { readonly begun: false; readonly record: ProcessRecord; readonly reason: string; readonly exit: Exit };

/**
 * Writes down that a process is about to start, starts it, and writes down which it is. Whoever finds only the first
 * note can find the process by its mark.
 *
 * @throws the system's error when the disk refuses; then nothing runs.
 */
export async function begin(request: Begin): Promise<Begun> {
  const { home, output, files, kind, record, spec } = request;
  const { environment, id, nonce } = record;
  const mark = markOf(kind, environment, id, nonce);
  writeRecord(home, kind, record);
  const inFiles = Object.values(spec.files ?? {}).flatMap((file) => file.secrets);
  const secrets = [...Object.values(spec.env).filter((value) => value instanceof Secret), ...inFiles];
  const own = { ...files.place({ kind, environment, id }, spec.files), ...request.own, [mark.name]: mark.value };
  const plain = childEnvironment(request.caller, spec.env, own);
  const node = spec.node === undefined ? undefined : await nodeFor(spec.node, request, plain);
  if (node !== undefined && "missing" in node) return without(request, node.missing);
  const env = node === undefined ? plain : { ...plain, PATH: node.path };
  const shown = showCommand([toArgv(spec.command).file]);
  const program = withBuiltIns(toArgv(spec.command), entryPoint);
  const free = await request.protection.around(program, request.directory, env);
  const { file } = program;
  // A program that is not there is told best by who tries to spawn it.
  const folders = isThere(file, request.directory, env.PATH) ? (record.instance?.group?.folders ?? []) : [];
  const argv = inside(free, folders);
  const early = fence(home, environment, record.token);
  if (early !== undefined) return { begun: "refused", failure: early };
  const spool = output.begin(home, kind, record, secrets);
  const launched = launch({
    directory: request.directory,
    output: spool,
    shown,
    ...(kind === "jobs" ? attended(request, { argv, env, shown, mark }) : { argv, env }),
  });
  if (launched instanceof Promise) {
    const { reason, exit } = await launched;
    await output.finish(home, { kind, environment, id });
    return { begun: false, record: note(home, kind, { ...record, progress: ended(exit) }), reason, exit };
  }
  const progress = { state: "running", process: launched.process } as const;
  const late = fence(home, environment, record.token);
  if (late !== undefined) {
    await endTree({ ...launched.process, mark: `${mark.name}=${mark.value}` }, 0);
    return { begun: "refused", failure: late };
  }
  try {
    const noted = note(home, kind, { ...record, progress });
    launched.give();
    return { begun: true, record: noted, launched };
  } catch (error) {
    await endTree({ ...launched.process, mark: `${mark.name}=${mark.value}` }, 0);
    throw error;
  }
}

/** With which `PATH` its `node` is the one that the release says. What is not on this machine is fetched, as when it was deployed. */
async function nodeFor(range: string, { caller, directory }: Begin, { PATH = "" }: Readonly<Record<string, string>>) {
  const env = { ...caller, PATH };
  const found = pathWithNode(range, env, directory);
  if (found.was !== "missing") return { path: found.path };
  const fetched = await fetchNode({ range, env, folder: "/" });
  if ("message" in fetched) return { missing: `there is no Node ${range} on this machine: ${fetched.cause}` };
  return { path: `${dirname(fetched.file)}:${PATH}` };
}

/** What could not even be tried. */
async function without({ home, output, kind, record }: Begin, reason: string): Promise<Begun> {
  const exit: Exit = { code: null, signal: null };
  await output.finish(home, { kind, environment: record.environment, id: record.id });
  return { begun: false, record: note(home, kind, { ...record, progress: ended(exit) }), reason, exit };
}

interface Attended {
  readonly argv: Argv;
  readonly env: Readonly<Record<string, string>>;
  readonly shown: string;
  readonly mark: { readonly name: string; readonly value: string };
}

/** The process that looks after a job. It is told what to run only once it was written down that it is there. */
function attended({ home, record, directory, timeoutMs = 0, caller }: Begin, { argv, env, shown, mark }: Attended) {
  const order: JobOrder = {
    nonce: record.nonce,
    mark: `${mark.name}=${mark.value}`,
    folder: processFolder(home, "jobs", record.environment, record.id),
    directory,
    file: argv.file,
    args: [...argv.args],
    shown,
    timeoutMs,
    env,
  };
  return {
    argv: { file: process.execPath, args: ["--disable-warning=ExperimentalWarning", entryPoint("job")] },
    env: childEnvironment(caller, {}, { [mark.name]: mark.value }),
    input: JSON.stringify(order),
  };
}

function ended(exit: Exit): ProcessRecord["progress"] {
  return { state: "ended", process: null, exit };
}

function note(home: Home, kind: Kind, record: ProcessRecord): ProcessRecord {
  writeRecord(home, kind, record);
  return record;
}
