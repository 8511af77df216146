import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { isDeepStrictEqual } from "node:util";
import { type Connections, messageOf, routes } from "../../agent/protocol/protocol.ts";
import { readSecrets } from "../../config/read-secrets.ts";
import { resolveConfig } from "../../config/resolve.ts";
import { type ResolvedConfig, toEnvironmentVariables } from "../../config/resolved.ts";
import { nearest } from "../../definition/distance.ts";
import type { Project } from "../../definition/types.ts";
import { childEnvironment, environmentFailures } from "../../drivers/local/child-environment.ts";
import { folderNameOf } from "../../drivers/release-content.ts";
import { alertsOf } from "../../environment/build-spec.ts";
import { resourceSpecs } from "../../environment/resource-specs.ts";
import { alertSecrets } from "../../environment/spec.ts";
import type { Failure } from "../../errors/failure.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import type { Event } from "../../events/event.ts";
import { fileFailure } from "../../files/file-failure.ts";
import { toNewEvent } from "../../records/envelope.ts";
import type { ServiceRecord } from "../../records/service.ts";
import { usesOf } from "../../release/release-service.ts";
import { createByteRedactor } from "../../secrets/redaction/byte-redactor.ts";
import { redactDeep } from "../../secrets/redaction/redact.ts";
import { Secret } from "../../secrets/secret.ts";
import { servingIn } from "../../store/serving.ts";
import { connect } from "../connect.ts";
import { findEnvironment } from "../find-environment.ts";
import { signalOf } from "../ports.ts";
import { withProjectNode } from "../project-node.ts";
import type { Session } from "../session.ts";
import { whoAsks } from "../who-asks.ts";
import { externalUrls } from "./external-urls.ts";

export interface ExecRequest {
  readonly environment: string;
  /** The program and its words, as they are: no shell comes between. */
  readonly command: readonly [string, ...string[]];
  /** In the project's folder, also where a release serves. */
  readonly here: boolean;
  /** As this service, where several give a variable another meaning. */
  readonly service?: string | undefined;
  /** It has the caller's terminal to itself: `write` gets nothing, and nothing of what it writes is hidden. */
  readonly interactive: boolean;
  /** Ctrl-C reaches it by itself: it has the caller's terminal for its input. */
  readonly hearsTerminal: boolean;
  /** Takes what the command writes, secrets hidden. */
  readonly write: (stream: "stdout" | "stderr", bytes: Uint8Array) => void;
}

export interface Executed {
  /** As shells have it: 128 and its number when a signal ended it, 127 when there is no such program, 126 when it may not run. */
  readonly exitCode: number;
  /** What ended it, when that was a signal. */
  readonly signal?: NodeJS.Signals;
  /** Why it did not end well; absent: it did. */
  readonly failure?: Failure;
}

/**
 * Runs a command as one of the environment's services would run: with its config and its secrets as the definition has them
 * now, in the folder of the release that serves, else in the project's. It reads what the caller types. That it begins is kept in
 * the history before it does, with who asked, and then how it ended; nothing secret is. Whoever is killed meanwhile leaves a
 * beginning without an end. A success also when the command does not end well.
 */
export async function execute(session: Session, request: ExecRequest): Promise<Result<Executed>> {
  const found = findEnvironment(session, request.environment);
  if (!found.ok) return found;
  const uses = usesFor(session.project, request);
  if (!uses.ok) return uses;
  const config = await configOf(session, found.value);
  if (!config.ok) return config;
  const connections = await connectionsOf(session, found.value, uses.value);
  if (!connections.ok) return connections;
  // What alerts are sent with, no service gets.
  const others = alertSecrets(alertsOf(session.project, {}));
  const own = Object.entries(toEnvironmentVariables(config.value)).filter(([key]) => !others.includes(key));
  const given = { ...Object.fromEntries(own), ...connections.value, TIDEGATE_ENVIRONMENT: found.value };
  const wrong = environmentFailures(given);
  if (wrong.length > 0) return failed(...wrong);
  const folder = await folderOf(session, request, found.value);
  if (!folder.ok) return folder;
  const caller = await withProjectNode({ folder: session.folder, env: session.ports.env }, () => undefined);
  if (!caller.ok) return caller;
  const { command } = request;
  const what = { environment: found.value, command };
  const note = await notes(session, secretsIn(given));
  const begun = session.ports.now();
  const noted = await note({ type: "commandBegun", ...what });
  if (!noted.ok) return noted;
  const ended = await run(session, request, { folder: folder.value, given, caller: caller.value });
  const { exitCode, signal } = ended;
  const durationMs = session.ports.now() - begun;
  const kept = await note({
    type: "commandRun",
    ...what,
    exitCode: signal === undefined ? exitCode : null,
    durationMs,
  });
  return kept.ok ? ok(ended) : kept;
}

