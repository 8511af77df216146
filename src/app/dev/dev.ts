import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import { readSecrets } from "../../config/read-secrets.ts";
import { resolveConfig } from "../../config/resolve.ts";
import { toEnvironmentVariables } from "../../config/resolved.ts";
import type { Failure } from "../../errors/failure.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import { makeFolder } from "../../files/make-folder.ts";
import { pipelinePaths, prepareStateFolder } from "../../files/state-folder.ts";
import { projectGraph } from "../../graph/project-graph.ts";
import { markPrefix } from "../../inputs/environment.ts";
import { addressVariable, type ServiceRecord } from "../../records/service.ts";
import { releaseServices } from "../../release/release-service.ts";
import type { RunResult } from "../../run/run.ts";
import { NoteFiles } from "../../runner/note-files.ts";
import type { Secret } from "../../secrets/secret.ts";
import { findEnvironment } from "../find-environment.ts";
import type { Say } from "../notice.ts";
import type { Ports } from "../ports.ts";
import { withProjectNode } from "../project-node.ts";
import { type Session, withSession } from "../session.ts";
import { LiveDefinition } from "../watch/live-definition.ts";
import { SourceWatcher } from "../watch/source-watcher.ts";
import { WatchSession } from "../watch/watch-session.ts";
import { DevResources } from "./dev-resources.ts";
import { DevService, freePortFrom, type ServiceNews } from "./dev-service.ts";
import { ServiceFiles } from "./service-files.ts";
import { sourceState } from "./source-state.ts";

export interface DevRequest {
  /** Default: the first. */
  readonly environment?: string | undefined;
  /** Takes what becomes of services. */
  readonly onService: (service: string, news: ServiceNews) => void;
  /** Takes what came of the tasks that services need, each time. */
  readonly onRun: (result: Result<RunResult>) => void;
  /** Takes what goes on beside, for people. */
  readonly onTalk: (text: string) => void;
  /** Aborted when nobody listens any more. */
  readonly gone: AbortSignal;
}

/** Each checkout begins somewhere else, and at the same place each time: so two of them do not take each other's ports. */
function firstPort(folder: string): number {
  return 3000 + (createHash("sha256").update(folder).digest().readUInt32BE() % 6000);
}

/**
 * Runs an environment's services from the files of the checkout, with its config and with resources of their own, until the caller has
 * enough: tasks that write files of services run first and after each change; a service of which a file changed starts again.
 * Nothing of it is left running afterwards. It is no deployment: no release is made, no gateway and no limits stand around it.
 */
export function develop(ports: Ports, request: DevRequest, say: Say): Promise<Result<void>> {
  return withSession(ports, "make", async (session) => {
    const first = Object.keys(session.project.environments)[0];
    const name = request.environment ?? first;
    if (name === undefined) return failed(noEnvironments);
    const environment = findEnvironment(session, name);
    if (!environment.ok) return environment;
    if (Object.keys(session.project.services).length === 0) return failed(noServices);
    const place = await openPlace(session, environment.value, request, say);
    if (!place.ok) return place;
    try {
      return await watch(session, place.value, request, say);
    } finally {
      await place.value.close();
    }
  });
}

/** The running services of one call of `develop`. */
interface DevPlace {
  /** Starts what does not run yet, and again what changed. */
  update(): Promise<void>;
  close(): Promise<void>;
}

interface Running {
  readonly service: DevService;
  /** Of its files, when it was started. */
  state?: string;
}

async function openPlace(
  session: Session,
  environment: string,
  request: DevRequest,
  say: Say,
): Promise<Result<DevPlace>> {
  const { project, folder, ports, stateFolder, checkoutFolder } = session;
  const config = await configOf(session, environment);
  if (!config.ok) return config;
  const caller = await withProjectNode({ folder, env: ports.env }, say);
  if (!caller.ok) return caller;
  const services = releaseServices(project);
  const resources = new DevResources(session, request.onTalk);
  const made = await resources.make(Object.values(services));
  if (!made.ok) {
    await resources.rest();
    return made;
  }
  const assigned = await portsFor(Object.keys(services), firstPort(folder));
  if (!assigned.ok) {
    await resources.rest();
    return assigned;
  }
  const portOf = assigned.value;
  prepareStateFolder(checkoutFolder);
  const notes = new NoteFiles(pipelinePaths(checkoutFolder).running, `dev-${process.pid}`, ports.leaving);
  const markName = `${markPrefix}${randomBytes(8).toString("hex")}`;
  const running = new Map(
    inOrder(services).map((name) => {
      const tell = (news: ServiceNews) => request.onService(name, news);
      const service = new DevService({ name, projectFolder: folder, env: caller.value, notes, markName, tell });
      const one: Running = { service };
      return [name, one] as const;
    }),
  );
  const dataFolder = join(stateFolder, "dev", "data");
  makeFolder(dataFolder);
  const given = (name: string, service: ServiceRecord): Record<string, string | Secret> => ({
    ...config.value,
    ...resources.variables(service),
    ...Object.fromEntries(
      (service.needs ?? []).map((need) => [addressVariable(need), `http://127.0.0.1:${portOf.get(need)}`]),
    ),
    TIDEGATE_ENVIRONMENT: environment,
    TIDEGATE_SERVICE: name,
    TIDEGATE_INSTANCE: `dev-${name}`,
    TIDEGATE_RELEASE: "dev",
  });
  const update = async () => {
    for (const [name, one] of running) {
      if (ports.signal.aborted) return;
      const service = services[name]!;
      const state = sourceState(folder, service.files);
      if (one.state === state) continue;
      one.state = state;
      const call = { service: { ...service, name }, port: portOf.get(name)!, given: given(name, service), dataFolder };
      await one.service.start(call, ports.signal);
    }
  };
  const close = async () => {
    await Promise.all([...running.values()].map(({ service }) => service.stop()));
    notes.close();
    await resources.rest();
  };
  return ok({ update, close });
}

