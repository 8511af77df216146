import { isDeepStrictEqual } from "node:util";
import * as v from "valibot";
import { describeIssues } from "../../errors/describe-issues.ts";
import type { Failure } from "../../errors/failure.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import type { EnvironmentRoutes, Gateway, GatewayObservation } from "../gateway.ts";
import { defaultLimits, type Limits } from "./balance/limits.ts";
import type { LiveRoute } from "./balance/routing.ts";
import { Upstreams } from "./balance/upstreams.ts";
import { Listeners } from "./listen/listeners.ts";
import { environmentRoutes } from "./tables/schema.ts";
import { TableFiles } from "./tables/table-files.ts";

/** How often an address that was taken when the gateway started is tried again. */
const retryMs = 1_000;

interface InForce {
  readonly table: EnvironmentRoutes;
  readonly routes: readonly LiveRoute[];
}

/** The gateway itself: the tables in force, in memory and on disk, and what is served from them. */
export class Switchboard implements Gateway {
  readonly #files: TableFiles;
  readonly #listeners: Listeners;
  readonly #upstreams: Upstreams;
  readonly #inForce = new Map<string, InForce>();
  /** The highest token seen per environment, those that were removed included. */
  readonly #tokens = new Map<string, number>();
  readonly #problems = new Map<string, Failure>();
  /** Changes happen one after the other. */
  #changes: Promise<unknown> = Promise.resolve();
  readonly #chores: NodeJS.Timeout;

  private constructor(stateFolder: string, limits: Limits) {
    this.#files = new TableFiles(stateFolder);
    this.#listeners = new Listeners(limits);
    this.#upstreams = new Upstreams(limits);
    this.#chores = setInterval(() => this.#doChores(), retryMs).unref();
  }

  /** Serves the tables found in the folder. What cannot be read or listened on is reported in `observe`. */
  static async open(stateFolder: string, limits: Limits = defaultLimits): Promise<Switchboard> {
    const switchboard = new Switchboard(stateFolder, limits);
    await switchboard.#restore();
    return switchboard;
  }

  apply(routes: EnvironmentRoutes): Promise<Result<void>> {
    return this.#inTurn(() => this.#apply(routes));
  }

  remove(environment: string, token: number): Promise<Result<void>> {
    return this.#inTurn(async () => this.#remove(environment, token));
  }

  async observe(): Promise<Result<GatewayObservation>> {
    const environments = [...this.#inForce.values()].map(({ table }) => table);
    const problems = [...this.#problems].map(([environment, failure]) => ({ ...failure, environment }));
    const observation = { pid: process.pid, environments, instances: this.#upstreams.traffic.snapshot() };
    return ok(problems.length === 0 ? observation : { ...observation, problems });
  }

  async drain(
    instances: readonly string[],
    limitMs: number,
    environment?: string,
    signal?: AbortSignal,
  ): Promise<Result<{ readonly left: number }>> {
    const wanted = new Set(instances);
    const left = await this.#upstreams.traffic.quiet(
      (traffic) => wanted.has(traffic.instance) && (environment ?? traffic.environment) === traffic.environment,
      limitMs,
      signal,
    );
    return ok({ left });
  }

  /** Frees all addresses at once; resolves when what was under way is over, or the limit ended it. */
  async close(limitMs: number): Promise<void> {
    clearInterval(this.#chores);
    const closed = this.#listeners.closeAll(limitMs);
    await closed;
    for (const environment of this.#inForce.keys()) this.#upstreams.remove(environment);
  }

  async #restore(): Promise<void> {
    const { tables, problems } = this.#files.readAll();
    for (const [environment, problem] of problems) this.#problems.set(environment, problem);
    for (const table of tables) {
      const opened = await this.#listeners.open(table.listen);
      if (!opened.ok) this.#problems.set(table.environment, opened.failures[0] as Failure);
      this.#enforce(table);
    }
  }

  async #apply(routes: EnvironmentRoutes): Promise<Result<void>> {
    const parsed = v.safeParse(environmentRoutes, routes);
    if (!parsed.success) return failed(invalid(describeIssues(parsed.issues)));
    const table = parsed.output;
    const refused = this.#staleness(table.environment, table.token) ?? this.#hostConflict(table);
    if (refused !== undefined) return failed(refused);
    const wasOpen = this.#listeners.isOpen(table.listen);
    const opened = await this.#listeners.open(table.listen);
    if (!opened.ok) return opened;
    if (wasOpen && isDeepStrictEqual(this.#inForce.get(table.environment)?.table, table)) return ok();
    const written = this.#files.write(table);
    if (written.ok) this.#enforce(table);
    // Also after a failure: an address that was opened in vain is given up again.
    this.#listeners.route(this.#inForce.values());
    if (written.ok) this.#problems.delete(table.environment);
    return written;
  }

  #remove(environment: string, token: number): Result<void> {
    const stale = this.#staleness(environment, token);
    if (stale !== undefined) return failed(stale);
    const removed = this.#files.remove(environment);
    if (!removed.ok) return removed;
    this.#tokens.set(environment, token);
    this.#inForce.delete(environment);
    this.#problems.delete(environment);
    this.#listeners.route(this.#inForce.values());
    this.#upstreams.remove(environment);
    return ok();
  }

  /** From here on, within this turn of the event loop, requests follow the table. */
  #enforce(table: EnvironmentRoutes): void {
    this.#tokens.set(table.environment, table.token);
    this.#inForce.set(table.environment, { table, routes: this.#upstreams.replace(table) });
    this.#listeners.route(this.#inForce.values());
  }

  #staleness(environment: string, token: number): Failure | undefined {
    const known = this.#tokens.get(environment);
    if (known === undefined || token >= known) return undefined;
    return {
      code: "stale-writer",
      message: `Another writer took over the routes of ${environment}`,
      cause: `The gateway follows token ${known}; the change came with token ${token}.`,
      hint: `See what is deployed now: tidegate status ${environment}`,
    };
  }

  #hostConflict(table: EnvironmentRoutes): Failure | undefined {
    const { host, port } = table.listen;
    for (const { table: other } of this.#inForce.values()) {
      if (other.environment === table.environment || other.listen.host !== host || other.listen.port !== port) continue;
      const shared = table.hosts.find((name) => other.hosts.includes(name));
      if (shared === undefined) continue;
      return {
        code: "port-in-use",
        message: `http://${shared}:${port} belongs to the environment ${other.environment}`,
        hint: "Give each environment a host name of its own, or another port.",
      };
    }
    return undefined;
  }

  #doChores(): void {
    this.#upstreams.sweep(performance.now());
    for (const { table } of this.#inForce.values())
      if (!this.#listeners.isOpen(table.listen)) void this.#inTurn(() => this.#openLate(table));
  }

  async #openLate(table: EnvironmentRoutes): Promise<Result<void>> {
    if (this.#inForce.get(table.environment)?.table !== table) return ok();
    const opened = await this.#listeners.open(table.listen);
    if (opened.ok) {
      this.#problems.delete(table.environment);
      this.#listeners.route(this.#inForce.values());
    }
    return opened;
  }

  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const result = this.#changes.then(change);
    this.#changes = result.catch(() => {});
    return result;
  }
}

function invalid(cause: string): Failure {
  return { code: "bad-arguments", message: "The routes are not valid", cause };
}