async function configOf(session: Session, environment: string): Promise<Result<ResolvedConfig>> {
  const secrets = await readSecrets(session.project, session.secrets, [environment]);
  const config = await resolveConfig(session.project, environment, secrets.get(environment));
  return config.ok ? ok(config.value) : failed(...(await session.locate(config.problems)));
}

type ServiceUses = NonNullable<ServiceRecord["uses"]>;

/**
 * What the services use, by variable: of the one that is named, or of all. Where two mean different things by a variable,
 * whose is meant has to be said: fails with `bad-arguments`, as a choice made here would be a guess.
 */
function usesFor({ services, resources = {} }: Project, { service, environment }: ExecRequest): Result<ServiceUses> {
  if (service !== undefined && !Object.hasOwn(services, service)) return failed(unknownService(service, services));
  const nameOf = (resource: object) => Object.keys(resources).find((name) => resources[name] === resource) ?? "";
  const uses: Record<string, ServiceUses[string]> = {};
  const givenBy = new Map<string, string>();
  for (const [name, { uses: own = {} }] of Object.entries(services)) {
    if (service !== undefined && name !== service) continue;
    for (const [variable, use] of Object.entries(usesOf(own, nameOf))) {
      const other = givenBy.get(variable);
      if (other !== undefined && !isDeepStrictEqual(uses[variable], use))
        return failed(ambiguous(variable, [other, name], environment));
      uses[variable] = use;
      givenBy.set(variable, name);
    }
  }
  return ok(uses);
}

/** What the resources tell, by the services' variables. */
async function connectionsOf(
  session: Session,
  environment: string,
  uses: ServiceUses,
): Promise<Result<Given["given"]>> {
  if (Object.keys(uses).length === 0) return ok({});
  const specs = resourceSpecs(session.project, session.project.environments[environment]!, session.folder);
  const secrets = await externalUrls(session, environment, specs);
  const agent = await connect(session.ports, session);
  if (!agent.ok) return agent;
  let text = "";
  const onText = (part: string) => {
    text += part;
  };
  const told = await agent.value.call(routes.connections, messageOf({ environment, uses, secrets }), {
    onText,
    signal: session.ports.signal,
  });
  if (!told.ok) return told;
  const { values, secret } = JSON.parse(text) as Connections;
  const entries = Object.entries(values).map(([name, value]) => [
    name,
    secret.includes(name) ? new Secret(value) : value,
  ]);
  return ok(Object.fromEntries(entries));
}

/** The copy of the release that serves, as its instances run in it. */
async function folderOf(
  { store, paths, folder }: Session,
  { here }: ExecRequest,
  environment: string,
): Promise<Result<string>> {
  if (here) return ok(folder);
  const serving = await servingIn(store, environment);
  if (!serving.ok) return serving;
  const copy = serving.value && join(paths.copiesOf(environment), folderNameOf(serving.value.release));
  return ok(copy !== undefined && existsSync(copy) ? copy : folder);
}

interface Given {
  /** The variables of which little is passed on. */
  readonly caller: Session["ports"]["env"];
  readonly folder: string;
  readonly given: Readonly<Record<string, string | Secret>>;
}

