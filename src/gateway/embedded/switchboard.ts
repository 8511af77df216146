import { isDeepStrictEqual } from "node:util";
import * as v from "valibot";
import { describeIssues } from "../../errors/describe-issues.ts";
import type { Failure } from "../../errors/failure.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import type { Applied, EnvironmentRoutes, Gateway, GatewayObservation, GatewayProblem } from "../gateway.ts";
import { defaultLimits, type Limits } from "./balance/limits.ts";
import type { LiveTable } from "./balance/routing.ts";
import { Upstreams } from "./balance/upstreams.ts";
import { InternalListeners, internalHost } from "./listen/internal-listeners.ts";
import { Listeners } from "./listen/listeners.ts";
import { environmentRoutes } from "./tables/schema.ts";
import type { InternalPort } from "./tables/stored-table.ts";
import { TableFiles } from "./tables/table-files.ts";

/** How often an address that was taken when the gateway started is tried again. */
const retryMs = 1_000;

interface InForce {
  readonly table: EnvironmentRoutes;
  /** Of each of its internal routes, in their order. */
  readonly ports: readonly InternalPort[];
  readonly live: LiveTable;
}

/** The gateway itself: the tables in force, in memory and on disk, and what is served from them. */
export class Switchboard implements Gateway {
  readonly #files: TableFiles;
  readonly #listeners: Listeners;
  readonly #internal: InternalListeners;
  readonly #upstreams: Upstreams;
  readonly #since = Date.now();
  readonly #inForce = new Map<string, InForce>();
  /** The highest token seen per environment, those that were removed included. */
  readonly #tokens = new Map<string, number>();
  readonly #problems = new Map<string, readonly GatewayProblem[]>();
  /** Changes happen one after the other. */
  #changes: Promise<unknown> = Promise.resolve();
  readonly #chores: NodeJS.Timeout;

  private constructor(stateFolder: string, limits: Limits) {
    this.#files = new TableFiles(stateFolder);
    this.#listeners = new Listeners(limits);
    this.#internal = new InternalListeners(limits);
    this.#upstreams = new Upstreams(limits, this.#since);
    this.#chores = setInterval(() => this.#doChores(), retryMs).unref();
  }

  /** Serves the tables found in the folder. What cannot be read or listened on is reported in `observe`. */
  static async open(stateFolder: string, limits: Limits = defaultLimits): Promise<Switchboard> {
    const switchboard = new Switchboard(stateFolder, limits);
    await switchboard.#restore();
    return switchboard;
  }

  /** `told`: where the other process has the internal routes, for those that are new here. */
  apply(routes: EnvironmentRoutes, told: Applied["internal"] = []): Promise<Result<Applied>> {
    return this.#inTurn(() => this.#apply(routes, told));
  }

