import type { Duration } from "../errors/duration.ts";
import type { Expansion, TestOptions } from "./test-options.ts";

/** A command line, or its words. Words are never given to a shell. */
export type Command = string | readonly [string, ...string[]];

/**
 * How much of what a task may read and write is held to what it declares. `declared`: nothing is, the definition is
 * trusted. `staged`: it runs in a tree of its own with its inputs and the outputs of what it needs. `sealed` (Linux): and
 * nothing else of the disk is there but the system's programs, and no network.
 */
export type ConfinementLevel = "declared" | "staged" | "sealed";

export interface TaskOptions extends TestOptions {
  readonly run: Command;
  /** Tasks that must succeed first; their outputs are inputs of this one. `"utils#build"`: the task of one package. */
  readonly needs?: readonly (Need | PackageTaskName)[];
  /** Files that the task reads: paths or globs relative to the project, `!` excludes. Without this the task is never cached. */
  readonly inputs?: readonly string[];
  /**
   * Files that the task reads and that belong to this machine only, such as `.env`: git may ignore them, and they may be
   * absent. They count for the fingerprint like `inputs`.
   */
  readonly localInputs?: readonly string[];
  /** Files (`a.js`, `logs/*.txt`) and folders (`dist/`) that the task writes. */
  readonly outputs?: readonly string[];
  /** true: git may track outputs, which are removed before each run all the same. Default: false, and that is an error. */
  readonly trackedOutputs?: boolean;
  /** Environment variables of the caller that the task may see; they are part of its fingerprint. */
  readonly env?: readonly string[];
  /** The stage it stands in, for people and documents. Default: `build`. */
  readonly stage?: string;
  /** Default: 15m. */
  readonly timeout?: Duration;
  /** How often a failing task is tried again, and after which failures. Default: 0. */
  readonly retry?: number | RetryOptions;
  /** Runs only if this holds; otherwise it is skipped, and so is what needs it. Default: always runs. */
  readonly when?: Condition;
  /** true: the run succeeds, and what needs this task runs, even if it fails. Default: false. */
  readonly allowFailure?: boolean;
  /** true: it cleans up: runs after what it needs also when that failed or was cancelled. Default: false. */
  readonly always?: boolean;
  /** At most so many tasks of the group run at the same time. */
  readonly concurrency?: ConcurrencyGroup | readonly ConcurrencyGroup[];
  /** Programs that run beside the task, such as a database; names are part of the variables it gets. */
  readonly services?: Readonly<Record<string, TaskService>>;
  /** false: always run. Default: true when `inputs` are declared. */
  readonly cache?: boolean;
  /** At least this much is the task held to what it declares. Default: `declared`. */
  readonly confine?: ConfinementLevel;
  /** true: also when it is sealed, it may use the network. Default: false. */
  readonly network?: boolean;
}

/** Why it was chosen: what `because(…)` adds to anything that a builder made. */
export interface Explained {
  readonly because?: string;
}

export interface Task extends TaskOptions, Explained {
  readonly kind: "task";
  /** Never in a definition: a task that Tidegate made of one with `testFiles` or `shards`. */
  readonly expansion?: Expansion;
}

/** What a task may need: a task, all tasks of a matrix, or the tasks of one name in all packages. */
export type Need = Task | Matrix | PackageTask;

/** The task of one package: `utils#build`. `N`: the names of the tasks that packages have. */
export type PackageTaskName<N extends string = string> = `${string}#${N}`;

/** What a task of packages may need; `N`: the names of the tasks beside it. */
export type PackageNeed<N extends string = string> = N | `^${N}` | PackageTaskName<N> | Need;

/** Tries a failing task again, but only for the failures that are named; for every failure when none is. */
export interface RetryOptions {
  /** How often, after the first time. */
  readonly times: number;
  /** Exit codes of the command after which it is worth trying. */
  readonly exitCodes?: readonly number[];
  /** Texts in a line of its output after which it is worth trying, such as `ECONNRESET`. */
  readonly patterns?: readonly string[];
  /** How long to wait before the second attempt; doubles with each further one. Default: not at all. */
  readonly backoff?: Duration;
}

/** Tasks that must not run all at the same time, because they share something: a port, a database, a licence. */
export interface ConcurrencyGroup {
  readonly kind: "concurrencyGroup";
  readonly name: string;
  /** How many of its tasks may run at the same time. */
  readonly limit: number;
}