async function run(
  { ports, paths }: Session,
  { command: [file, ...args], environment, interactive, hearsTerminal, write }: ExecRequest,
  { folder, given, caller }: Given,
): Promise<Executed> {
  const { promise, resolve } = Promise.withResolvers<Executed>();
  const env = childEnvironment(caller, given, { TIDEGATE_DATA_DIR: paths.dataOf(environment) });
  const output = interactive ? "inherit" : "pipe";
  const child = spawn(file, args, { cwd: folder, env, stdio: ["inherit", output, output] });
  const secrets = secretsIn(given);
  if (child.stdout) hide(child.stdout, secrets, (bytes) => write("stdout", bytes));
  if (child.stderr) hide(child.stderr, secrets, (bytes) => write("stderr", bytes));
  const ask = () => {
    const signal = signalOf(ports.signal);
    // The terminal has sent it to the command, too: twice is "at once" to many programs.
    if (signal !== "SIGINT" || !hearsTerminal) child.kill(signal);
  };
  const kill = () => child.kill("SIGKILL");
  ports.signal.addEventListener("abort", ask, { once: true });
  ports.leaving.addEventListener("abort", kill, { once: true });
  if (ports.signal.aborted) ask();
  child.once("error", (error) => resolve(notStarted(file, error)));
  child.once("close", (exitCode, signal) => resolve(endedWith(file, exitCode, signal)));
  const ended = await promise;
  ports.signal.removeEventListener("abort", ask);
  ports.leaving.removeEventListener("abort", kill);
  return ended;
}

function hide(stream: Readable, secrets: readonly Secret[], write: (bytes: Uint8Array) => void): void {
  const redactor = createByteRedactor(secrets);
  stream.on("data", (bytes: Buffer) => write(redactor.push(bytes)));
  stream.once("end", () => write(redactor.flush()));
}

function secretsIn(given: Given["given"]): Secret[] {
  return Object.values(given).filter((value) => value instanceof Secret);
}

type Noted = Extract<Event, { type: "commandBegun" | "commandRun" }>;

/** Keeps what happens to the command, by whoever asks for it. */
async function notes({ ports, store }: Session, secrets: readonly Secret[]) {
  const by = await whoAsks(ports.folder, ports.env);
  return (event: Noted) => store.appendEvents([toNewEvent({ at: ports.now(), by, event: redactDeep(event, secrets) })]);
}

const causes: Readonly<Record<string, string>> = {
  ENOENT: "There is no such program.",
  E2BIG: "Its arguments and environment variables exceed what the system allows.",
};

function notStarted(file: string, error: Error): Executed {
  const known = fileFailure(error);
  const { code } = error as NodeJS.ErrnoException;
  const exitCode = code === "ENOENT" ? 127 : 126;
  if (code !== "ENOENT" && code !== "EACCES" && known !== undefined) return { exitCode, failure: known };
  const failure = {
    code: "command-failed",
    message: `${file} cannot be started`,
    cause: causes[code ?? ""] ?? error.message,
    hint: "No shell is involved. For shell syntax, start one: tidegate env exec ENV -- sh -c 'a && b'",
  } as const;
  return { exitCode, failure };
}

function endedWith(file: string, exitCode: number | null, signal: NodeJS.Signals | null): Executed {
  if (exitCode === 0) return { exitCode };
  const number = signal === null ? 0 : constants.signals[signal];
  const how = signal === null ? `exit code ${exitCode}` : `signal ${signal} (${number})`;
  const failure = { code: "command-failed", message: `${file} ended with ${how}` } as const;
  return signal === null ? { exitCode: exitCode!, failure } : { exitCode: 128 + number, signal, failure };
}

function unknownService(service: string, services: Project["services"]): Failure {
  const names = Object.keys(services);
  const meant = nearest(service, names);
  const hint = meant === undefined ? `Its services: ${names.join(", ")}` : `Did you mean "${meant}"?`;
  return { code: "unknown-service", message: `There is no service "${service}"`, hint };
}

function ambiguous(variable: string, services: readonly [string, string], environment: string): Failure {
  return {
    code: "bad-arguments",
    message: `${variable} is not the same for the services ${services.join(" and ")}`,
    hint: `Say which of them to act as: tidegate env exec ${environment} --service ${services[0]} -- COMMAND`,
  };
}
