/** What is never a task's, whatever pattern it is found by. */
const barred: readonly (readonly [form: RegExp, what: string, isNever: boolean])[] = [
  [/(^|\/)\.git(\/|$)/, "belongs to git", true],
  [/(^|\/)\.tidegate(\/|$)/, "belongs to Tidegate", true],
  [/(^|\/)tidegate\.config\.[cm]?[jt]s$/, "is the definition", false],
  [/(^|\/)node_modules\/\.bin(\/|$)/, "is where commands are found", false],
  [/(^|\/)\.env(\.(?!(example|sample|template|dist|defaults?)$)[^/]*)?$/, "holds variables of this machine", false],
];

export interface Barred {
  /** Completes "The output .env …". */
  readonly what: string;
  /** false: a task may write it whose definition names exactly it and says why. */
  readonly isNever: boolean;
}

/** Why no task may have this path as an output by chance; `undefined` when any may. Paths are relative to the project, links followed. */
export function barredOutput(path: string): Barred | undefined {
  const [, what, isNever] = barred.find(([form]) => form.test(path)) ?? [];
  return what === undefined ? undefined : { what, isNever: isNever === true };
}
