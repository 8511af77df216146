import type { Failure } from "../errors/failure.ts";
import type { Result } from "../errors/result.ts";

/**
 * The traffic switch in front of instances. It keeps its routing table itself and goes on serving when everything
 * else of Tidegate is dead. It serves several environments; each environment's routes have one writer.
 *
 * A gateway may be several processes, on several machines. To its callers it is one: `apply` and `remove` resolve when
 * all processes follow, `observe` merges what they tell, counts and drains are sums over them.
 *
 * Addresses (of instances, of internal routes) are opaque: whoever connects reads them, nobody in between.
 *
 * All gateways pass `test/gateway/conformance.ts`.
 */
export interface Gateway {
  /**
   * Replaces the environment's routes; resolves once every request accepted from now on follows them, in every
   * process, and they are on disk. Requests under way finish where they are. Repeating is harmless. Fails with
   * `stale-writer` when `token` is lower than the highest one seen for the environment, `port-in-use` when the address
   * belongs to somebody else (another process, or another environment that has one of the hosts). A failure leaves the
   * old table in force.
   */
  apply(routes: EnvironmentRoutes): Promise<Result<Applied>>;
  /**
   * Takes an environment's routes away and closes listeners nobody needs any more. Repeating is harmless. Fails with
   * `stale-writer` like `apply`; the environment's tokens never go down, not even after it was removed and the gateway
   * was restarted.
   */
  remove(environment: string, token: number): Promise<Result<void>>;
  observe(): Promise<Result<GatewayObservation>>;
  /**
   * Resolves once none of the instances has a request under way in any process, or after `limitMs`: what was left.
   * Internal calls count too. Instance ids are unique in an environment only: without `environment`, those of all
   * environments count.
   */
  drain(
    instances: readonly string[],
    limitMs: number,
    environment?: string,
  ): Promise<Result<{ readonly left: number }>>;
}

/** What came of an `apply`. */
export interface Applied {
  /** Where each of the table's internal routes is reached, in the table's order. */
  readonly internal: readonly InternalAddress[];
}

export interface InternalAddress {
  readonly service: string;
  readonly deployment: number;
  /** `host:port`. The same as long as the route is in the table, restarts of the gateway included. */
  readonly address: string;
}

export interface EnvironmentRoutes {
  readonly environment: string;
  /** Fencing token of the writer's lease. */
  readonly token: number;
  /** Where the environment's public address is. The user chooses it, so that it is no opaque address. */
  readonly listen: { readonly host: string; readonly port: number };
  /**
   * Networks (`10.0.0.0/8`) of the proxies that are believed what they say of the client, the scheme and the host of a
   * request (`X-Forwarded-For`, `-Proto`, `-Host`). Absent: nobody is.
   */
  readonly trustProxies?: readonly string[];
  /** Host names (no port, lower case) that routes without a host of their own answer to. */
  readonly hosts: readonly string[];
  /**
   * The public routes. A request's host decides which ones it may take (no other host's), then the longest matching
   * prefix wins. A host that neither `hosts` nor a route names: 404. No prefix that matches: 404. A route without
   * backends: 503 with Retry-After.
   */
  readonly routes: readonly Route[];
  /** Services that other services call, each at an address that the gateway chooses and `apply` tells. */
  readonly internal: readonly InternalRoute[];
}

export interface Route {
  /**
   * The host name that the route is for (no port, lower case). Default: all of the environment's `hosts`. Where a
   * host has both, a route for the host alone goes before one with the same prefix for all.
   */
  readonly host?: string;
  readonly prefix: `/${string}`;
  readonly pools: readonly Pool[];
}

/** The instances of one deployment that are behind a route, and the share of requests they get. */
export interface Pool {
  readonly deployment: number;
  /** Digest of the release. */
  readonly release: string;
  /**
   * ≥ 0, of the sum over the route's pools. Pools without backends get nothing, and the others what they would have
   * had, in proportion: 0.5, 0.3, 0.2 without backends in the first are 0.6 and 0.4. A share of 0 gets nothing.
   *
   * Exact over time, also across tables that change nothing but backends: of any n requests that one process gives to
   * a route of two pools, each pool gets its share of n rounded up or down; of a route of more pools, within two.
   */
  readonly share: number;
  readonly backends: readonly Backend[];
}

