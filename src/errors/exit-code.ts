/** What a process's exit code says; the same for every verb. */
export const exitCodes = {
  done: 0,
  /** The user's task, check or deployment failed. */
  failed: 1,
  /** The definition or the call is wrong. */
  wrong: 2,
  /** A gate refused. */
  refused: 3,
  /** Tidegate or the machine failed. */
  broken: 4,
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
