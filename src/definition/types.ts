import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { StrategyChoice } from "../strategies/strategies.ts";
import type { AlertChoice, Heartbeat } from "./alert-options.ts";
import type { Access, Gate, ProjectAccess } from "./gate-options.ts";
import type { Age, Size } from "./quantity.ts";
import type { External, Objectives, PreviewOptions, Resource, ServiceLimits } from "./resource-options.ts";
import type { SecretFiles, SecretFrom } from "./secret-options.ts";
import type { Service } from "./service-options.ts";
import type { Explained, Matrix, PackageTask, Task } from "./task-options.ts";

export type { Duration } from "../errors/duration.ts";
export type * from "../strategies/builders.ts";
export type { StrategyChoice } from "../strategies/strategies.ts";
export type * from "./alert-options.ts";
export type * from "./gate-options.ts";
export type { Age, Size } from "./quantity.ts";
export type * from "./resource-options.ts";
export type * from "./secret-options.ts";
export type * from "./service-options.ts";
export type * from "./task-options.ts";
export type * from "./test-options.ts";

/**
 * What the builders build: plain frozen data. Each value carries a `kind`, so that the loader can tell a task
 * from an object that only looks like one. Names are not in here: they come from the keys in `defineProject`.
 */

/** What the cache may keep. Results that the project's tasks have at the moment are kept in any case. */
export interface CacheLimits {
  /** The least recently used results go first. Default: 10GB. */
  readonly maxSize?: Size;
  /** Results that were not used for longer go. Default: 30d. */
  readonly maxAge?: Age;
}

/** Which releases are kept. Those that serve, that served last, and that are pinned are kept in any case. */
export interface ReleaseLimits {
  /** The newest ones of each environment. Default: 10. */
  readonly keep?: number;
  /** Releases that were made no longer ago. Default: 7d. */
  readonly maxAge?: Age;
}

export interface DiffersOptions {
  /** The last day that it may differ, by UTC: "2027-03-01". Default: no end. */
  readonly until?: `${number}-${number}-${number}`;
  /** Who is responsible for it. */
  readonly owner?: string;
}

/** A value that environments set for themselves, and why. */
export interface Differs<T> extends DiffersOptions {
  readonly kind: "differs";
  readonly value: T;
  readonly reason: string;
}

/** A config value that is the address of the environment, in each of them. */
export interface Address {
  readonly kind: "address";
}

/** A config value that must never be shown. */
export interface SecretDeclaration<S extends StandardSchemaV1 = StandardSchemaV1> {
  readonly kind: "secret";
  readonly schema: S;
  /** Why all environments may have the same value; absent when they must differ. */
  readonly shared?: string;
  /** Absent: the secrets file, else the environment variable. */
  readonly from?: SecretFrom;
}

/** Marks a secret's schema: one value for all environments, and why. */
export interface Shared<S extends StandardSchemaV1 = StandardSchemaV1> {
  readonly kind: "shared";
  readonly schema: S;
  readonly reason: string;
}

export type ConfigDeclaration = StandardSchemaV1 | Differs<StandardSchemaV1> | SecretDeclaration | Address;

/** Config keys and their declarations; the keys are the names of environment variables. */
export type ConfigShape = Readonly<Record<string, ConfigDeclaration>>;

/** The `local` driver: processes on this machine behind the embedded gateway. */
export interface LocalDriver extends Explained {
  readonly kind: "driver";
  readonly driver: "local";
  /** Where the environment answers: `http://host:port`. */
  readonly url?: string;
  readonly listen?: string;
  readonly trustProxies?: readonly string[];
}

export interface LocalOptions {
  /**
   * Where the environment answers. Default: `http://<environment>.localhost:8080`. With `listen` it may be of HTTPS: the
   * address of a proxy in front, as its users know it.
   */
  readonly url?: `http://${string}` | `https://${string}`;
  /** The address that the gateway listens on: `"0.0.0.0:8080"`, `"[::]:8080"`. Default: 127.0.0.1, the port of `url`. */
  readonly listen?: `${string}:${number}`;
  /**
   * Proxies in front, as addresses or networks: `["10.0.0.0/8"]`. What they say of a request's client, scheme and host
   * (`X-Forwarded-For`, `-Proto`, `-Host`) is passed on to services; what anybody else says of it is replaced.
   */
  readonly trustProxies?: readonly string[];
}

export type DriverChoice = LocalDriver;

/** What `because(…)` takes: everything that is a choice. What differs, or is shared, says why by itself. */
export type Explainable =
  | Task
  | Matrix
  | PackageTask
  | Service
  | Resource
  | External
  | DriverChoice
  | StrategyChoice
  | Gate;

type DiffersKeys<C> = { [K in keyof C]: C[K] extends Differs<StandardSchemaV1> ? K : never }[keyof C];
type InputOf<D> = D extends Differs<infer S extends StandardSchemaV1> ? StandardSchemaV1.InferInput<S> : never;
type MayBeLeftOut<C, K extends keyof C> = undefined extends InputOf<C[K]> ? K : never;

/** Exactly the keys declared `differs`; those whose schema takes `undefined` (a default) may be left out. */
export type EnvironmentConfig<C extends ConfigShape> = {
  readonly [K in DiffersKeys<C> as K extends MayBeLeftOut<C, K> ? never : K]: InputOf<C[K]>;
} & {
  readonly [K in DiffersKeys<C> as K extends MayBeLeftOut<C, K> ? K : never]?: InputOf<C[K]>;
};

/** What drift is told of: a dimension, and below it a service, a resource, a key: `environment.web.LEVEL`. */
export type DriftSubject = DriftSubjectDimension | `${Exclude<DriftSubjectDimension, "files">}.${string}`;

