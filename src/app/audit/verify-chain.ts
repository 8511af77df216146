import { canonicalJson, type JsonValue } from "../../files/canonical-json.ts";
import { isRecord } from "../../files/is-record.ts";
import { isSignedBy } from "../../secrets/audit-key.ts";
import { type AuditHead, type AuditLink, hashOf, headText } from "../../store/audit.ts";

/** What a log says of itself. */
export interface AuditLog {
  readonly links: readonly AuditLink[];
  /** Absent: nobody ever signed for it. */
  readonly head?: AuditHead;
}

/** What is wrong with a log, in sentences, and what is certain all the same. */
export interface AuditVerdict {
  readonly findings: readonly string[];
  /** These entries, first to last, are what the holder of the key signed for. Absent: none are. */
  readonly proves?: { readonly from: number; readonly to: number };
}

/**
 * Looks through a log as a stranger may have left it. `key`: the public key that it must be signed with; absent: not known, so that
 * nothing is proven, however well it fits together.
 *
 * Every change breaks something: an entry's own digest, the digest that the next one has of it, the row of the numbers, or the signed
 * head. Who calculates all digests anew cannot sign the head that comes of it. What stays proven lies between the newest break and the
 * head: each entry there is vouched for by the one after it, and the last by the signature.
 */
export function verifyChain({ links, head }: AuditLog, key: string | undefined): AuditVerdict {
  const findings = links.flatMap((link, index) => linkFindings(link, links[index - 1]));
  const signed = headFindings(links, head, key);
  const to = links.at(-1)?.seq;
  if (signed.length > 0 || head === undefined || to === undefined) return { findings: [...findings, ...signed] };
  return { findings, ...proven(links, head) };
}

function linkFindings(link: AuditLink, before: AuditLink | undefined): string[] {
  const { seq, hash, entry } = link;
  const expected = (before?.seq ?? 0) + 1;
  if (seq > expected) return [`${named(expected, seq - 1)} missing`, ...ownFindings(link)];
  if (seq < expected) return [`Entry ${seq} stands behind entry ${before?.seq}: the order was changed`];
  const own = ownFindings(link);
  if (own.length > 0) return own;
  const previous = (JSON.parse(entry) as { previous?: unknown }).previous;
  if (before === undefined ? previous === undefined : previous === before.hash) return [];
  const what =
    before === undefined ? "says that something came before it" : `was not written behind this entry ${before.seq}`;
  return [`Entry ${seq} (${hash}) ${what}: something was changed, exchanged, inserted or removed before it`];
}

/** What an entry gives away without its neighbours. */
function ownFindings({ seq, hash, entry }: AuditLink): string[] {
  if (hashOf(entry) !== hash) return [`Entry ${seq} was changed: it is not what its digest says`];
  const read = parsed(entry);
  if (read === undefined || canonicalJson(read) !== entry) return [`Entry ${seq} was not written by Tidegate`];
  return read.seq === seq ? [] : [`Entry ${seq} says that it is entry ${read.seq}: it was moved`];
}

function headFindings(links: readonly AuditLink[], head: AuditHead | undefined, key: string | undefined): string[] {
  const last = links.at(-1);
  if (last === undefined && head === undefined) return [];
  if (head === undefined) return ["The log has no head: it was removed"];
  if (head.signed === undefined) return [`The head (entry ${head.seq}) is not signed`];
  if (!isSignedBy(headText(head), head.signed))
    return [`The signature of the head (entry ${head.seq}) is wrong: it, or what it is of, was changed`];
  if (key === undefined) return [`Whose key ${head.signed.key} is, is not known here: nothing is proven`];
  if (head.signed.key !== key)
    return [`The head (entry ${head.seq}) was signed with another key, ${head.signed.key}, instead of ${key}`];
  const seq = last?.seq ?? 0;
  if (seq < head.seq) return [`${named(seq + 1, head.seq)} missing at the end: the log was cut`];
  if (seq > head.seq) return [`Nobody signed for what stands behind entry ${head.seq}`];
  return last?.hash === head.hash ? [] : [`Entry ${seq} is not the one that was signed for: it was exchanged`];
}

/** From the head back, as long as each entry is the one that the next one was written behind. */
function proven(links: readonly AuditLink[], head: AuditHead): Pick<AuditVerdict, "proves"> {
  let expected: unknown = head.hash;
  let from: number | undefined;
  for (const link of links.toReversed()) {
    if (link.hash !== expected || ownFindings(link).length > 0) break;
    from = link.seq;
    expected = parsed(link.entry)?.previous;
  }
  return from === undefined ? {} : { proves: { from, to: head.seq } };
}

/**
 * What became of a log since it was exported: [] when all that the export has is still there, unchanged. Both were looked through by
 * themselves before.
 */
export function changesSince(exported: AuditLog, now: AuditLog): string[] {
  const last = now.links.at(-1)?.seq ?? 0;
  const cut = exported.links.find(({ seq }) => seq > last);
  const hashes = new Map(now.links.map(({ seq, hash }) => [seq, hash]));
  const other = exported.links.find(({ seq, hash }) => hashes.has(seq) && hashes.get(seq) !== hash);
  const end = exported.links.at(-1)?.seq ?? 0;
  return [
    ...(other === undefined ? [] : [`Entry ${other.seq} is another one than when the log was exported`]),
    ...(cut === undefined ? [] : [`${named(cut.seq, end)} missing: they were there when the log was exported`]),
  ];
}

/** `Entry 3 is`, `Entries 3 to 5 are`. */
function named(from: number, to: number): string {
  return from === to ? `Entry ${from} is` : `Entries ${from} to ${to} are`;
}

function parsed(text: string): { readonly [key: string]: JsonValue } | undefined {
  try {
    const read: unknown = JSON.parse(text);
    return isRecord(read) ? (read as { [key: string]: JsonValue }) : undefined;
  } catch {
    return undefined;
  }
}
