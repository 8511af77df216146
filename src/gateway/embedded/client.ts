import { setTimeout as wait } from "node:timers/promises";
import { failed, ok, type Result } from "../../errors/result.ts";
import { identityOf, isAlive } from "../../process/identity.ts";
import type { Gateway } from "../gateway.ts";
import { callControl, stopOlder } from "./control/call.ts";
import { twinSocket } from "./twin/place.ts";

export { type GatewayProcess, startGateway } from "./start.ts";

/** The embedded gateway, reached through its control socket. It need not run: calls fail with `gateway-unreachable`. */
export interface EmbeddedGateway extends Gateway {
  /**
   * Ends the process: it frees its addresses at once, gives requests under way `limitMs` to finish, and exits.
   * Resolves once it has ended. Stopping what does not run is a success.
   */
  stop(limitMs?: number): Promise<Result<void>>;
}

const answerMs = 15_000;
const stopMs = 10_000;

/** A handle on the gateway behind a control socket (its path: at most about 100 bytes). Holds nothing open. */
export function embeddedGateway(controlSocketPath: string): EmbeddedGateway {
  return {
    apply: (routes) => callControl(controlSocketPath, "apply", { routes }, answerMs),
    remove: (environment, token) => callControl(controlSocketPath, "remove", { environment, token }, answerMs),
    async observe() {
      const observed = await callControl(controlSocketPath, "observe", {}, answerMs);
      if (observed.ok) return observed;
      // While the first process is dead the second one serves, with the same tables.
      const other = await callControl(twinSocket(controlSocketPath), "observe", {}, answerMs);
      return other.ok ? other : observed;
    },
    drain: (instances, limitMs, environment) => {
      const call = { instances, limitMs, environment };
      return callControl(controlSocketPath, "drain", call, limitMs + answerMs);
    },
    stop: async (limitMs = stopMs) => {
      const stopped = await stop(controlSocketPath, limitMs);
      // The first one ends the second; one whose first is dead is still there.
      return stopped.ok ? stop(twinSocket(controlSocketPath), limitMs) : stopped;
    },
  };
}

async function stop(controlSocketPath: string, limitMs: number): Promise<Result<void>> {
  const observed = await callControl(controlSocketPath, "observe", {}, answerMs);
  if (!observed.ok && isGone(observed.failures[0]?.cause)) return ok();
  const pid = observed.ok ? observed.value.processes[0]?.pid : await stopOlder(controlSocketPath, limitMs);
  if (!observed.ok && pid === undefined) return observed;
  const identity = identityOf(pid ?? 0);
  // The answer does not matter: a process that is ending may not get round to it.
  await callControl(controlSocketPath, "stop", { limitMs }, answerMs);
  const deadline = performance.now() + limitMs + answerMs;
  while (identity !== undefined && isAlive(identity)) {
    if (performance.now() > deadline) return failed(stillRuns(identity.pid));
    await wait(20);
  }
  return ok();
}

function isGone(cause: string | undefined): boolean {
  return cause !== undefined && /ENOENT|ECONNREFUSED/.test(cause);
}

function stillRuns(pid: number) {
  return {
    code: "gateway-unreachable",
    message: "The gateway does not stop",
    cause: `Process ${pid} still runs.`,
    hint: `End it: kill -9 ${pid}`,
  } as const;
}
