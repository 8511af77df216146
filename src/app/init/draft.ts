/** A definition before it is written down. */
export interface Draft {
  /** The project's name. */
  readonly name: string;
  /** What was found, for people: "Node (npm)". */
  readonly found: readonly string[];
  readonly tasks: readonly TaskDraft[];
  readonly services: readonly ServiceDraft[];
  /** Tasks that stand in the packages of a workspace. */
  readonly packages?: readonly PackageTaskDraft[];
  /** Patterns with which the inputs of many tasks begin: they get a name. */
  readonly files?: readonly string[];
  /** What must be known of the whole definition; comments at its top. */
  readonly remarks?: readonly string[];
  /** What another tool's configuration says and this definition does not. */
  readonly left?: readonly Left[];
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
  /** The name the toolchain gives the project. */
  readonly name?: string;
  readonly tasks: readonly TaskDraft[];
  readonly services?: readonly ServiceDraft[];
}

interface CommonDraft {
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

export interface ServiceDraft {
  readonly name: string;
  readonly run: string;
  readonly files: readonly string[];
}
