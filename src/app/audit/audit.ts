import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Failure } from "../../errors/failure.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import { fileFailure } from "../../files/file-failure.ts";
import { guardDisk } from "../../files/guard-disk.ts";
import { writeFileAtomic } from "../../files/write-atomic.ts";
import { type AuditEntry, readAuditEntry } from "../../records/action.ts";
import { auditKeyOf } from "../../secrets/audit-key.ts";
import { readProjectKey } from "../../secrets/project-key.ts";
import type { AuditPage, Store } from "../../store/store.ts";
import { sinceOf } from "../logs/sieve.ts";
import type { Session } from "../session.ts";
import { readExport, toExport } from "./export-text.ts";
import { type AuditLog, type AuditVerdict, changesSince, verifyChain } from "./verify-chain.ts";

const page = 1_000;

/** The whole log, as it was at one moment. */
export async function readAudit(store: Pick<Store, "audit">): Promise<Result<AuditLog>> {
  const pages: AuditPage[] = [];
  for (let after = 0; ; after = pages.at(-1)!.links.at(-1)!.seq) {
    const read = await store.audit({ after, limit: page });
    if (!read.ok) return read;
    pages.push(read.value);
    if (read.value.links.length === 0) break;
  }
  const head = pages[0]!.head;
  const links = pages.flatMap((one) => one.links);
  // What stands behind the head was appended meanwhile; or nobody signed for it, which is what is looked for.
  const isGrown = pages.at(-1)!.head?.hash !== head?.hash;
  return ok({ links: isGrown ? links.filter(({ seq }) => seq <= (head?.seq ?? 0)) : links, ...(head && { head }) });
}

export interface AuditRequest {
  /** Default: all, and what is of no environment. */
  readonly environment?: string | undefined;
  /** As `tidegate logs` takes it. */
  readonly since?: string | undefined;
  /** Part of a name, an address or a user, whatever its case. */
  readonly who?: string | undefined;
  readonly limit: number;
}

/** An entry, or what could not be read as one. */
export type Audited = AuditEntry | { readonly seq: number; readonly unreadable: Failure };

/** What was done, newest first. */
export async function listAudit(session: Session, request: AuditRequest): Promise<Result<readonly Audited[]>> {
  const { environment, since, who, limit } = request;
  const from = since === undefined ? undefined : sinceOf(since, session.ports.now());
  if (Number.isNaN(from)) {
    const hint = "Say how long ago (30s, 10m, 2h, 3d) or when: 2026-01-31T12:00:00Z";
    return failed({ code: "bad-arguments", message: `--since is not a time: "${since}"`, hint });
  }
  const log = await readAudit(session.store);
  if (!log.ok) return log;
  const isWanted = (entry: AuditEntry) =>
    (environment === undefined || entry.environment === environment) &&
    (from === undefined || entry.at >= from) &&
    (who === undefined || isBy(entry, who));
  const found: Audited[] = [];
  for (const link of log.value.links.toReversed()) {
    if (found.length >= limit) break;
    const entry = readAuditEntry(link);
    if (!entry.ok) found.push({ seq: link.seq, unreadable: entry.failures[0]! });
    else if (isWanted(entry.value)) found.push(entry.value);
  }
  return ok(found);
}

function isBy({ by }: AuditEntry, who: string): boolean {
  if (by === undefined) return false;
  const names = [by.user, by.host, by.git?.name, by.git?.email];
  return names.some((name) => name?.toLowerCase().includes(who.toLowerCase()));
}

/** What an export says, and where it was written; without a file it is only told. */
export interface Exported {
  readonly entries: number;
  readonly text: string;
  readonly file?: string;
}

/**
 * The whole log with its signed head. A file of it that is there already is replaced by the longer one; one that says something else
 * than the log is kept, and the call fails with `audit-broken`.
 */
export async function exportAudit(session: Session, file?: string): Promise<Result<Exported>> {
  const log = await readAudit(session.store);
  if (!log.ok) return log;
  const { links, head } = log.value;
  if (head === undefined) return failed(emptyLog);
  if (head.signed === undefined) return failed(notSigned);
  const text = toExport(log.value);
  if (file === undefined) return ok({ entries: links.length, text });
  const path = resolve(session.ports.cwd, file);
  return guardDisk(async () => {
    const before = existsSync(path) ? readExportFile(path) : undefined;
    if (before?.ok === false) return before;
    const changes = before === undefined ? [] : changesSince(before.value, log.value);
    if (changes.length > 0) return failed(changed(path, changes));
    writeFileAtomic(path, text);
    return ok({ entries: links.length, text, file: path });
  });
}

export interface AuditVerified extends AuditVerdict {
  readonly entries: number;
  /** Of the newest entry. */
  readonly head?: string;
  /** The public key that it had to be signed with; absent: not known. */
  readonly key?: string;
  /** Whether the log here was compared with the file. */
  readonly isCompared: boolean;
}

/** Looks through the log, or through an export, and then through what became of it. Findings are no failure: they are the answer. */
export async function verifyAudit(session: Session, file?: string): Promise<Result<AuditVerified>> {
  const key = session.isEmpty ? undefined : auditKeyOf(readProjectKey(`${session.stateFolder}/key`));
  const log = await readAudit(session.store);
  if (!log.ok) return log;
  if (file === undefined) return ok(verified(log.value, key, false));
  const exported = readExportFile(resolve(session.ports.cwd, file));
  if (!exported.ok) return exported;
  const own = verified(exported.value, key, !session.isEmpty);
  if (session.isEmpty) return ok(own);
  const here = verifyChain(log.value, key).findings.map((finding) => `In the state: ${finding}`);
  const findings = [...own.findings, ...changesSince(exported.value, log.value), ...here];
  return ok({ ...own, findings });
}

/** The same for whoever has the file and knows the key, without the project. Fails as the file does. */
export function verifyExport(file: string, key: string): Result<AuditVerified> {
  const exported = readExportFile(file);
  return exported.ok ? ok(verified(exported.value, key, false)) : exported;
}

function verified(log: AuditLog, key: string | undefined, isCompared: boolean): AuditVerified {
  const { links, head } = log;
  const known = { ...(head && { head: head.hash }), ...(key !== undefined && { key }) };
  return { entries: links.length, ...known, isCompared, ...verifyChain(log, key) };
}

function readExportFile(path: string): Result<AuditLog> {
  try {
    return readExport(readFileSync(path, "utf8"), path);
  } catch (error) {
    const message = `${path} cannot be read`;
    const missing = { code: "bad-arguments", message, hint: "Name a file of: tidegate audit export FILE" } as const;
    const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT";
    const failure = isMissing ? missing : (fileFailure(error, path) ?? missing);
    return failed(failure);
  }
}

function changed(path: string, changes: readonly string[]): Failure {
  return {
    code: "audit-broken",
    message: `${path} says something else than the audit log; it was not overwritten`,
    cause: changes.join("\n"),
    hint: `See what: tidegate audit verify ${path}`,
  };
}

const emptyLog: Failure = {
  code: "nothing-deployed",
  message: "The audit log is empty: nothing was done here yet",
  hint: "The first deployment begins it: tidegate ship",
};

const notSigned: Failure = {
  code: "audit-broken",
  message: "The head of the audit log is not signed",
  hint: "See what is proven all the same: tidegate audit verify",
};