type DriftSubjectDimension =
  | "processes"
  | "release"
  | "command"
  | "folder"
  | "user"
  | "environment"
  | "configFile"
  | "limits"
  | "routes"
  | "resources"
  | "files";

/** Drift that is known: it is told with its reason, and is no alarm. */
export interface KnownDrift extends DiffersOptions {
  readonly kind: "knownDrift";
  readonly subject: DriftSubject;
  readonly reason: string;
}

interface EnvironmentCommon<S, R, Others extends string> {
  /** What it is for, in one sentence: for people and documents. */
  readonly purpose?: string;
  readonly driver: DriverChoice;
  readonly strategy: StrategyChoice & Explained;
  /** The environment a release must have been through before it may come here. */
  readonly after?: Others;
  readonly gates?: readonly Gate[];
  /** Who may do what here; in place of what the project says of the same. */
  readonly access?: Access;
  /** How many instances of a service; only as a declared difference. */
  readonly replicas?: { readonly [K in keyof S]?: Differs<number> };
  /** Other limits of a service; only as a declared difference. */
  readonly limits?: { readonly [K in keyof S]?: Differs<ServiceLimits> };
  /** Another kind of a resource; only as a declared difference: `differs(external(), "the provider looks after it")`. */
  readonly resources?: { readonly [K in keyof R]?: Differs<Resource | External> };
  /** Whether it must not be destroyed. Default: true for `production`. */
  readonly protected?: boolean;
  /** What is known to have drifted, each made by `known(…)`. Default: nothing. */
  readonly drift?: readonly KnownDrift[];
}

/** `config` is required exactly when some key has to be given. */
export type EnvironmentOptions<C extends ConfigShape, S, R, Others extends string> = EnvironmentCommon<S, R, Others> &
  ({} extends EnvironmentConfig<C>
    ? { readonly config?: [DiffersKeys<C>] extends [never] ? Readonly<Record<string, never>> : EnvironmentConfig<C> }
    : { readonly config: EnvironmentConfig<C> });

export interface ProjectOptions<
  C extends ConfigShape,
  S extends Readonly<Record<string, Service>>,
  E extends string,
  R extends Readonly<Record<string, Resource>>,
> {
  /** Lower-case letters, digits and dashes. */
  readonly name: string;
  readonly pipeline: Readonly<Record<string, Task | Matrix>>;
  /** Tasks in the packages of a workspace: what `workspace(…)` built. */
  readonly packages?: Readonly<Record<string, PackageTask>>;
  /** Limits of the cache of task results. */
  readonly cache?: CacheLimits;
  /** Which releases are kept. */
  readonly releases?: ReleaseLimits;
  readonly services?: S;
  /** Databases, folders of data and whatever else services use. Each environment has its own. */
  readonly resources?: R;
  readonly config?: C;
  /** Where the encrypted secrets files are. Default: `secrets/<environment>.{yaml,yml,json,env}`. */
  readonly secrets?: SecretFiles;
  readonly environments?: {
    readonly [K in E]: EnvironmentOptions<NoInfer<C>, NoInfer<S>, NoInfer<R>, Exclude<NoInfer<E>, K>>;
  };
  /** Environments that live for a while. Default: there are none. */
  readonly previews?: PreviewOptions<Exclude<NoInfer<E>, "production">>;
  /** Who may do what, in every environment that does not say otherwise. Default: everybody may deploy. */
  readonly access?: ProjectAccess;
  /** What the project wants to reach. */
  readonly objectives?: Objectives;
  /** Who is told what needs a person, made by `webhook(…)` and `command(…)`. Default: nobody. */
  readonly alerts?: readonly AlertChoice[];
  /** An address that is called again and again, for those who notice when it is not. Default: none. */
  readonly heartbeat?: Heartbeat;
}

/** A project as the rooms below see it: the same data, no type parameters. */
export interface Project {
  readonly kind: "project";
  readonly name: string;
  readonly pipeline: Readonly<Record<string, Task | Matrix>>;
  readonly packages?: Readonly<Record<string, PackageTask>>;
  readonly cache?: CacheLimits;
  readonly releases?: ReleaseLimits;
  readonly services: Readonly<Record<string, Service>>;
  /** Absent: none. */
  readonly resources?: Readonly<Record<string, Resource>>;
  readonly config: ConfigShape;
  readonly secrets?: SecretFiles;
  readonly environments: Readonly<Record<string, Environment>>;
  readonly previews?: PreviewOptions;
  readonly access?: ProjectAccess;
  readonly objectives?: Objectives;
  readonly alerts?: readonly AlertChoice[];
  readonly heartbeat?: Heartbeat;
  /** Where config and environments were left out: the variables that hold the project's secrets. */
  readonly secretVariables?: readonly string[];
}

export interface Environment {
  readonly purpose?: string;
  readonly driver: DriverChoice;
  readonly strategy: StrategyChoice & Explained;
  readonly after?: string;
  readonly gates?: readonly Gate[];
  readonly access?: Access;
  readonly replicas?: Readonly<Record<string, Differs<number>>>;
  readonly limits?: Readonly<Record<string, Differs<ServiceLimits>>>;
  readonly resources?: Readonly<Record<string, Differs<Resource | External>>>;
  readonly protected?: boolean;
  readonly drift?: readonly KnownDrift[];
  readonly config?: Readonly<Record<string, unknown>>;
  /** It is none of the definition's: it was made like another one and ends by itself. Only `withPreviews` says so. */
  readonly preview?: MadePreview;
}

/** What of a preview its environment has to know. Times are milliseconds since 1970. */
export interface MadePreview {
  readonly from: string;
  /** It is a rehearsal of `from`. */
  readonly rehearses?: true;
  readonly createdAt: number;
  readonly endsAt: number;
  readonly branch?: string;
}
