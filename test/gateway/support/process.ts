import { join } from "node:path";
import { type EmbeddedGateway, embeddedGateway, startGateway } from "../../../src/gateway/embedded/client.ts";
import { canHaveTwin } from "../../../src/gateway/embedded/twin/place.ts";
import { identityOf, isAlive, type ProcessIdentity } from "../../../src/process/identity.ts";
import { eventually } from "./client.ts";
import { temporaryFolder } from "./switchboard.ts";

/** A gateway process of the test's own, and where it keeps its things. */
export interface GatewayProcessUnderTest extends AsyncDisposable {
  readonly gateway: EmbeddedGateway;
  readonly folder: string;
  readonly place: { readonly stateFolder: string; readonly controlSocketPath: string; readonly logFile: string };
  readonly identity: ProcessIdentity;
  /** Resolves with its processes once there are as many as the system allows, and all of them count. */
  whole(): Promise<number[]>;
  /** Ends the first process as a crash would. */
  kill(): Promise<void>;
  /** The same with all of its processes. */
  killAll(): Promise<void>;
  /** Starts it again on what it left behind. */
  restart(): Promise<ProcessIdentity>;
}

export async function startGatewayProcess(): Promise<GatewayProcessUnderTest> {
  const folder = temporaryFolder();
  const place = {
    stateFolder: join(folder.path, "tables"),
    controlSocketPath: join(folder.path, "control.sock"),
    logFile: join(folder.path, "gateway.log"),
  };
  const gateway = embeddedGateway(place.controlSocketPath);
  let identity = await start(place);
  const whole = async (): Promise<number[]> => {
    let pids: number[] = [];
    await eventually(async () => {
      const observed = await gateway.observe();
      pids = observed.ok ? observed.value.processes.map(({ pid }) => pid) : [];
      return pids.length === (canHaveTwin ? 2 : 1);
    });
    return pids;
  };
  return {
    gateway,
    folder: folder.path,
    place,
    get identity() {
      return identity;
    },
    whole,
    async kill() {
      process.kill(identity.pid, "SIGKILL");
      await eventually(() => !isAlive(identity));
    },
    async killAll() {
      const all = (await whole()).map((pid) => identityOf(pid));
      for (const one of all) if (one !== undefined) process.kill(one.pid, "SIGKILL");
      await eventually(() => !all.some((one) => one !== undefined && isAlive(one)));
    },
    async restart() {
      identity = await start(place);
      return identity;
    },
    async [Symbol.asyncDispose]() {
      await gateway.stop(0);
      if (isAlive(identity)) process.kill(identity.pid, "SIGKILL");
      await eventually(() => !isAlive(identity));
      folder[Symbol.dispose]();
    },
  };
}

async function start(place: Parameters<typeof startGateway>[0]): Promise<ProcessIdentity> {
  const started = await startGateway(place);
  if (!started.ok) throw new Error(JSON.stringify(started.failures));
  return started.value;
}
