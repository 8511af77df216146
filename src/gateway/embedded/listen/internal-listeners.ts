import type { Failure } from "../../../errors/failure.ts";
import { failed, ok, type Result } from "../../../errors/result.ts";
import type { EnvironmentRoutes } from "../../gateway.ts";
import type { Limits } from "../balance/limits.ts";
import type { LiveTable } from "../balance/routing.ts";
import { Listener } from "./listener.ts";
import { closeLimitMs } from "./listeners.ts";
import { isFreeBut, portOwner, showOwner } from "./port-owner.ts";

/** Whom an internal route leads to. */
export interface Callee {
  readonly environment: string;
  readonly service: string;
  readonly deployment: number;
}

/** Only this machine's processes can call. */
export const internalHost = "127.0.0.1";

/** The addresses that services call others at, one for each service of a deployment. */
export class InternalListeners {
  readonly #limits: Limits;
  readonly #open = new Map<string, { readonly listener: Listener; readonly port: number }>();

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /**
   * Listens, and resolves with the port: `kept`, or without it one that is free. A success when it does already.
   * Nothing is served before `route`. Fails with `port-in-use` when somebody else has the kept one.
   */
  async open(callee: Callee, kept: number | undefined): Promise<Result<number>> {
    const key = keyOf(callee);
    const known = this.#open.get(key);
    if (known !== undefined) return ok(known.port);
    const { sharesPortsWith } = this.#limits;
    const isTaken =
      kept !== undefined && sharesPortsWith !== undefined && !(await isFreeBut(internalHost, kept, sharesPortsWith));
    if (isTaken) return failed(await listenFailure(callee, kept, Object.assign(new Error(), { code: "EADDRINUSE" })));
    const listener = new Listener(this.#limits, true);
    try {
      const port = await listener.listen(internalHost, kept ?? 0);
      this.#open.set(key, { listener, port });
      return ok(port);
    } catch (error) {
      return failed(await listenFailure(callee, kept, error as NodeJS.ErrnoException));
    }
  }

  isOpen(callee: Callee): boolean {
    return this.#open.has(keyOf(callee));
  }

  /** Serves exactly these from now on; addresses that none of them has are given up. */
  route(environments: Iterable<{ readonly table: EnvironmentRoutes; readonly live: LiveTable }>): void {
    const unwanted = new Map(this.#open);
    for (const { table, live } of environments)
      for (const [index, { service, deployment }] of table.internal.entries()) {
        const key = keyOf({ environment: table.environment, service, deployment });
        const site = { routes: live.internal.slice(index, index + 1) };
        this.#open.get(key)?.listener.route(() => site);
        unwanted.delete(key);
      }
    for (const [key, { listener }] of unwanted) {
      this.#open.delete(key);
      void listener.close(closeLimitMs);
    }
  }

  /** Frees every address at once; resolves when the requests under way are over or the limit ends them. */
  async closeAll(limitMs: number): Promise<void> {
    const listeners = [...this.#open.values()];
    this.#open.clear();
    await Promise.all(listeners.map(({ listener }) => listener.close(limitMs)));
  }
}

function keyOf({ environment, service, deployment }: Callee): string {
  return `${environment}\0${service}\0${deployment}`;
}

async function listenFailure(
  { service, deployment }: Callee,
  kept: number | undefined,
  error: NodeJS.ErrnoException,
): Promise<Failure> {
  const message = `The gateway cannot listen for calls to ${service} of deployment ${deployment}`;
  if (kept === undefined || error.code !== "EADDRINUSE")
    return { code: "bad-arguments", message, cause: error.message };
  const owner = await portOwner(kept);
  const who = owner === undefined ? "somebody else" : showOwner(owner);
  return {
    code: "port-in-use",
    message,
    cause: `What listens on ${internalHost}:${kept}, which the services that call it were told, is ${who}.`,
    hint: "Stop the process that has the port: the gateway takes it again by itself. Or deploy again: that gives new addresses.",
  };
}
