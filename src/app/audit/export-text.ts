import * as v from "valibot";
import { failed, ok, type Result } from "../../errors/result.ts";
import { canonicalJson, type JsonValue } from "../../files/canonical-json.ts";
import type { AuditHead, AuditLink } from "../../store/audit.ts";
import type { AuditLog } from "./verify-chain.ts";

/**
 * A log as JSON lines: an entry a line with its digest, `{"entry":{…},"hash":"sha256:…"}`, and the signed head as the last one. Each line
 * is canonical JSON, so that a log has one spelling, and an older export of it is the beginning of a newer one but for the last line.
 */
export function toExport({ links, head }: AuditLog): string {
  const lines = links.map(({ hash, entry }) => canonicalJson({ entry: JSON.parse(entry), hash }));
  const last = head && { v: 1, head: { seq: head.seq, hash: head.hash }, ...head.signed };
  return [...lines, ...(last ? [canonicalJson(last as JsonValue)] : []), ""].join("\n");
}

const line = v.strictObject({ entry: v.record(v.string(), v.unknown()), hash: v.string() });
const lastLine = v.strictObject({
  v: v.literal(1),
  head: v.strictObject({ seq: v.pipe(v.number(), v.safeInteger(), v.minValue(1)), hash: v.string() }),
  key: v.string(),
  signature: v.string(),
});

/** Fails with `audit-broken` for what is no export, or was cut or edited so that it is none any more. */
export function readExport(text: string, name: string): Result<AuditLog> {
  const lines = text.split("\n");
  if (lines.pop() !== "") return broken(name, "Its last line is not complete: the file was cut.");
  const head = v.safeParse(lastLine, jsonOf(lines.at(-1) ?? ""));
  if (!head.success) return broken(name, "It does not end with a signed head: the end was cut or changed.");
  const links: AuditLink[] = [];
  for (const [index, text] of lines.slice(0, -1).entries()) {
    const read = v.safeParse(line, jsonOf(text));
    if (!read.success || canonicalJson(read.output as JsonValue) !== text)
      return broken(name, `Line ${index + 1} was not written by Tidegate.`);
    const { entry, hash } = read.output;
    links.push({ seq: Number(entry.seq), hash, entry: canonicalJson(entry as JsonValue) });
  }
  const { key, signature } = head.output;
  const read: AuditHead = { ...head.output.head, signed: { key, signature } };
  return ok({ links, head: read });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function broken(name: string, cause: string): Result<never> {
  return failed({
    code: "audit-broken",
    message: `${name} is not a whole export of an audit log`,
    cause,
    hint: "Compare it with another copy of the file, or export the log again: tidegate audit export",
  });
}