/** How it is known that a task's service can be used: its port takes connections, a path answers, a line was written. */
export type Readiness = "port" | { readonly http: `/${string}` } | { readonly output: string };

/**
 * A program that runs beside a task: started and ready before its command, ended with it. It gets a free port of this
 * machine as `PORT` (and `HOST`); the task gets the same as `<NAME>_PORT` and `<NAME>_HOST`.
 */
export interface TaskService {
  readonly run: TaskOptions["run"];
  /** Default: its port takes connections. */
  readonly ready?: Readiness;
  /** Time to become ready. Default: 30s. */
  readonly readyTimeout?: Duration;
  /** Variables for the task; `{port}` and `{host}` stand for where the service listens. */
  readonly provides?: Readonly<Record<string, string>>;
  /** Variables of the caller that the service may see; they are part of the task's fingerprint. */
  readonly env?: readonly string[];
}

/** A variable of the caller's environment, in a condition. */
export interface Variable {
  readonly kind: "variable";
  readonly name: string;
}

/** What must hold for a task to run. */
export type Condition =
  | { readonly kind: "condition"; readonly condition: "branch"; readonly patterns: readonly string[] }
  | { readonly kind: "condition"; readonly condition: "changed"; readonly patterns: readonly string[] }
  | {
      readonly kind: "condition";
      readonly condition: "equals";
      readonly variable: string;
      readonly value: string;
    }
  | { readonly kind: "condition"; readonly condition: "isSet"; readonly variable: string }
  | { readonly kind: "condition"; readonly condition: "installed"; readonly program: string }
  | { readonly kind: "condition"; readonly condition: "not"; readonly of: Condition }
  | { readonly kind: "condition"; readonly condition: "all" | "any"; readonly of: readonly Condition[] };

export type MatrixValue = string | number | boolean;
export type MatrixAxes = Readonly<Record<string, readonly MatrixValue[]>>;
export type MatrixValues<A extends MatrixAxes> = { readonly [K in keyof A]: A[K][number] };

/** A task for each combination of values. Each is a task like any other, named `test[node=20,os=linux]`. */
export interface Matrix<V = Readonly<Record<string, MatrixValue>>> extends Explained {
  readonly kind: "matrix";
  readonly cells: readonly MatrixCell<V>[];
}

export interface MatrixCell<V = Readonly<Record<string, MatrixValue>>> {
  readonly values: V;
  readonly task: Task;
}

/** What one package has otherwise than the others. Lists replace the shared ones. */
export interface PackageTaskOverride<N extends string = string>
  extends Partial<Omit<TaskOptions, "needs" | "stage" | "when" | "always">> {
  readonly script?: string;
  readonly needs?: readonly PackageNeed<N>[];
}

/** A task that stands in many packages of a workspace. `N`: the names of the tasks beside it. */
export interface PackageTaskOptions<N extends string = string> extends Omit<TaskOptions, "run" | "needs"> {
  /** The script of package.json that is run, with its `pre` and `post`. Default: the task's name. */
  readonly script?: string;
  /** A command that is run in each package's folder, instead of a script. */
  readonly run?: TaskOptions["run"];
  /**
   * `"build"`: the task of that name in the same package. `"^build"`: the same in each package that this one depends on.
   * `"utils#build"`: that of one package. Tasks and matrices of the pipeline are given themselves.
   */
  readonly needs?: readonly PackageNeed<N>[];
  /**
   * Files that the task reads, relative to the package. Each package must have some of them, not all. Its package.json
   * and the workspace's lockfile always count.
   */
  readonly inputs?: readonly string[];
  /** Files that the task reads outside its package, relative to the project. */
  readonly rootInputs?: readonly string[];
  /** Files and folders that the task writes, relative to the package. Each package must write some of them, not all. */
  readonly outputs?: readonly string[];
  /**
   * The test files, relative to the package. They take the place of `{files}` in `run`, and stand behind a script's command
   * as with `npm test -- FILES`.
   */
  readonly testFiles?: readonly string[];
  /** Only in these packages: names, patterns of names, or folders (`./apps/*`). Default: all that have the script. */
  readonly packages?: readonly string[];
  /** By name of the package. */
  readonly overrides?: Readonly<Record<string, PackageTaskOverride<N>>>;
}

export interface PackageTask extends PackageTaskOptions, Explained {
  readonly kind: "packageTask";
}
