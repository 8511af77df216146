/** What was seen, or why it could not be. */
export type Looked<T> = { readonly seen: T } | { readonly unseen: Unseen };

/**
 * `driver`: it cannot tell. `system`: nor can this machine. `user`: another user's process may not be looked at. `itself`: the
 * process has written over what the system shows of it. `gone`: it ended meanwhile.
 */
export type Unseen = "driver" | "system" | "user" | "itself" | "gone";

/** What is true of a running process of an instance, by looking at the process and not at what was noted when it was started. */
export interface Inspection {
  readonly id: string;
  readonly pid: number;
  /** Whether it is the process that the driver started, by the mark that it was given. */
  readonly isOurs: Looked<boolean>;
  readonly argv: Looked<readonly string[]>;
  readonly folder: Looked<Both<string>>;
  /** Number of the user that it acts as. */
  readonly user: Looked<Both<number>>;
  /** A keyed digest for each variable that it has, but for those that the driver adds by itself. */
  readonly environment: Looked<Readonly<Record<string, string>>>;
  /** What it is really held to; a limit that is not in it is none. */
  readonly limits: Looked<{ readonly memoryBytes?: number; readonly cpu?: number }>;
  /** Its private files, by variable: a keyed digest of the content, or what is wrong. */
  readonly files: Looked<Readonly<Record<string, FileLook>>>;
}

/**
 * A running process that is of none of the environment's instances by what was noted, and looks as if it were: it bears the mark of
 * one (`id`), or works where a release lies.
 */
export interface Beside {
  readonly pid: number;
  readonly id?: string;
  readonly argv: readonly string[];
  /** Whoever started it has ended, so that it may be what an instance has left to itself. */
  readonly isLeft: boolean;
}

/** Those that were found. `unseen`: why there may be others. */
export interface BesideLook {
  readonly found: readonly Beside[];
  readonly unseen?: Unseen;
}

export interface Both<T> {
  readonly is: T;
  readonly should: T;
}

/** `open`: others may read it. */
export type FileLook = { readonly digest: string } | { readonly wrong: "missing" | "open" };

/** The value with what it was turned into, if it was seen. */
export function mapSeen<T, U>(looked: Looked<T>, turn: (value: T) => U): Looked<U> {
  return "seen" in looked ? { seen: turn(looked.seen) } : looked;
}