  /** Whether any request could reach an instance. */
  get serves(): boolean {
    const tables = [...this.#inForce.values()].map(({ table }) => table);
    const behind = tables.flatMap(({ routes, internal }) => [...routes.flatMap(({ pools }) => pools), ...internal]);
    return behind.some(({ backends }) => backends.length > 0);
  }

  tableOf(environment: string): EnvironmentRoutes | undefined {
    return this.#inForce.get(environment)?.table;
  }

  internalOf(environment: string): Applied["internal"] {
    return addressesOf(this.#inForce.get(environment)?.ports ?? []);
  }

  remove(environment: string, token: number): Promise<Result<void>> {
    return this.#inTurn(async () => this.#remove(environment, token));
  }

  async observe(): Promise<Result<GatewayObservation>> {
    const problems = [...[...this.#problems.values()].flat(), ...this.#unkept()];
    const substitutes = this.#upstreams.traffic.substitutes();
    return ok({
      processes: [{ pid: process.pid, since: this.#since }],
      environments: [...this.#inForce.values()].map(({ table }) => table),
      removed: [...this.#tokens]
        .filter(([environment]) => !this.#inForce.has(environment))
        .map(([environment, token]) => ({ environment, token })),
      instances: this.#upstreams.traffic.snapshot(),
      ...(problems.length === 0 ? {} : { problems }),
      ...(substitutes.length === 0 ? {} : { substitutes }),
    });
  }

  async drain(
    instances: readonly string[],
    limitMs: number,
    environment?: string,
    signal?: AbortSignal,
  ): Promise<Result<{ readonly left: number }>> {
    const wanted = new Set(instances);
    const left = await this.#upstreams.traffic.quiet(
      ({ of }) => wanted.has(of.instance) && (environment ?? of.environment) === of.environment,
      limitMs,
      signal,
    );
    return ok({ left });
  }

  /** Frees all addresses at once; resolves when what was under way is over, or the limit ended it. */
  async close(limitMs: number): Promise<void> {
    clearInterval(this.#chores);
    await Promise.all([this.#listeners.closeAll(limitMs), this.#internal.closeAll(limitMs)]);
    for (const environment of this.#inForce.keys()) this.#upstreams.remove(environment);
  }

  async #restore(): Promise<void> {
    const { stored, problems, tokens } = this.#files.readAll();
    for (const [environment, token] of tokens) this.#tokens.set(environment, token);
    for (const [environment, problem] of problems) this.#tell(environment, "table", problem);
    for (const { environment, token, table, ports } of stored) {
      this.#tokens.set(environment, token);
      if (table !== undefined) await this.#openLate(table, ports);
      if (table !== undefined) this.#enforce(table, ports);
    }
  }

  async #apply(routes: EnvironmentRoutes, told: Applied["internal"]): Promise<Result<Applied>> {
    const parsed = v.safeParse(environmentRoutes, routes);
    if (!parsed.success) return failed(invalid(describeIssues(parsed.issues)));
    const table = parsed.output;
    const refused = this.#staleness(table.environment, table.token) ?? this.#hostConflict(table);
    if (refused !== undefined) return failed(refused);
    const done = await this.#follow(table, told);
    // Also after a failure: an address that was opened in vain is given up again.
    this.#route();
    return done;
  }

  async #follow(table: EnvironmentRoutes, told: Applied["internal"]): Promise<Result<Applied>> {
    const { environment, token } = table;
    const before = this.#inForce.get(environment);
    const opened = await this.#listeners.open(table.listen);
    if (!opened.ok) return opened;
    const ports = await this.#openInternal(table, [...told.map(portIn), ...(before?.ports ?? [])]);
    if (!ports.ok) return ports;
    if (!isDeepStrictEqual(before?.table, table) || this.#files.check(environment) !== undefined) {
      const written = this.#files.write({ environment, token, table, ports: ports.value });
      if (!written.ok) return written;
      this.#enforce(table, ports.value);
    }
    this.#tell(environment, "table");
    this.#tell(environment, "listen");
    return ok({ internal: addressesOf(ports.value) });
  }

  #remove(environment: string, token: number): Result<void> {
    const stale = this.#staleness(environment, token);
    if (stale !== undefined) return failed(stale);
    const removed = this.#files.write({ environment, token, ports: [] });
    if (!removed.ok) return removed;
    this.#tokens.set(environment, token);
    this.#inForce.delete(environment);
    this.#problems.delete(environment);
    this.#route();
    this.#upstreams.remove(environment);
    return ok();
  }

  /**
   * Ports of internal routes that are in force are kept whatever happens: services that run were told them. One that
   * somebody else has is a problem, but no reason to refuse a table: the next deployment has other addresses.
   */
  async #openInternal(table: EnvironmentRoutes, kept: readonly InternalPort[]): Promise<Result<InternalPort[]>> {
    const ports: InternalPort[] = [];
    const problems: Failure[] = [];
    for (const { service, deployment } of table.internal) {
      const port = kept.find((one) => one.service === service && one.deployment === deployment)?.port;
      const opened = await this.#internal.open({ environment: table.environment, service, deployment }, port);
      if (!opened.ok && port === undefined) return opened;
      if (!opened.ok) problems.push(...opened.failures);
      ports.push({ service, deployment, port: opened.ok ? opened.value : (port as number) });
    }
    this.#tell(table.environment, "internal", ...problems);
    return ok(ports);
  }

  /** From here on, within this turn of the event loop, requests follow the table. */
  #enforce(table: EnvironmentRoutes, ports: readonly InternalPort[]): void {
    this.#tokens.set(table.environment, table.token);
    this.#inForce.set(table.environment, { table, ports, live: this.#upstreams.replace(table) });
    this.#route();
  }

  #route(): void {
    this.#listeners.route(this.#inForce.values());
    this.#internal.route(this.#inForce.values());
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
    const wanted = hostsOf(table);
    for (const { table: other } of this.#inForce.values()) {
      if (other.environment === table.environment || other.listen.host !== host || other.listen.port !== port) continue;
      const shared = hostsOf(other).find((name) => wanted.includes(name));
      if (shared === undefined) continue;
      return {
        code: "port-in-use",
        message: `http://${shared}:${port} belongs to the environment ${other.environment}`,
        hint: "Give each environment its own host name, or another port.",
      };
    }
    return undefined;
  }

  /** What is now known of an environment in this respect, in place of what was: nothing, when all is well. */
  #tell(environment: string, about: GatewayProblem["about"], ...failures: readonly Failure[]): void {
    const others = (this.#problems.get(environment) ?? []).filter((problem) => problem.about !== about);
    this.#problems.set(environment, [...others, ...failures.map((failure) => ({ ...failure, environment, about }))]);
  }

  /** Tables in force that a restart would not find. */
  #unkept(): GatewayProblem[] {
    return [...this.#inForce.keys()].flatMap((environment) => {
      const problem = this.#files.check(environment);
      return problem === undefined ? [] : [{ ...problem, environment, about: "table" as const }];
    });
  }

  #doChores(): void {
    this.#upstreams.sweep(performance.now());
    for (const { table, ports } of this.#inForce.values()) {
      const { environment } = table;
      const isOpen = table.internal.every((callee) => this.#internal.isOpen({ environment, ...callee }));
      if (!isOpen || !this.#listeners.isOpen(table.listen)) void this.#inTurn(() => this.#openInTurn(table, ports));
    }
  }

  async #openInTurn(table: EnvironmentRoutes, ports: readonly InternalPort[]): Promise<void> {
    if (this.#inForce.get(table.environment)?.table !== table) return;
    await this.#openLate(table, ports);
    this.#route();
  }

  /** Opens what can be opened; the rest is a problem, until it can. */
  async #openLate(table: EnvironmentRoutes, ports: readonly InternalPort[]): Promise<void> {
    const opened = await this.#listeners.open(table.listen);
    this.#tell(table.environment, "listen", ...(opened.ok ? [] : opened.failures));
    await this.#openInternal(table, ports);
  }

  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const result = this.#changes.then(change);
    this.#changes = result.catch(() => {});
    return result;
  }
}

function addressesOf(ports: readonly InternalPort[]): Applied["internal"] {
  return ports.map(({ port, ...callee }) => ({ ...callee, address: `${internalHost}:${port}` }));
}

function portIn({ address, service, deployment }: Applied["internal"][number]): InternalPort {
  return { service, deployment, port: Number(address.slice(address.lastIndexOf(":") + 1)) };
}

/** All host names that an environment answers to. */
function hostsOf({ hosts, routes }: EnvironmentRoutes): string[] {
  return [...new Set([...hosts, ...routes.flatMap(({ host }) => (host === undefined ? [] : [host]))])];
}

function invalid(cause: string): Failure {
  return { code: "bad-arguments", message: "The routes are not valid", cause };
}
