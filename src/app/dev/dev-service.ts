import { once } from "node:events";
import { createServer } from "node:net";
import type { Command } from "../../definition/types.ts";
import { childEnvironment, environmentFailures } from "../../drivers/local/child-environment.ts";
import { findProgram } from "../../inputs/tools.ts";
import { withBuiltIns } from "../../process/built-in.ts";
import { type Argv, toArgv } from "../../process/command.ts";
import { entryPoint } from "../../process/entry-point.ts";
import { listens, type ServiceRecord } from "../../records/service.ts";
import { type CommandEnd, runCommand } from "../../runner/commands/run-command.ts";
import { RunningNote } from "../../runner/leftovers.ts";
import type { NoteFiles } from "../../runner/note-files.ts";
import { untilReady } from "../../runner/services/readiness.ts";
import { createByteRedactor } from "../../secrets/redaction/byte-redactor.ts";
import { Secret } from "../../secrets/secret.ts";

/** What becomes of a service, for who shows it. */
export type ServiceNews =
  | { readonly news: "starting"; readonly again: boolean }
  | { readonly news: "ready"; readonly address?: string }
  | { readonly news: "notReady"; readonly afterMs: number }
  | { readonly news: "ended"; readonly how: string }
  | { readonly news: "line"; readonly text: string };

export interface DevServiceOptions {
  readonly name: string;
  readonly projectFolder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly notes: NoteFiles;
  /** The variable that marks its processes. */
  readonly markName: string;
  readonly tell: (news: ServiceNews) => void;
}

/** What it is started with. */
export interface ServiceCall {
  readonly service: ServiceRecord;
  /** Of this machine. */
  readonly port: number;
  readonly given: Readonly<Record<string, string | Secret>>;
  /** Where it may keep files. */
  readonly dataFolder: string;
}

/**
 * A service that runs from the files of the checkout. One call at a time: `start`, `stop`. Its processes are noted on the disk, so
 * that whoever comes after a killed Tidegate ends them.
 */
export class DevService {
  readonly #options: DevServiceOptions;
  #running: { readonly stop: AbortController; readonly ended: Promise<void> } | undefined;
  #wasStarted = false;

  constructor(options: DevServiceOptions) {
    this.#options = options;
  }

  /** Ends the one that runs, migrates, and starts it. Resolves when it is ready, or will not be. */
  async start(call: ServiceCall, signal: AbortSignal): Promise<void> {
    await this.stop();
    const { tell } = this.#options;
    const { service, port } = call;
    tell({ news: "starting", again: this.#wasStarted });
    this.#wasStarted = true;
    if (service.migrate !== undefined) {
      const migrated = await this.#run(call, service.migrate, "migrate", signal);
      if (migrated.how === "cancelled") return;
      if (!isGood(migrated)) return tell({ news: "ended", how: `its migration ${howItEnded(migrated)}` });
    }
    // Who answers there would be taken for the service.
    if (listens(service) && !(await isFree(port)))
      return tell({ news: "ended", how: `cannot start: port ${port} is in use by another program` });
    const stop = new AbortController();
    const gone = new AbortController();
    const ended = this.#run(call, service.run, "run", AbortSignal.any([signal, stop.signal])).then((end) => {
      gone.abort();
      if (end.how !== "cancelled") tell({ news: "ended", how: howItEnded(end) });
    });
    this.#running = { stop, ended };
    await this.#untilReady(service, port, AbortSignal.any([signal, stop.signal, gone.signal]));
  }

  /** Resolves when nothing of it is left. */
  async stop(): Promise<void> {
    this.#running?.stop.abort();
    await this.#running?.ended;
    this.#running = undefined;
  }

  async #untilReady(service: ServiceRecord, port: number, signal: AbortSignal): Promise<void> {
    const { tell } = this.#options;
    if (!listens(service)) return tell({ news: "ready" });
    const { health, healthTimeoutMs } = service;
    const limit = AbortSignal.timeout(healthTimeoutMs);
    const ready = health === undefined ? "port" : ({ http: health } as const);
    if (await untilReady(ready, port, AbortSignal.any([signal, limit])))
      return tell({ news: "ready", address: `http://127.0.0.1:${port}` });
    if (!signal.aborted) tell({ news: "notReady", afterMs: healthTimeoutMs });
  }

  async #run(call: ServiceCall, command: Command, what: string, signal: AbortSignal): Promise<CommandEnd> {
    const { name, projectFolder, env, notes, markName, tell } = this.#options;
    const { given, port, dataFolder } = call;
    const wrong = environmentFailures(given)[0];
    if (wrong !== undefined) return { how: "notStarted", error: new Error(wrong.message) };
    const value = `dev/${name}/${what}`;
    const own = { HOST: "127.0.0.1", PORT: String(port), TIDEGATE_DATA_DIR: dataFolder, [markName]: value };
    const environment = childEnvironment(env, given, own);
    environment.PATH = `${projectFolder}/node_modules/.bin:${environment.PATH}`;
    const argv = argvOf(command, environment.PATH, projectFolder);
    if (argv === undefined)
      return { how: "notStarted", error: new Error(`there is no program ${toArgv(command).file}`) };
    const mark = `${markName}=${value}`;
    const secrets = Object.values(given).filter((each) => each instanceof Secret);
    const note = new RunningNote(notes, mark);
    const redactor = () => (secrets.length === 0 ? undefined : createByteRedactor(secrets));
    try {
      return await runCommand(
        { argv, folder: projectFolder, environment, mark, timeoutMs: Number.POSITIVE_INFINITY, redactor },
        {
          started: (pid) => note.started(pid),
          bytes: () => undefined,
          line: (_, text) => tell({ news: "line", text }),
        },
        signal,
      );
    } finally {
      note.remove();
    }
  }
}

function argvOf(command: Command, searchPath: string, projectFolder: string): Argv | undefined {
  const plain = toArgv(command);
  const argv = withBuiltIns(plain, entryPoint);
  if (argv !== plain) return argv;
  const file = findProgram(argv.file, searchPath, projectFolder);
  return file === undefined ? undefined : { file, args: argv.args };
}

function isGood(end: CommandEnd): boolean {
  return end.how === "exited" && end.code === 0;
}

function howItEnded(end: CommandEnd): string {
  switch (end.how) {
    case "exited":
      return `ended with exit code ${end.code}`;
    case "signalled":
      return `was ended by ${end.signal}`;
    case "notStarted":
      return `could not start: ${end.error.message}`;
    case "timedOut":
    case "cancelled":
      return "was ended";
  }
}

/** The first port from `from` on that nobody listens on, as this is asked; `undefined`: there is none up to `to`. */
export async function freePortFrom(from: number, taken: ReadonlySet<number>, to = 65_535): Promise<number | undefined> {
  for (let port = from; port <= to; port++) if (!taken.has(port) && (await isFree(port))) return port;
  return undefined;
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await once(server.listen(port, "127.0.0.1"), "listening");
  } catch {
    return false;
  }
  server.close();
  await once(server, "close");
  return true;
}
