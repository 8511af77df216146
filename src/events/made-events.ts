/** What happens to environments as such, and what people do in them. Times are milliseconds since 1970. */
export type MadeEnvironmentEvent =
  /** `from`, `endsAt`: of a preview. */
  | { type: "environmentCreated"; environment: string; from?: string; endsAt?: number }
  | { type: "previewProlonged"; environment: string; endsAt: number }
  /** It was destroyed by itself: its time was over, or its branch is gone. */
  | { type: "previewEnded"; environment: string; because: "expired" | "branchGone"; branch?: string }
  /** A person is about to run a command with what the environment's services get: before it starts. */
  | { type: "commandBegun"; environment: string; command: readonly string[] }
  /** A person ran a command with what the environment's services get. `exitCode`: null when a signal ended it. */
  | {
      type: "commandRun";
      environment: string;
      command: readonly string[];
      exitCode: number | null;
      durationMs: number;
    };
