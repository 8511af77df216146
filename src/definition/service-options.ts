import type { Duration } from "../errors/duration.ts";
import type { ServiceLimits, Uses } from "./resource-options.ts";
import type { Command, Explained } from "./task-options.ts";

export type NodeModules = "production" | "all";

export interface ServiceOptions {
  readonly run: Command;
  /** What the release contains for this service: paths or globs relative to the project. */
  readonly files: readonly string[];
  /**
   * Which installed packages a `node_modules/` in `files` means: those that the service's package.json, and what it needs, name as
   * `dependencies`, or `"all"`, also what only its development needs. Default: `"production"`.
   */
  readonly nodeModules?: NodeModules;
  /** Path that answers 2xx once the service can take requests. Default: the port accepts connections. */
  readonly health?: `/${string}`;
  /** Time to become healthy. Default: 30s. */
  readonly healthTimeout?: Duration;
  /**
   * Services that it calls. They migrate, start and get traffic before it and go after it, and it gets the address of each
   * one of its own release: `needs: [api]` sets API_URL.
   */
  readonly needs?: readonly Service[];
  /** Runs once per deployment, before new instances start. Must be safe to run again. */
  readonly migrate?: Command;
  /** How long the migration may take. Default: 10m. */
  readonly migrateTimeout?: Duration;
  /**
   * Requests whose path begins with this go to the service. Default: "/". `"internal"`: only services that need it can call
   * it. false: it takes no requests.
   */
  readonly route?: `/${string}` | "internal" | false;
  /** A host name of its own: put in front of the environment's, so that `"api"` is `api.shop.example.org`. Default: none. */
  readonly host?: string;
  /**
   * Folders of the release that it writes to, and files, `["uploads/", "app.sqlite3"]`. Each environment has its own, and
   * what is in there stays from release to release. The rest of a release is read-only. Default: none; TIDEGATE_DATA_DIR is
   * always there.
   */
  readonly writes?: readonly string[];
  /** Instances per environment, unless an environment says otherwise. Default: 1. */
  readonly replicas?: number;
  /** How long requests under way may take before an instance that goes is stopped. Default: 30s. */
  readonly drainTimeout?: Duration;
  /** Time to finish after SIGTERM, before SIGKILL. Default: 10s. */
  readonly grace?: Duration;
  /**
   * true: its processes also get the config as one private JSON file with typed values, whose path is in
   * TIDEGATE_CONFIG_FILE. `"only"`: instead of environment variables. Default: environment variables alone.
   */
  readonly configFile?: boolean | "only";
  /** Resources that it uses, by the environment variable that says where each is: `uses: { DATABASE_URL: db }`. */
  readonly uses?: Uses;
  /** What each instance may use at most, as far as the machine can hold it to that. Default: no limits. */
  readonly limits?: ServiceLimits;
  /**
   * Whether previews run it. Default: true for what takes requests, false for workers (`route: false`): those act outside, and
   * would do so twice.
   */
  readonly inPreviews?: boolean;
  /** Why it is accepted that a release cannot go back behind this migration. It holds for these files of it, and no others. */
  readonly irreversible?: Irreversible;
  /** Whether rehearsals run it. Default: as `inPreviews`. */
  readonly inRehearsal?: boolean;
}

/** A folder of files that are served as they are. */
export interface StaticSiteOptions
  extends Pick<
    ServiceOptions,
    | "health"
    | "healthTimeout"
    | "host"
    | "replicas"
    | "drainTimeout"
    | "grace"
    | "limits"
    | "inPreviews"
    | "inRehearsal"
    | "needs"
  > {
  /** The folder whose files are served, relative to the project: `"dist/"`. */
  readonly folder: string;
  /** Where the site begins: `"/docs"` answers `/docs/guide` with `guide.html` of the folder. Default: "/". */
  readonly route?: `/${string}` | "internal";
  /**
   * A page of the folder that answers every path that is not a file, for applications with a router of their own; true:
   * `index.html`. Default: none; what is not there is answered with `404.html`, if there is one.
   */
  readonly fallback?: string | boolean;
  /**
   * Folders in it of files whose names change with their content, which browsers may keep for good: `["assets/"]`. Names that
   * end in a digest (`app.3f2a91bc.js`) are known without it. Default: none.
   */
  readonly immutable?: readonly string[];
  /** Only these files are in the release, and served. Default: all of the folder. For a site at the top of a repository. */
  readonly files?: readonly string[];
}

export interface Service extends ServiceOptions, Explained {
  readonly kind: "service";
}

/**
 * A migration after which the release before no longer serves. `migration` is what a rehearsal that failed says: a digest of the
 * migration's command and files. When one of these changes it means nothing any more.
 */
export interface Irreversible {
  readonly migration: `sha256:${string}`;
  readonly because: string;
  /** The files and folders (`"dist/migrations/"`) that the migration is made of. Default: all of the service. */
  readonly files?: readonly string[];
}
