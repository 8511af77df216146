import type { Failure } from "../../../errors/failure.ts";
import { failed, ok, type Result } from "../../../errors/result.ts";
import type { EnvironmentRoutes } from "../../gateway.ts";
import { networkSet } from "../../networks.ts";
import type { Limits } from "../balance/limits.ts";
import type { LiveTable } from "../balance/routing.ts";
import { hostOf } from "../proxy/authority.ts";
import { Listener, type Site } from "./listener.ts";
import { isFreeBut, portOwner, showOwner } from "./port-owner.ts";

type Address = EnvironmentRoutes["listen"];

/** How long requests may go on at an address that nobody needs any more. */
export const closeLimitMs = 600_000;

/** The public addresses that are listened on. */
export class Listeners {
  readonly #limits: Limits;
  readonly #open = new Map<string, Listener>();

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** Listens there; nothing is served before `route`. A success when it does already. */
  async open(address: Address): Promise<Result<void>> {
    const key = keyOf(address);
    if (this.#open.has(key)) return ok();
    const { sharesPortsWith } = this.#limits;
    if (sharesPortsWith !== undefined && !(await isFreeBut(address.host, address.port, sharesPortsWith)))
      return failed(await portInUse(address));
    const listener = new Listener(this.#limits);
    try {
      await listener.listen(address.host, address.port);
    } catch (error) {
      return failed(await listenFailure(address, error as NodeJS.ErrnoException));
    }
    this.#open.set(key, listener);
    return ok();
  }

  isOpen(address: Address): boolean {
    return this.#open.has(keyOf(address));
  }

  /** Serves exactly these environments from now on; addresses that none of them has are given up. */
  route(environments: Iterable<{ readonly table: EnvironmentRoutes; readonly live: LiveTable }>): void {
    const hosts = new Map<string, Map<string, Site>>();
    for (const { table, live } of environments) {
      const key = keyOf(table.listen);
      const there = hosts.get(key) ?? new Map<string, Site>();
      const trusts = table.trustProxies === undefined ? {} : { trusts: networkSet(table.trustProxies) };
      for (const [written, routes] of live.hosts) {
        // In the form that the hosts of requests are brought into.
        const host = hostOf(written) ?? written;
        if (!there.has(host)) there.set(host, { routes, ...trusts });
      }
      hosts.set(key, there);
    }
    for (const [key, listener] of this.#open) {
      const there = hosts.get(key);
      if (there !== undefined) listener.route((host) => there.get(host));
      else void this.#close(key, listener, closeLimitMs);
    }
  }

  /** Frees every address at once; resolves when the requests under way are over or the limit ends them. */
  async closeAll(limitMs: number): Promise<void> {
    await Promise.all([...this.#open].map(([key, listener]) => this.#close(key, listener, limitMs)));
  }

  #close(key: string, listener: Listener, limitMs: number): Promise<void> {
    this.#open.delete(key);
    return listener.close(limitMs);
  }
}

function keyOf(address: Address): string {
  return `${address.host}|${address.port}`;
}

async function listenFailure(address: Address, error: NodeJS.ErrnoException): Promise<Failure> {
  const where = `${address.host}:${address.port}`;
  if (error.code === "EADDRINUSE") return portInUse(address);
  return {
    code: error.code === "EACCES" ? "not-writable" : "bad-arguments",
    message: `The gateway cannot listen on ${where}`,
    cause: error.message,
    hint: "Give the environment an address that this user may listen on, such as http://127.0.0.1:8080.",
  };
}

async function portInUse({ host, port }: Address): Promise<Failure> {
  const owner = await portOwner(port);
  const isOwn = owner?.pid === process.pid;
  const failure: Failure = {
    code: "port-in-use",
    message: `Port ${port} on ${host} is in use`,
    hint: isOwn
      ? `Use the same address for all environments on port ${port}.`
      : `Stop the process that has the port, or give the environment another one: local({ url: "http://…:${port + 1}" }).`,
  };
  if (owner === undefined) return failure;
  const who = isOwn ? "this gateway" : showOwner(owner);
  return { ...failure, cause: `What listens on port ${port} is ${who}, possibly on another address of this machine` };
}
