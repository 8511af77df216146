import { toArgv } from "../../process/command.ts";
import { endTree } from "../../process/tree.ts";
import { Secret } from "../../secrets/secret.ts";
import type { Exit, ProcessSpec } from "../driver.ts";
import { childEnvironment } from "./child-environment.ts";
import { type Home, type Kind, markOf } from "./home.ts";
import { type Launched, launch } from "./launch.ts";
import type { OutputKeeper } from "./output-keeper.ts";
import type { PrivateFiles } from "./private-files.ts";
import { type ProcessRecord, writeRecord } from "./record.ts";

interface Begin {
  readonly home: Home;
  readonly output: OutputKeeper;
  readonly files: PrivateFiles;
  readonly kind: Kind;
  /** The intent: `starting`. */
  readonly record: ProcessRecord;
  readonly spec: ProcessSpec;
  /** The environment of this process, of which little is passed on. */
  readonly caller: Readonly<Record<string, string | undefined>>;
  /** What the driver itself says to the process. */
  readonly own: Readonly<Record<string, string>>;
}

/** A process that runs, or why there is none. */
export type Begun =
  | { readonly begun: true; readonly record: ProcessRecord; readonly launched: Launched }
  | { readonly begun: false; readonly record: ProcessRecord; readonly reason: string; readonly exit: Exit };

/**
 * Writes down that a process is about to start, starts it, and writes down which it is. Whoever finds only the first
 * note can find the process by its mark.
 *
 * @throws the system's error when the disk refuses; then nothing runs.
 */
export async function begin({ home, output, files, kind, record, spec, caller, own }: Begin): Promise<Begun> {
  const { environment, id, nonce } = record;
  const mark = markOf(kind, environment, id, nonce);
  writeRecord(home, kind, record);
  const inFiles = Object.values(spec.files ?? {}).flatMap((file) => file.secrets);
  const secrets = [...Object.values(spec.env).filter((value) => value instanceof Secret), ...inFiles];
  const placed = files.place({ kind, environment, id }, spec.files);
  const spool = output.begin(home, kind, record, secrets);
  const launched = launch({
    argv: toArgv(spec.command),
    directory: spec.directory,
    env: childEnvironment(caller, spec.env, { ...placed, ...own, [mark.name]: mark.value }),
    output: spool,
  });
  if (launched instanceof Promise) {
    const { reason, exit } = await launched;
    await output.finish(home, { kind, environment, id });
    return { begun: false, record: note(home, kind, { ...record, progress: ended(exit) }), reason, exit };
  }
  const progress = { state: "running", process: launched.process } as const;
  try {
    return { begun: true, record: note(home, kind, { ...record, progress }), launched };
  } catch (error) {
    await endTree({ ...launched.process, mark: `${mark.name}=${mark.value}` }, 0);
    throw error;
  }
}

function ended(exit: Exit): ProcessRecord["progress"] {
  return { state: "ended", process: null, exit };
}

function note(home: Home, kind: Kind, record: ProcessRecord): ProcessRecord {
  writeRecord(home, kind, record);
  return record;
}
