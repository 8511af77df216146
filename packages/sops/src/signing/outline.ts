import { selectorsForm, tagOf } from "./canonical.ts";
import type { SignableFile, SignableLeaf, SignableRecipient } from "./signable.ts";

/**
 * What a signature remembers of the file, in short: not to decide whether the file is as it was signed (that is the
 * digest's), but to say what was changed when it is not.
 *
 * As bytes: five tags of 4 bytes (subject, format, selectors, comments, date and MAC); the number of recipients in
 * 2 bytes; 8 bytes each; 9 bytes for each leaf.
 */
export interface Outline {
  readonly subject: string;
  readonly format: string;
  readonly selectors: string;
  readonly comments: string;
  readonly dateOrMac: string;
  readonly recipients: readonly RecipientOutline[];
  readonly leaves: readonly LeafOutline[];
}

/** All tags in hexadecimal, so that they can be compared and looked up. */
interface RecipientOutline {
  readonly who: string;
  readonly wrap: string;
}

/** A leaf in short: tags of its path and its text. */
export interface LeafOutline {
  readonly path: string;
  readonly type: string;
  readonly isEncrypted: boolean;
  readonly text: string;
}

const parts = ["subject", "format", "selectors", "comments", "dateOrMac"] as const;
const types = ["other", "str", "int", "float", "bool", "time", "bytes", "null", "map", "list"];
const tagLength = 4;
const recipientLength = 2 * tagLength;
const leafLength = 2 * tagLength + 1;
const recipientsStart = parts.length * tagLength;
const maximumRecipients = 0xffff;

/** What a signature will remember of a file. */
export function outlineOf(file: SignableFile, subject: string): Outline {
  return {
    subject: hexTag(subject),
    format: hexTag(file.format),
    selectors: hexTag(selectorsForm(file)),
    // Without their positions, which change with every entry that is added before them.
    comments: hexTag(file.comments.map(({ path, text }) => [path, text])),
    dateOrMac: hexTag([file.lastmodified, file.mac]),
    recipients: file.recipients.slice(0, maximumRecipients).map(outlineOfRecipient),
    leaves: file.leaves.map(outlineOfLeaf),
  };
}

function outlineOfRecipient({ group, kind, id, wrap }: SignableRecipient): RecipientOutline {
  return { who: hexTag([group, kind, id]), wrap: hexTag(wrap) };
}

function outlineOfLeaf({ path, type, isEncrypted, text }: SignableLeaf): LeafOutline {
  const known = types.includes(type) ? type : "other";
  return { path: hexTag(path), type: known, isEncrypted, text: hexTag(isEncrypted ? withoutType(text) : text) };
}

/** A changed type of an encrypted value would otherwise look like a changed value as well. */
function withoutType(text: string): string {
  return text.replace(/,type:[^,\]]*\]$/, "]");
}

function hexTag(part: Parameters<typeof tagOf>[0]): string {
  return tagOf(part).toString("hex");
}

/** The bytes that `decodeOutline` reads. */
export function encodeOutline(outline: Outline): Buffer {
  const count = Buffer.alloc(2);
  count.writeUInt16BE(outline.recipients.length);
  const recipients = outline.recipients.map(({ who, wrap }) => Buffer.from(who + wrap, "hex"));
  const leaves = outline.leaves.map(({ path, type, isEncrypted, text }) =>
    Buffer.concat([
      Buffer.from(path, "hex"),
      Buffer.of(types.indexOf(type) * 2 + Number(isEncrypted)),
      Buffer.from(text, "hex"),
    ]),
  );
  return Buffer.concat([...parts.map((part) => Buffer.from(outline[part], "hex")), count, ...recipients, ...leaves]);
}

/** `undefined` when the bytes are no outline. */
export function decodeOutline(bytes: Buffer): Outline | undefined {
  if (bytes.length < recipientsStart + 2) return undefined;
  const leavesStart = recipientsStart + 2 + bytes.readUInt16BE(recipientsStart) * recipientLength;
  if (bytes.length < leavesStart || (bytes.length - leavesStart) % leafLength !== 0) return undefined;
  const tag = (start: number) => bytes.toString("hex", start, start + tagLength);
  const [subject, format, selectors, comments, dateOrMac] = parts.map((_, index) => tag(index * tagLength));
  const recipients = starts(recipientsStart + 2, leavesStart, recipientLength).map((start) => ({
    who: tag(start),
    wrap: tag(start + tagLength),
  }));
  const leaves = starts(leavesStart, bytes.length, leafLength).map((start) => {
    const kind = bytes.readUInt8(start + tagLength);
    const type = types[kind >>> 1] ?? "other";
    return { path: tag(start), type, isEncrypted: (kind & 1) === 1, text: tag(start + tagLength + 1) };
  });
  return {
    subject: subject!,
    format: format!,
    selectors: selectors!,
    comments: comments!,
    dateOrMac: dateOrMac!,
    recipients,
    leaves,
  };
}

function starts(from: number, to: number, step: number): number[] {
  return Array.from({ length: (to - from) / step }, (_, index) => from + index * step);
}
