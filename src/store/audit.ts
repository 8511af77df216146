import { createHash } from "node:crypto";
import type { Result } from "../errors/result.ts";
import { canonicalJson, type JsonValue } from "../files/canonical-json.ts";

/**
 * The audit log: what was done, by whom and why. It only grows: nothing here changes or removes an entry, and it is never cut.
 * Each entry has the digest of the one before, and the newest is signed, so that whoever changes what is in the
 * database, but has not the key, is found out.
 */
export interface Audit {
  /** Appends to the log, in this order. Most actions go in with what they change: see `Acted`. */
  appendActions(actions: readonly NewAction[]): Promise<Result<void>>;
  /** What stands after a place, oldest first, up to a limit, and the head as it was before that was read. */
  audit(filter: { readonly after: number; readonly limit: number }): Promise<Result<AuditPage>>;
}

/** Something that somebody did, or Tidegate by itself. It is told before it is done or in the same write, never after. */
export interface NewAction {
  readonly at: number;
  readonly action: string;
  readonly environment?: string;
  readonly deployment?: number;
  readonly release?: string;
  /** Absent: nobody asked for it, or it is not known who. */
  readonly by?: unknown;
  readonly reason?: string;
  readonly details?: unknown;
}

/** With a write: the action that it is. Both are there afterwards, or neither. */
export interface Acted {
  readonly action?: NewAction;
}

/** An entry as it is kept. */
export interface AuditLink {
  readonly seq: number;
  /** `sha256:` and the digest of `entry`. */
  readonly hash: string;
  /** Canonical JSON: the action with `v`, `seq` and `previous`, the hash of the entry before (absent: the first). */
  readonly entry: string;
}

export interface AuditHead {
  readonly seq: number;
  readonly hash: string;
  /** Of `headText`, by whoever wrote last. Absent: the store was opened without a key. */
  readonly signed?: Signature;
}

export interface Signature {
  /** Public key. */
  readonly key: string;
  readonly signature: string;
}

/** Signs a text with the project's key. */
export type Sign = (text: string) => Signature;

export interface AuditPage {
  readonly links: readonly AuditLink[];
  /** Absent: there is no entry yet. */
  readonly head?: AuditHead;
}

const entryVersion = 1;

/** The next link of the chain. */
export function linkAfter(previous: Pick<AuditHead, "seq" | "hash"> | undefined, action: NewAction): AuditLink {
  const seq = (previous?.seq ?? 0) + 1;
  const known = JSON.parse(JSON.stringify(action)) as { [key: string]: JsonValue };
  const entry = canonicalJson({ ...known, v: entryVersion, seq, ...(previous && { previous: previous.hash }) });
  return { seq, hash: hashOf(entry), entry };
}

export function hashOf(entry: string): string {
  return `sha256:${createHash("sha256").update(entry).digest("hex")}`;
}

/** What the signature of a head is of: nothing else that is ever signed begins so. */
export function headText({ seq, hash }: Pick<AuditHead, "seq" | "hash">): string {
  return `tidegate audit head 1\n${seq}\n${hash}\n`;
}
