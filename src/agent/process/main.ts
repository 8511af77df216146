import { createHash } from "node:crypto";
import { chmodSync, closeSync, readdirSync, rmdirSync, rmSync, writeSync } from "node:fs";
import type { Server } from "node:http";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { DiskBlobStore } from "../../blobs/disk/disk-blob-store.ts";
import { localSpec } from "../../drivers/registry.ts";
import { exitCodes } from "../../errors/exit-code.ts";
import type { Failure } from "../../errors/failure.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import { unexpectedFailure } from "../../errors/unexpected-failure.ts";
import { fileFailure } from "../../files/file-failure.ts";
import { readTextIfThere } from "../../files/read-if-there.ts";
import { statePaths } from "../../files/state-paths.ts";
import { writeFileAtomic } from "../../files/write-atomic.ts";
import { markUsed } from "../../launcher/own-copy.ts";
import { systemClock } from "../../process/clock.ts";
import { identityOf } from "../../process/identity.ts";
import { Providers, providerTable } from "../../resources/registry.ts";
import type { TendNeeds } from "../../resources/resource.ts";
import { probe } from "../../rollout/probe.ts";
import { auditSigner } from "../../secrets/audit-key.ts";
import { readProjectKey } from "../../secrets/project-key.ts";
import { openStore } from "../../store/open.ts";
import type { Store } from "../../store/store.ts";
import { Agent } from "../agent.ts";
import { agentGone } from "../alerts/alert.ts";
import { AlertDesk } from "../alerts/desk.ts";
import { Outbox } from "../alerts/outbox.ts";
import { Api } from "../api/api.ts";
import { Chronicle } from "../chronicle.ts";
import { Drivers } from "../drivers.ts";
import { GatewayKeeper } from "../gateway-keeper.ts";
import { isOutdated } from "../outdated.ts";
import { AgentLog } from "../runtime/agent-log.ts";
import { OldLinks } from "../runtime/old-links.ts";
import { filesFolder, keepFresh, runtimeFolder, sealingKey } from "../runtime/runtime-folder.ts";
import { spoolPlace } from "../runtime/spool-place.ts";
import { Vault } from "../runtime/vault.ts";
import type { AgentWorld } from "../world.ts";
import { becomeTheOne } from "./become-the-one.ts";
import { isHolderGone, ownHolderName } from "./holder.ts";
import { removeRuntime, restResources, stopIdleGateway } from "./leave.ts";
import { type StatePresence, watchState } from "./state-watch.ts";
import { tellingWhile } from "./telling-while.ts";

/**
 * The agent's process: `main.js <state folder> <version> [<pipe> <project> <checkout>]`. One per project, held by a lock. It ends by itself
 * when there is nothing to look after. Why it cannot start it says in its log and on the pipe (a file descriptor),
 * because the disk may be full.
 */
const [stateFolder = "", version = "", startPipe, project = "", checkout] = process.argv.slice(2);
const paths = statePaths(stateFolder);
const log = new AgentLog(paths.agentLog);
process.title = "tidegate agent";

const lookEveryMs = 250;
/** So often at most it is looked whether previews have ended. */
const previewsEveryMs = 2_000;
/** Who starts the agent gets to ask first what has ended: then it can be told. Milliseconds since the start. */
const firstWordMs = 3_000;
/** How long the agent stays when there is nothing to do. */
const idleMs = 3_000;
/** How often what could not be taken over is tried again, and the runtime folder is marked as used. */
const choresEveryMs = 10_000;

// A bug, or a disk that refuses a line of the log, must not end what looks after production.
process.on("uncaughtException", (error) => log.unexpected(error));
process.on("unhandledRejection", (error) => log.unexpected(error));

const ended = await main().catch((error) =>
  failed(fileFailure(error, stateFolder) ?? unexpectedFailure(error, "The agent")),
);
if (!ended.ok) log.write({ failures: ended.failures });
if (!ended.ok) tellStarter(ended.failures);
process.exit(ended.ok ? exitCodes.done : exitCodes.broken);