/**
 * A service of one deployment, for those who call it from inside: any host name and any path. Without backends: 503
 * with Retry-After. What the caller says of its own client (`X-Forwarded-*`, `Forwarded`, `X-Real-IP`) is passed on as
 * it is; the gateway adds nothing, since all it knows is that the caller is on this machine.
 */
export interface InternalRoute {
  readonly service: string;
  readonly deployment: number;
  /** Digest of the deployment's release. */
  readonly release: string;
  readonly backends: readonly Backend[];
}

export interface Backend {
  readonly instance: string;
  /** Where the driver says that the instance listens. */
  readonly address: string;
}

export interface GatewayObservation {
  /** Never empty. */
  readonly processes: readonly GatewayProcess[];
  readonly environments: readonly EnvironmentRoutes[];
  /** The environments that were removed, and the highest token seen for each. */
  readonly removed: readonly { readonly environment: string; readonly token: number }[];
  readonly instances: readonly InstanceTraffic[];
  /** What keeps environments from being served, or their tables from being kept. Absent: nothing. */
  readonly problems?: readonly GatewayProblem[];
  /** What the gateway answered in the place of instances, and why. Absent: nothing. */
  readonly substitutes?: readonly SubstituteAnswers[];
}

/** Answers of the gateway's own (502, 503, 504) to requests that it had given to an instance. */
export interface SubstituteAnswers {
  readonly environment: string;
  readonly instance: string;
  readonly status: number;
  /** What was wrong, in the words that the clients were given. */
  readonly rule: string;
  readonly times: number;
  /** In milliseconds since 1970. */
  readonly lastAt: number;
}

export interface GatewayProcess {
  /** On the machine that it runs on. */
  readonly pid: number;
  /** When it began to count, in milliseconds since 1970. */
  readonly since: number;
}

/** Why an environment is not served as its table says, or would not be after a restart. */
export interface GatewayProblem extends Failure {
  readonly environment: string;
  /** What it is about: the table on disk, the public address, or the address of an internal route. */
  readonly about: "table" | "listen" | "internal";
}

/**
 * What became of the requests that were given to an instance, summed over the gateway's processes. Public requests
 * and internal calls are counted apart. Instances that were taken away are forgotten after a while.
 *
 * A request that failed is in exactly one of `serverErrors`, `connectErrors` and `brokeOff`. One that the client gave
 * up, or that could not be sent for want of something on the gateway's machine, is in none of them.
 */
export interface InstanceTraffic {
  readonly environment: string;
  readonly instance: string;
  readonly release: string;
  readonly deployment: number;
  /** Calls of other services through an internal route. */
  readonly internal: boolean;
  /**
   * Since when is counted, in milliseconds since 1970: when the youngest of the processes began. Two counts may be
   * subtracted only when it is the same in both: after a restart of any process it is another one.
   */
  readonly since: number;
  /** Attempts: a request that was tried again on another instance counts at both. */
  readonly requests: number;
  /** Answers with a status of 500 and above that the instance gave. */
  readonly serverErrors: number;
  /** Attempts that failed before an answer began (refused, reset, too slow). */
  readonly connectErrors: number;
  /** Answers that began with a status below 500 but did not come to their end, or that could not be passed on. */
  readonly brokeOff: number;
  readonly underWay: number;
  /**
   * How long instances took to begin their answers: how many answers for each of `latencyBoundsMs`, and last those
   * above. Counted from the last byte of the request (connecting included) to the head of the answer, so that neither
   * slow clients nor long streams are in it.
   */
  readonly latency: readonly number[];
}

/** The upper bounds, inclusive, of the counts in `InstanceTraffic.latency`. They never change within a version. */
export const latencyBoundsMs = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 60_000,
] as const;
