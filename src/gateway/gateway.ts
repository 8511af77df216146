import type { Failure } from "../errors/failure.ts";
import type { Result } from "../errors/result.ts";

/**
 * The traffic switch in front of instances. It keeps its routing table itself and goes on serving when everything
 * else of Tidegate is dead. One process may serve several environments; each environment's routes have one writer.
 * All gateways pass `test/gateway/conformance.ts`.
 */
export interface Gateway {
  /**
   * Replaces the environment's routes; resolves once every request accepted from now on follows them and they are
   * on disk. Requests under way finish where they are. Repeating is harmless. Fails with `stale-writer` when
   * `token` is lower than the table in force, `port-in-use` when the address belongs to somebody else (another
   * process, or another environment that has one of the hosts). A failure leaves the old table in force.
   */
  apply(routes: EnvironmentRoutes): Promise<Result<void>>;
  /**
   * Takes an environment's routes away and closes a listener nobody needs any more. Repeating is harmless. Fails
   * with `stale-writer` like `apply`; the environment's tokens never go down, not even after it was removed.
   */
  remove(environment: string, token: number): Promise<Result<void>>;
  observe(): Promise<Result<GatewayObservation>>;
  /**
   * Resolves once none of the instances has a request under way, or after `limitMs`: what was left. Instance ids are
   * unique in an environment only: without `environment`, those of all environments count.
   */
  drain(
    instances: readonly string[],
    limitMs: number,
    environment?: string,
  ): Promise<Result<{ readonly left: number }>>;
}

export interface EnvironmentRoutes {
  readonly environment: string;
  /** Fencing token of the writer's lease. */
  readonly token: number;
  readonly listen: { readonly host: string; readonly port: number };
  /** Host names (no port, lower case) that belong to the environment. */
  readonly hosts: readonly string[];
  /** The longest matching prefix wins. No match: 404. A route without backends: 503 with Retry-After. */
  readonly routes: readonly Route[];
}

export interface Route {
  readonly prefix: `/${string}`;
  readonly pools: readonly Pool[];
}

/** The instances of one release, and the share of requests they get. */
export interface Pool {
  readonly release: string;
  /** ≥ 0; shares are weights divided by their sum over the route's pools that have backends. */
  readonly weight: number;
  readonly backends: readonly Backend[];
}

export interface Backend {
  readonly instance: string;
  readonly host: string;
  readonly port: number;
}

export interface GatewayObservation {
  readonly pid: number;
  readonly environments: readonly EnvironmentRoutes[];
  readonly instances: readonly InstanceTraffic[];
  /** What keeps environments from being served: a damaged table, a port that is taken. Absent: nothing. */
  readonly problems?: readonly GatewayProblem[];
}

/** Why an environment is not served as its table says. */
export interface GatewayProblem extends Failure {
  readonly environment: string;
}

/** Counts since the gateway process started. Instances that were taken away are forgotten after a while. */
export interface InstanceTraffic {
  readonly environment: string;
  readonly instance: string;
  readonly release: string;
  /** Requests given to the instance, those that failed included. */
  readonly requests: number;
  /** Answers with a status of 500 and above that the instance gave. */
  readonly serverErrors: number;
  /** Attempts that failed before an answer began (refused, reset). */
  readonly connectErrors: number;
  readonly underWay: number;
}
