/** A definition before it is written down. */
export interface Draft {
  /** The project's name. */
  readonly name: string;
  /** What was found, for people: "Node (npm)". */
  readonly found: readonly string[];
  readonly tasks: readonly TaskDraft[];
  readonly services: readonly ServiceDraft[];
}

/** What one kind of toolchain contributes. */
export interface StackDraft {
  readonly found: string;
  /** The name the toolchain gives the project. */
  readonly name?: string;
  readonly tasks: readonly TaskDraft[];
  readonly services?: readonly ServiceDraft[];
}

export interface TaskDraft {
  readonly name: string;
  readonly run: string;
  readonly needs?: readonly string[];
  readonly inputs?: readonly string[];
  readonly outputs?: readonly string[];
  readonly stage?: string;
  /** Present: why the task is not cached. */
  readonly uncached?: string;
}

export interface ServiceDraft {
  readonly name: string;
  readonly run: string;
  readonly files: readonly string[];
}
