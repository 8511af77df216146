import { findLeafChanges } from "./find-leaf-changes.ts";
import type { SignatureFinding } from "./findings.ts";
import { type Outline, outlineOf } from "./outline.ts";
import type { SignableFile } from "./signable.ts";

/** What differs between what was signed and the file; never empty. Only for a file whose digest is another one. */
export function findChanges(signed: Outline, file: SignableFile, subject: string): readonly SignatureFinding[] {
  const present = outlineOf(file, subject);
  if (signed.subject !== present.subject) return [{ kind: "moved" }];
  if (isReplaced(signed, present)) return [{ kind: "replaced" }];
  const found = [
    ...findPartChanges(signed, present),
    ...findRecipientChanges(signed, present, file),
    ...findLeafChanges(signed.leaves, present.leaves, file.leaves),
  ];
  // Every change of a value comes with a new MAC and date; alone they are worth telling.
  const telling = found.filter((finding) => finding.kind !== "date-or-mac");
  if (telling.length > 0) return telling;
  return found.length > 0 ? found : [{ kind: "unknown" }];
}

/** Every wrapped data key and every encrypted value is another: a file that somebody made anew. */
function isReplaced(signed: Outline, present: Outline): boolean {
  const wraps = new Set(signed.recipients.map(({ wrap }) => wrap));
  const texts = new Set(signed.leaves.filter((leaf) => leaf.isEncrypted).map(({ text }) => text));
  const sealed = present.leaves.filter((leaf) => leaf.isEncrypted);
  const isRewrapped = present.recipients.every(({ wrap }) => !wraps.has(wrap));
  return isRewrapped && texts.size + sealed.length > 0 && sealed.every(({ text }) => !texts.has(text));
}

function findPartChanges(signed: Outline, present: Outline): SignatureFinding[] {
  const found: SignatureFinding[] = [];
  if (signed.format !== present.format) found.push({ kind: "format" });
  if (signed.selectors !== present.selectors) found.push({ kind: "selectors" });
  if (signed.comments !== present.comments) found.push({ kind: "comments" });
  if (signed.dateOrMac !== present.dateOrMac) found.push({ kind: "date-or-mac" });
  return found;
}

function findRecipientChanges(signed: Outline, present: Outline, file: SignableFile): SignatureFinding[] {
  const wraps = new Map(signed.recipients.map(({ who, wrap }) => [who, wrap]));
  const here = new Set(present.recipients.map(({ who }) => who));
  const found = present.recipients.flatMap(({ who, wrap }, index): SignatureFinding[] => {
    const recipient = file.recipients[index]!.id;
    const before = wraps.get(who);
    if (before === undefined) return [{ kind: "recipient-added", recipient }];
    return before === wrap ? [] : [{ kind: "rewrapped", recipient }];
  });
  const removed = signed.recipients.filter(({ who }) => !here.has(who));
  return [...found, ...removed.map((): SignatureFinding => ({ kind: "recipient-removed" }))];
}
