import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { DiskBlobStore } from "../blobs/disk/disk-blob-store.ts";
import { localDriver } from "../drivers/local/local-driver.ts";
import type { Event } from "../events/event.ts";
import { type StatePaths, statePaths } from "../files/state-paths.ts";
import { writeFileAtomic } from "../files/write-atomic.ts";
import { identityOf, isAlive, type ProcessIdentity } from "../process/identity.ts";
import { probe } from "../rollout/probe.ts";
import { openSqliteStore } from "../store/sqlite/open.ts";
import type { Store } from "../store/store.ts";
import { Agent } from "./agent.ts";
import { createApi } from "./api.ts";
import { GatewayKeeper } from "./gateway-keeper.ts";
import { takeLock } from "./lock.ts";
import { sealingKey } from "./runtime-folder.ts";
import { Vault } from "./vault.ts";
import type { AgentWorld } from "./world.ts";

/**
 * The agent's process: `main.js <state folder> <runtime folder> <version>`. One per project, held by a lock. It ends
 * by itself when there is nothing to look after. Its own output is its log.
 */
const [stateFolder = "", runtime = "", version = ""] = process.argv.slice(2);
const paths = statePaths(stateFolder);
process.title = "tidegate agent";

/** How long the agent stays when there is nothing to do. */
const idleMs = 3_000;

await main();

async function main(): Promise<void> {
  const lock = takeLock(paths.agentLock);
  if (lock === undefined) return;
  const opened = await openSqliteStore(paths.database);
  if (!opened.ok) {
    log({ failures: opened.failures });
    process.exitCode = 4;
    return lock.close();
  }
  const world = createWorld(opened.value);
  const agent = new Agent(world);
  const socket = join(runtime, "agent.sock");
  const over = new AbortController();
  const quit = () => over.abort();
  rmSync(socket, { force: true });
  const server = createApi({ agent, world, version, quit }).listen(socket);
  await new Promise((resolve) => server.once("listening", resolve));
  writeFileAtomic(paths.agentRecord, JSON.stringify({ ...identityOf(process.pid), socket, version }));
  process.once("SIGTERM", quit);
  process.once("SIGINT", quit);
  await agent.recover(logEvent);
  void world.gateway.tend(() => agent.needsGateway(), over.signal);
  await untilIdle(agent, over.signal);

  if (agent.isIdle() && !over.signal.aborted) await world.gateway.stop();
  over.abort();
  agent.letGo();
  server.close();
  server.closeAllConnections();
  rmSync(paths.agentRecord, { force: true });
  await world.store.close();
  lock.close();
  process.exit();
}

function createWorld(store: Store): AgentWorld {
  const gatewayPlace = {
    stateFolder: paths.gateway,
    controlSocketPath: join(runtime, "gateway.sock"),
    logFile: paths.gatewayLog,
  };
  return {
    holder: JSON.stringify(identityOf(process.pid)),
    isGone: (holder) => !isAlive(JSON.parse(holder) as ProcessIdentity),
    paths,
    store,
    blobs: new DiskBlobStore(paths.blobs),
    driver: localDriver({ stateFolder }),
    gateway: new GatewayKeeper(gatewayPlace, logEvent),
    vault: new Vault(paths.sealed, sealingKey(runtime)),
    probe,
    now: Date.now,
  };
}

/** Resolves when told to quit, when nothing has needed the agent for a while, or when its state is gone. */
async function untilIdle(agent: Agent, over: AbortSignal): Promise<void> {
  let idleSince = Date.now();
  while (!over.aborted) {
    if (!agent.isIdle()) idleSince = Date.now();
    if (Date.now() - idleSince > idleMs) return;
    if (stateIsGone(paths)) return log({ message: "the state folder is gone" });
    await wait(250, undefined, { signal: over }).catch(() => {});
  }
}

function stateIsGone({ database }: StatePaths): boolean {
  return !existsSync(database);
}

function logEvent(event: Event): void {
  log({ event });
}

function log(what: object): void {
  process.stdout.write(`${JSON.stringify({ at: new Date().toISOString(), ...what })}\n`);
}
