import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { type Connections, messageOf, routes } from "../../agent/protocol/protocol.ts";
import { readSecrets } from "../../config/read-secrets.ts";
import { resolveConfig } from "../../config/resolve.ts";
import { type ResolvedConfig, toEnvironmentVariables } from "../../config/resolved.ts";
import { childEnvironment, environmentFailures } from "../../drivers/local/child-environment.ts";
import { folderNameOf } from "../../drivers/release-content.ts";
import { resourceSpecs } from "../../environment/resource-specs.ts";
import type { Failure } from "../../errors/failure.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import { fileFailure } from "../../files/file-failure.ts";
import { toNewEvent } from "../../records/envelope.ts";
import { usesOf } from "../../release/release-service.ts";
import { createByteRedactor } from "../../secrets/redaction/byte-redactor.ts";
import { redactDeep } from "../../secrets/redaction/redact.ts";
import { Secret } from "../../secrets/secret.ts";
import { servingIn } from "../../store/serving.ts";
import { connect } from "../connect.ts";
import { findEnvironment } from "../find-environment.ts";
import type { Session } from "../session.ts";
import { whoAsks } from "../who-asks.ts";
import { externalUrls } from "./external-urls.ts";

export interface ExecRequest {
  readonly environment: string;
  /** The program and its words, as they are: no shell comes between. */
  readonly command: readonly [string, ...string[]];
  /** In the project's folder, also where a release serves. */
  readonly here: boolean;
  /** Takes what the command writes, secrets hidden. */
  readonly write: (stream: "stdout" | "stderr", bytes: Uint8Array) => void;
}

export interface Executed {
  /** null: a signal ended it. */
  readonly exitCode: number | null;
}

/**
 * Runs a command as one of the environment's services would run: with its config and its secrets as the definition has them
 * now, in the folder of the release that serves, else in the project's. It reads what the caller types. Who ran what, when
 * and how it ended is kept in the history; nothing secret is. Fails with `command-failed` when it does not end well.
 */
export async function execute(session: Session, request: ExecRequest): Promise<Result<Executed>> {
  const found = findEnvironment(session, request.environment);
  if (!found.ok) return found;
  const config = await configOf(session, found.value);
  if (!config.ok) return config;
  const connections = await connectionsOf(session, found.value);
  if (!connections.ok) return connections;
  const given = { ...toEnvironmentVariables(config.value), ...connections.value, TIDEGATE_ENVIRONMENT: found.value };
  const wrong = environmentFailures(given);
  if (wrong.length > 0) return failed(...wrong);
  const folder = await folderOf(session, request, found.value);
  if (!folder.ok) return folder;
  const begun = session.ports.now();
  const ended = await run(session, request, { folder: folder.value, given });
  if (!ended.ok) return ended;
  const noted = await note(session, { ...request, environment: found.value }, { ...ended.value, begun, given });
  if (!noted.ok) return noted;
  return ended.value.exitCode === 0 ? ended : failed(notWell(request.command[0], ended.value));
}

async function configOf(session: Session, environment: string): Promise<Result<ResolvedConfig>> {
  const secrets = await readSecrets(session.project, session.secrets, [environment]);
  const config = await resolveConfig(session.project, environment, secrets.get(environment));
  return config.ok ? ok(config.value) : failed(...(await session.locate(config.problems)));
}

/** What the resources tell that any of the services uses, by the services' variables. */
async function connectionsOf(session: Session, environment: string): Promise<Result<Given["given"]>> {
  const { services, resources = {} } = session.project;
  const nameOf = (resource: object) => Object.keys(resources).find((name) => resources[name] === resource) ?? "";
  const uses = Object.assign({}, ...Object.values(services).map(({ uses: own = {} }) => usesOf(own, nameOf)));
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
  readonly folder: string;
  readonly given: Readonly<Record<string, string | Secret>>;
}

function run(
  { ports, paths }: Session,
  { command: [file, ...args], environment, write }: ExecRequest,
  { folder, given }: Given,
): Promise<Result<Executed & { readonly signal: NodeJS.Signals | null }>> {
  const { promise, resolve } = Promise.withResolvers<Result<Executed & { readonly signal: NodeJS.Signals | null }>>();
  const env = childEnvironment(ports.env, given, { TIDEGATE_DATA_DIR: paths.dataOf(environment) });
  const child = spawn(file, args, { cwd: folder, env, stdio: ["inherit", "pipe", "pipe"] });
  const secrets = secretsIn(given);
  hide(child.stdout, secrets, (bytes) => write("stdout", bytes));
  hide(child.stderr, secrets, (bytes) => write("stderr", bytes));
  const ask = () => child.kill("SIGTERM");
  const kill = () => child.kill("SIGKILL");
  ports.signal.addEventListener("abort", ask, { once: true });
  ports.leaving.addEventListener("abort", kill, { once: true });
  child.once("error", (error) => resolve(failed(notStarted(file, error))));
  child.once("close", (exitCode, signal) => {
    ports.signal.removeEventListener("abort", ask);
    ports.leaving.removeEventListener("abort", kill);
    resolve(ok({ exitCode, signal }));
  });
  return promise;
}

function hide(stream: Readable, secrets: readonly Secret[], write: (bytes: Uint8Array) => void): void {
  const redactor = createByteRedactor(secrets);
  stream.on("data", (bytes: Buffer) => write(redactor.push(bytes)));
  stream.once("end", () => write(redactor.flush()));
}

function secretsIn(given: Given["given"]): Secret[] {
  return Object.values(given).filter((value) => value instanceof Secret);
}

async function note(
  { ports, store }: Session,
  { environment, command }: ExecRequest,
  { exitCode, begun, given }: Executed & { readonly begun: number } & Pick<Given, "given">,
): Promise<Result<void>> {
  const by = await whoAsks(ports.folder, ports.env);
  const at = ports.now();
  const event = { type: "commandRun", environment, command, exitCode, durationMs: at - begun } as const;
  const kept = await store.appendEvents([toNewEvent({ at, by, event: redactDeep(event, secretsIn(given)) })]);
  return kept.ok ? ok() : kept;
}

function notStarted(file: string, error: Error): Failure {
  const known = fileFailure(error);
  const { code } = error as NodeJS.ErrnoException;
  if (code !== "ENOENT" && code !== "EACCES" && known !== undefined) return known;
  return {
    code: "command-failed",
    message: `${file} cannot be started`,
    cause: code === "ENOENT" ? "There is no such program." : error.message,
    hint: "No shell is started: for its syntax, name one: tidegate env exec ENV -- sh -c 'a && b'",
  };
}

function notWell(file: string, { exitCode, signal }: Executed & { readonly signal: NodeJS.Signals | null }): Failure {
  const how = signal === null ? `exit code ${exitCode}` : `signal ${signal} (${constants.signals[signal]})`;
  return { code: "command-failed", message: `${file} ended with ${how}` };
}