async function main(): Promise<Result<void>> {
  const lock = await becomeTheOne(paths);
  if (!lock.ok || lock.value === undefined) return lock.ok ? ok() : lock;
  const runtime = runtimeFolder(stateFolder, process.env);
  if (!runtime.ok) return runtime;
  const key = readProjectKey(join(stateFolder, "key"));
  const opened = await openStore(paths.database, { sign: auditSigner(() => key) });
  if (!opened.ok) return opened;
  const vault = new Vault(paths.sealed, sealingKey(runtime.value));
  log.hide(() => vault.revealed);
  const over = new AbortController();
  const place = {
    stateFolder,
    spools: spoolPlace(runtime.value, vault),
    filesFolder: filesFolder(runtime.value),
    digest: (value: string) => key.digest(value),
    report,
  };
  const drivers = new Drivers(place, (driver) => void driver.tend(report, over.signal).catch(report));
  const local = await drivers.open(localSpec);
  if (!local.ok) return local;
  const old = await isOutdated({ stateFolder, store: opened.value, driver: local.value });
  if (!old.ok) return old;
  if (old.value !== undefined) return failed(old.value);
  const host = {
    project,
    folder: paths.resources,
    snapshots: paths.snapshots,
    derive: (purpose: string) => key.derive(purpose),
  };
  const resources = { host, providers: new Providers(providerTable(checkout === undefined ? [] : [checkout])) };
  const presence = watchState(paths);
  const store = tellingWhile(opened.value, () => presence() !== "taken");
  const desk = new AlertDesk({
    ...{ store, vault, paths, project, report, clock: systemClock, now: systemClock.now },
    outbox: new Outbox(stateFolder),
  });
  await serve(createWorld(store, runtime.value, { vault, drivers, resources, alerts: desk }), {
    desk,
    over,
    presence,
    runtime: runtime.value,
  });
  await opened.value.close();
  lock.value.release();
  return ok();
}

/**
 * How the agent is to go: `quit` leaves everything running, `rest` is for when there is nothing left to run, `taken` leaves
 * everything to the agent that has taken over: it listens at the same socket.
 */
type Going = "quit" | "rest" | "stateReplaced" | "stateGone" | "taken";

interface Presence {
  readonly desk: AlertDesk;
  readonly over: AbortController;
  readonly presence: () => StatePresence;
  readonly runtime: string;
}

const goingFor = { replaced: "stateReplaced", gone: "stateGone", taken: "taken" } as const;

async function serve(world: AgentWorld, { desk, over, presence, runtime }: Presence): Promise<void> {
  let going: Going | undefined;
  const leave = (how: Going) => {
    going ??= how;
    over.abort();
  };
  const isLeaving = () => going !== undefined || presence() !== "there";
  const agent = new Agent(world);
  const api = new Api({ agent, world, version, quit: () => leave("quit"), rest: () => leave("rest"), isLeaving });
  process.once("SIGTERM", () => leave("quit"));
  process.once("SIGINT", () => leave("quit"));
  await agent.recover();
  const tending = tendResources(world, { inUse: () => agent.inUse(), report, signal: over.signal });
  const socket = join(runtime, "agent.sock");
  await listen(api.server, socket);
  // One that leaves takes its record along.
  const left = readTextIfThere(paths.agentRecord, { forgive: "everything" });
  if (left !== undefined && !agent.isIdle()) desk.raise(agentGone(digestOf(left), world.now()));
  writeFileAtomic(paths.agentRecord, JSON.stringify({ v: 1, ...identityOf(process.pid), socket, version }));
  tellStarter();
  void desk.tend(() => agent.down(), over.signal).catch(report);
  void world.gateway.tend(() => !agent.isIdle(), over.signal);

  const oldLinks = new OldLinks(stateFolder);
  let idleSince = world.now();
  let choresAt = 0;
  const tendPreviews = oneAtATime(agent, over.signal);
  while (going === undefined) {
    const state = presence();
    if (state !== "there") leave(goingFor[state]);
    if (!agent.isIdle() || !api.isQuiet || desk.isBusy) idleSince = world.now();
    if (world.now() - idleSince > idleMs) leave("rest");
    oldLinks.keep();
    if (world.now() - choresAt > choresEveryMs) {
      choresAt = world.now();
      oldLinks.tidy();
      keepFresh(runtime);
      markUsed(import.meta.dirname);
      await agent.recoverLeft().catch(log.unexpected);
      agent.backUpDue();
    }
    tendPreviews();
    await wait(lookEveryMs, undefined, { signal: over.signal }).catch(() => {});
  }
  if (going === "taken") {
    // Closing would remove the socket, which is the other one's.
    log.write({ leaving: going });
    return agent.letGo();
  }
  api.server.close();
  await go(going as Going, { world, agent, runtime, tending });
  api.server.closeAllConnections();
}

