import type { ConnectionLimits } from "../instance/connection.ts";

/** What the gateway allows and how long it waits. Times are milliseconds. */
export interface Limits extends ConnectionLimits {
  /** For a client to send a whole head (against clients that trickle). */
  readonly headMs: number;
  /** For a client to go on with a body it began to send, or with reading an answer. */
  readonly stallMs: number;
  /** For a client that has said all, and is silent, until it is looked whether it is still there. */
  readonly halfClosedMs: number;
  /** How long an idle client connection is kept. */
  readonly clientIdleMs: number;
  /** Client connections per listener; more are closed at once, so that file descriptors stay free for control. */
  readonly connections: number;
  /** For an instance to begin its answer, counted from the last byte of the request. */
  readonly answerMs: number;
  /** How long an instance that refused a connection is tried last. */
  readonly avoidMs: number;
  /** How often a request may be tried at all. */
  readonly attempts: number;
  /** The processes of the same gateway, which may listen at the same addresses; absent: there are none. */
  readonly sharesPortsWith?: () => Promise<readonly number[]>;
}

export const defaultLimits: Limits = {
  headBytes: 32 * 1024,
  headMs: 15_000,
  stallMs: 60_000,
  halfClosedMs: 5_000,
  clientIdleMs: 75_000,
  connections: Number.POSITIVE_INFINITY,
  connectMs: 3_000,
  answerMs: 120_000,
  instanceIdleMs: 4_000,
  recentMs: 1_000,
  avoidMs: 2_000,
  attempts: 10,
};
