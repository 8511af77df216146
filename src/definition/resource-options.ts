import type { Age } from "./quantity.ts";
import type { Command, Explained } from "./task-options.ts";

/** How something that keeps data is backed up. A snapshot is made before each migration in any case. */
export interface BackupOptions {
  /** How often, by itself. Default: only before migrations and when asked for. */
  readonly every?: Age;
  /** The newest ones that are kept in any case. Default: 5. */
  readonly keep?: number;
  /** Besides them, those that are no older. Default: 7d. */
  readonly maxAge?: Age;
  /** A folder that a copy of each scheduled one goes to, absolute or relative to the project. Default: the state's alone. */
  readonly to?: string;
}

export interface PostgresOptions {
  /** The major version: "16". A server of another one is never taken for it. */
  readonly version: `${number}`;
  readonly backup?: BackupOptions;
}

/** A PostgreSQL database and a role that owns it, for each environment. */
export interface Postgres extends PostgresOptions, Explained {
  readonly kind: "resource";
  readonly resource: "postgres";
}

export interface FolderOptions {
  readonly backup?: BackupOptions;
}

/** A folder of data for each environment: uploads, SQLite files. */
export interface Folder extends FolderOptions, Explained {
  readonly kind: "resource";
  readonly resource: "folder";
}

export interface TerraformOptions {
  /** The folder of its configuration, relative to the project. */
  readonly dir: string;
  /** Default: `terraform`, else `tofu`, whichever is there. */
  readonly program?: "terraform" | "tofu";
  /** Values of its variables; `{environment}` is filled in. */
  readonly variables?: Readonly<Record<string, string>>;
  /**
   * Variables of its environment, which it does not inherit: `{ AWS_PROFILE: "shop-{environment}" }`; `{environment}` is filled in. No
   * secrets. Default: what every program gets (PATH, HOME, the language).
   */
  readonly env?: Readonly<Record<string, string>>;
}

/** What a Terraform or OpenTofu configuration makes, with a state for each environment. */
export interface Terraform extends TerraformOptions, Explained {
  readonly kind: "resource";
  readonly resource: "terraform";
}

export type Resource = Postgres | Folder | Terraform;

/**
 * What a kind of resource tells its users; the first is what is meant when a service uses the resource itself. Absent: it is its own to
 * say, and a service always names it.
 */
export const resourceOutputs: Readonly<Record<Resource["resource"], readonly string[] | undefined>> = {
  postgres: ["url", "host", "port", "user", "password", "database"],
  folder: ["path"],
  terraform: undefined,
};

/** A resource that somebody else looks after: it is used and looked at, never made or removed. */
export interface External extends Explained {
  readonly kind: "external";
  /** The secret that holds its URL. Default: the resource's name in capitals and `_URL`: `DB_URL`. */
  readonly url?: string;
}

/** One of the things that a resource tells its users. */
export interface ResourceOutput {
  readonly kind: "output";
  readonly of: Resource;
  /** postgres: url, host, port, user, password, database. folder: path. terraform: a name of its outputs. */
  readonly name: string;
}

/** By the environment variable that a service gets: the resource's `url` (postgres) or `path` (folder), or an output. */
export type Uses = Readonly<Record<string, Resource | ResourceOutput>>;

/** What each instance of a service may use at most. */
export interface ServiceLimits {
  /** In powers of 1000: "512MB". */
  readonly memory?: `${number}${"MB" | "GB"}`;
  /** Of processors: 0.5 is half of one. */
  readonly cpu?: number;
}

/** Environments that live for a while: one for each branch or question. */
export interface PreviewOptions<Environments extends string = string> {
  /** The environment that they are made like; never a protected one. */
  readonly from: Environments;
  /** They are destroyed so long after they were made, or prolonged. Default: 3d. */
  readonly ttl?: Age;
  /** At most so many at a time. Default: 5. */
  readonly max?: number;
  /** What their resources begin with: nothing, the newest snapshot of `from`, or what a command fills in. Default: "empty". */
  readonly data?: "empty" | "snapshot" | { readonly seed: Command };
}

/** What the project wants to reach; the documents hold it against what was measured. */
export interface Objectives {
  /** From commit to production: median. */
  readonly leadTime?: Age;
  /** From the call to the old release serving again: the 99th percentile. */
  readonly rollback?: Age | `${number}s`;
  /** Of the deployments to production, the share that had to be remedied: 0 to 1. */
  readonly changeFailRate?: number;
  /** From a failed deployment to a remedied one: median. */
  readonly recovery?: Age;
  /** Deployments to production in a week, at least. */
  readonly deploymentsPerWeek?: number;
}