/** What resources need runs as long as the agent lives. Resolves when nothing of that goes on any more. */
async function tendResources({ resources: { host, providers } }: AgentWorld, needs: TendNeeds): Promise<void> {
  await Promise.all(providers.all().map((provider) => provider.tend?.(host, needs).catch(needs.report)));
}

/** Ends previews whose time is over, now and then. Nothing waits for it: what they have may take minutes to destroy. */
function oneAtATime(agent: Agent, signal: AbortSignal): () => void {
  let next = firstWordMs;
  let isUnderWay = false;
  return () => {
    if (isUnderWay || performance.now() < next || signal.aborted) return;
    isUnderWay = true;
    agent
      .tendPreviews()
      .catch(log.unexpected)
      .finally(() => {
        isUnderWay = false;
        next = performance.now() + previewsEveryMs;
      });
  };
}

interface Goer {
  readonly world: AgentWorld;
  readonly agent: Agent;
  readonly runtime: string;
  /** Ends soon after the agent was told to go. */
  readonly tending: Promise<void>;
}

async function go(how: Going, { world, agent, runtime, tending }: Goer): Promise<void> {
  // What serves goes on serving, whatever became of the folder; only nobody looks after it any more.
  if (how !== "stateGone") log.write({ leaving: how });
  if (how === "rest") await stopIdleGateway(world);
  // A server that is being looked after just now could not be ended.
  if (how === "rest") await tending.then(() => restResources(world));
  agent.letGo();
  if (how !== "stateGone") rmSync(paths.agentRecord, { force: true });
  if (how === "rest") await removeRuntime(world, runtime);
  if (how === "stateGone") removeEmptyFolders(paths.folder);
}

/**
 * What looking after processes has made of a folder that somebody had removed. Nothing but empty folders: whoever
 * removed it may be putting it back at this moment.
 */
function removeEmptyFolders(folder: string): void {
  try {
    for (const entry of readdirSync(folder, { withFileTypes: true }))
      if (entry.isDirectory()) removeEmptyFolders(join(folder, entry.name));
    rmdirSync(folder);
  } catch {
    // It is not empty, or not there.
  }
}

async function listen(server: Server, socket: string): Promise<void> {
  rmSync(socket, { force: true });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject).listen(socket, resolve);
  await promise;
  server.off("error", reject).on("error", log.unexpected);
  chmodSync(socket, 0o600);
}

function createWorld(
  store: Store,
  runtime: string,
  own: Pick<AgentWorld, "vault" | "drivers" | "resources" | "alerts">,
): AgentWorld {
  const gatewayPlace = {
    stateFolder: paths.gateway,
    controlSocketPath: join(runtime, "gateway.sock"),
    logFile: paths.gatewayLog,
  };
  return {
    ...own,
    chronicle: new Chronicle({ store, project, report }),
    holder: ownHolderName(),
    isGone: isHolderGone,
    paths,
    store,
    blobs: new DiskBlobStore(paths.blobs),
    gateway: new GatewayKeeper(gatewayPlace, (event) => log.write({ event }), Date.now),
    probe,
    clock: systemClock,
    now: systemClock.now,
    report,
  };
}

function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

function report(problem: unknown): void {
  if (problem instanceof Error) log.unexpected(problem);
  else log.write({ problem });
}

/** Says to whoever started this why it failed, if it did; closes the pipe. */
function tellStarter(failures?: readonly Failure[]): void {
  if (startPipe === undefined) return;
  try {
    if (failures !== undefined) writeSync(Number(startPipe), JSON.stringify({ failures }));
    closeSync(Number(startPipe));
  } catch {
    // It has gone.
  }
}
