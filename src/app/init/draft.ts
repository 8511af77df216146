/** A definition before it is written down. */
export interface Draft {
  /** The project's name. */
  readonly name: string;
  /** What was found, for people: "Node (npm)". */
  readonly found: readonly string[];
  readonly tasks: readonly TaskDraft[];
  readonly services: readonly ServiceDraft[];
  /** Variables that services are given in all environments. */
  readonly config?: readonly ConfigDraft[];
  /** Where its environments are to be reached, when it is not the usual port. */
  readonly port?: number;
  /** Tasks that stand in the packages of a workspace. */
  readonly packages?: readonly PackageTaskDraft[];
  /** Patterns with which the inputs of many tasks begin: they get a name. */
  readonly files?: readonly string[];
  /** What must be known of the whole definition; comments at its top. */
  readonly remarks?: readonly string[];
  /** What another tool's configuration says and this definition does not. */
  readonly left?: readonly Left[];
  /** What was found out and people have to act on: told by `init`. */
  readonly notes?: readonly string[];
}

/** A variable with the value that a file of the repository gives it. */
export interface ConfigDraft {
  readonly name: string;
  readonly value: string;
  /** The file that says it. */
  readonly where: string;
}

/** Something that could not be carried over, and why. */
export interface Left {
  /** Where it stands: `turbo.json: tasks.dev`. */
  readonly where: string;
  readonly why: string;
}

/** What one kind of toolchain contributes. */
export interface StackDraft {
  readonly found: string;
  /** The folder that it stands in, when it is not the repository's own: `backend`. */
  readonly folder?: string;
  /** Whether its tasks are called after their folders already. */
  readonly isNamed?: boolean;
  /** The name the toolchain gives the project. */
  readonly name?: string;
  readonly tasks: readonly TaskDraft[];
  readonly services?: readonly ServiceDraft[];
  /** What must be known of it; comments at the top of the definition. */
  readonly remarks?: readonly string[];
  /** What is there and the definition does not use, with the reason: told by `init`, and a comment. */
  readonly left?: readonly Left[];
  /** What was found out and people have to act on: told by `init`, and a comment. */
  readonly notes?: readonly string[];
}

/** What both kinds of tasks say. */
export interface CommonDraft {
  readonly name: string;
  readonly needs?: readonly string[];
  readonly inputs?: readonly string[];
  readonly localInputs?: readonly string[];
  readonly outputs?: readonly string[];
  readonly env?: readonly string[];
  readonly stage?: string;
  /** Present: why the task is not cached. */
  readonly uncached?: string;
  /** What it writes besides its outputs, and could not be declared as one. */
  readonly torn?: readonly string[];
}

export interface TaskDraft extends CommonDraft {
  readonly run: string;
  /** A program without which it is left out. */
  readonly onlyWith?: string;
  /** Programs that run beside it. */
  readonly services?: Readonly<Record<string, { readonly run: string; readonly output: string }>>;
}

/** `needs`: names beside it (`build`, `^build`), of one package (`utils#build`), or of tasks of the pipeline. */
export interface PackageTaskDraft extends CommonDraft {
  /** When it is not the task's name. */
  readonly script?: string;
  readonly run?: string;
  readonly rootInputs?: readonly string[];
  readonly packages?: readonly string[];
  readonly overrides?: Readonly<Record<string, OverrideDraft>>;
}

export type OverrideDraft = Partial<
  Pick<
    PackageTaskDraft,
    "script" | "run" | "needs" | "inputs" | "localInputs" | "outputs" | "env" | "uncached" | "torn"
  >
> & { readonly cached?: boolean };

/** A program of the release: one that is started, or a folder of files that the built-in server serves. */
export type ServiceDraft = {
  readonly name: string;
  /** Services of the draft that it calls. */
  readonly needs?: readonly string[];
  /** Where it answers 2xx once it can take requests. */
  readonly health?: string;
  /** In front of the environment's name, where several answer. */
  readonly host?: string;
  /** Default: it takes all requests. */
  readonly route?: "internal";
  /** What people have to know of it; comments above it. */
  readonly remarks?: readonly string[];
} & (
  | {
      readonly run: string;
      readonly files: readonly string[];
      /** Which installed packages are in the release. Default: those for production. */
      readonly nodeModules?: "all";
      /** Runs once per deployment, before new instances start. */
      readonly migrate?: string;
      /** Folders that it writes to. */
      readonly writes?: readonly string[];
    }
  | {
      /** The folder that holds the site: `dist/`. */
      readonly static: string;
      /** Whether every path that is no file is answered by index.html: the site has its own router. */
      readonly fallback?: boolean;
      /** Folders in it of files whose names change with their content. */
      readonly immutable?: readonly string[];
      /** Only these files, of a site that is not in a folder of its own. */
      readonly files?: readonly string[];
    }
);
