import type { StandardSchemaV1 } from "@standard-schema/spec";
import type {
  CheckGate,
  Command,
  ConfigShape,
  Differs,
  Duration,
  LocalDriver,
  LocalOptions,
  Project,
  ProjectOptions,
  RecreateStrategy,
  RollingStrategy,
  SecretDeclaration,
  Service,
  ServiceOptions,
  Shared,
  Task,
  TaskOptions,
} from "./types.ts";

/** One command of the pipeline: what it reads, what it writes, what it needs. */
export function task(options: TaskOptions): Task {
  return Object.freeze({ ...options, kind: "task" });
}

/** A long-running process of a release. */
export function service(options: ServiceOptions): Service {
  return Object.freeze({ ...options, kind: "service" });
}

/** Declares a difference between environments, and why it is there. */
export function differs<const T>(value: T, reason: string): Differs<T> {
  return Object.freeze({ kind: "differs", value, reason });
}

/** A config value that must never be shown. Environments must have different ones, unless `shared(…)` says why not. */
export function secret<S extends StandardSchemaV1>(schema: S | Shared<S>): SecretDeclaration<S> {
  // `?.`: a forgotten schema is reported with its place, not thrown.
  const shared = (schema as Shared<S> | undefined)?.kind === "shared" ? (schema as Shared<S>) : undefined;
  if (shared === undefined) return Object.freeze({ kind: "secret", schema: schema as S });
  return Object.freeze({ kind: "secret", schema: shared.schema, shared: shared.reason });
}

/** Inside `secret(…)`: all environments have the same value, and why that is acceptable. */
export function shared<S extends StandardSchemaV1>(schema: S, reason: string): Shared<S> {
  return Object.freeze({ kind: "shared", schema, reason });
}

/** Runs instances as processes on this machine. */
export function local(options: LocalOptions = {}): LocalDriver {
  return Object.freeze({ ...options, kind: "driver", driver: "local" });
}

/** Replaces instances in batches, new before old: no request is lost. */
export function rolling(options: { readonly batch?: number } = {}): RollingStrategy {
  return Object.freeze({ ...options, kind: "strategy", strategy: "rolling" });
}

/** Stops everything old, then starts everything new; for services that cannot run twice at once. */
export function recreate(): RecreateStrategy {
  return Object.freeze({ kind: "strategy", strategy: "recreate" });
}

/**
 * A gate: the command runs in the release's folder against a new instance that has no traffic yet; `TIDEGATE_URL`
 * says where it listens. If it fails, the release is taken out.
 */
export function check(name: string, run: Command, options: { readonly timeout?: Duration } = {}): CheckGate {
  return Object.freeze({ ...options, kind: "gate", gate: "check", name, run });
}

/**
 * The whole project. The types hold what must be true: an environment's `config` has exactly the keys declared
 * `differs`, `after` names another environment, `replicas` names services.
 */
export function defineProject<
  const C extends ConfigShape = {},
  const S extends Readonly<Record<string, Service>> = {},
  const E extends string = never,
>(options: ProjectOptions<C, S, E>): Project {
  return Object.freeze({
    ...(options as unknown as Project),
    kind: "project",
    services: options?.services ?? {},
    config: options?.config ?? {},
    environments: options?.environments ?? {},
  });
}