/** Tasks first, then services, and again after each change. What changes meanwhile is looked at when that is done. */
async function watch(session: Session, place: DevPlace, request: DevRequest, say: Say): Promise<Result<void>> {
  const { project, folder, ports } = session;
  const { graph } = await projectGraph(project, folder);
  const files = new ServiceFiles(Object.values(project.services), graph);
  let turn = Promise.resolve();
  const update = () => {
    turn = turn.then(() => place.update());
  };
  const watcher = new SourceWatcher({
    root: folder,
    filter: files,
    onChange: update,
    onPolling: (error) => say({ notice: "polling", code: error.code ?? error.message }),
    now: ports.now,
  });
  try {
    const tasks = files.writers(graph);
    const end =
      tasks.length > 0 ? await runTasks(session, tasks, update, request, say) : await rest(ports, request, update);
    await turn;
    return end;
  } finally {
    watcher.close();
  }
}

/** Where no task writes anything of a service, there is nothing to run: only to watch. */
async function rest(ports: Ports, { gone }: DevRequest, update: () => void): Promise<Result<void>> {
  update();
  const over = AbortSignal.any([ports.signal, gone]);
  if (!over.aborted) await once(over, "abort");
  return ok();
}

async function runTasks(
  { ports }: Session,
  tasks: readonly string[],
  update: () => void,
  request: DevRequest,
  say: Say,
): Promise<Result<void>> {
  const definition = await LiveDefinition.open(ports);
  if (definition === undefined) return failed(noServices);
  const onRun = (result: Result<RunResult>) => {
    request.onRun(result);
    // What serves goes on as long as what it is made of cannot be made.
    if (result.ok && result.value.outcome === "succeeded") update();
  };
  const call = { ports, definition, call: { tasks }, say, onRun, gone: request.gone };
  const end = await (await WatchSession.begin(call)).toEnd();
  return end.ok || end.failures.every(({ code }) => code === "interrupted") ? ok() : end;
}

async function configOf(session: Session, environment: string): Promise<Result<Record<string, string | Secret>>> {
  const secrets = await readSecrets(session.project, session.secrets, [environment]);
  const config = await resolveConfig(session.project, environment, secrets.get(environment));
  return config.ok ? ok(toEnvironmentVariables(config.value)) : failed(...(await session.locate(config.problems)));
}

/** What is needed before what needs it. The checked definition has no circle. */
function inOrder(services: Readonly<Record<string, Pick<ServiceRecord, "needs">>>): string[] {
  const order = new Set<string>();
  const add = (name: string) => {
    for (const need of services[name]?.needs ?? []) if (!order.has(need)) add(need);
    order.add(name);
  };
  for (const name of Object.keys(services)) add(name);
  return [...order];
}

/** A port for each service, from `from` to `to`. */
export async function portsFor(
  services: readonly string[],
  from: number,
  to?: number,
): Promise<Result<ReadonlyMap<string, number>>> {
  const ports = new Map<string, number>();
  for (const name of services) {
    const port = await freePortFrom(from, new Set(ports.values()), to);
    if (port === undefined) return failed(noPort(name, from));
    ports.set(name, port);
  }
  return ok(ports);
}

function noPort(service: string, from: number): Failure {
  return {
    code: "port-in-use",
    message: `There is no free port for the service "${service}": all from ${from} on are in use`,
    hint: "Stop something that is listening on this machine (`ss -ltnp` shows what), then run the command again.",
  };
}

const noEnvironments: Failure = {
  code: "unknown-environment",
  message: "The definition has no environment whose config the services could run with",
  hint: "Add one: environments: { staging: { driver: local(), strategy: rolling() } }",
};

const noServices: Failure = {
  code: "unknown-service",
  message: "The definition has no services to run",
  hint: 'Add one: services: { web: service({ run: "node server.js", files: ["server.js"] }) }',
};
