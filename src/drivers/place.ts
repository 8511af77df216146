import type { Secret } from "../secrets/secret.ts";

/** Digests a value under a key that only the project has, so that it cannot be guessed from its digest. */
export type KeyedDigest = (value: string) => string;

/** Where raw output goes, and what must be hidden in it. */
export interface SpoolPlace {
  /** Private to the user, outside of the state folder; made when it is missing. */
  readonly folder: string;
  /**
   * The secrets that the processes of a deployment were given, for output that an earlier driver left; `undefined`
   * when they cannot be read. Processes that this driver starts bring their own.
   */
  readonly secretsOf: (environment: string, deployment: number) => readonly Secret[] | undefined;
}
