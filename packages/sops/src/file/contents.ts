import { type Layout, placeScalar, scalarPlaces } from "../text/layout.ts";
import { type ParsedFile, parseFile } from "../text/parsed-file.ts";
import type { Plain } from "../text/plain.ts";
import { applySplices, type Splice } from "../text/splice.ts";
import { type Collection, entriesOf, isCommentItem } from "../text/tree.ts";
import type { DecryptedTree } from "./decrypt-tree.ts";

/** The content of an open file over some text: that of the encrypted file, or that of its plaintext. */
export interface Contents {
  readonly parsed: ParsedFile;
  /** By the index of scalars, changes included. */
  readonly plains: readonly Plain[];
  /** By the index of comments, decrypted. */
  readonly comments: readonly string[];
  /** What was read: an encrypted file keeps the text of what is still the same. */
  readonly read: readonly Plain[];
  readonly isStored: boolean;
}

/** Of an encrypted file that was opened. */
export function storedContents(parsed: ParsedFile, { plains, comments }: DecryptedTree): Contents {
  return { parsed, plains, comments, read: plains, isStored: true };
}

/** @throws SyntaxProblem */
export function plainContents(format: ParsedFile["format"], layout: Layout, text: string): Contents {
  const first = parseFile(format, layout, text);
  const parsed = first.hasAliases ? parseFile(format, layout, layout.expandAliases(text)) : first;
  const plains = parsed.scalars.map(({ plain }) => plain);
  return {
    parsed,
    plains,
    comments: parsed.comments.map(({ text: comment }) => comment),
    read: plains,
    isStored: false,
  };
}

/** The text with everything decrypted and without SOPS's own entries. */
export function plaintextOf(contents: Contents, layout: Layout): string {
  const { parsed, plains, comments } = contents;
  const places = scalarPlaces({ ...parsed, documents: parsed.content });
  const scalars = parsed.scalars.flatMap((node) => {
    const [plain, place] = [plains[node.index] ?? node.plain, places[node.index]];
    const isKept = place === undefined || plain === node.plain || plain.type === "comment";
    return isKept ? [] : placeScalar(parsed.text, node, layout.scalar(plain, place));
  });
  const written = parsed.comments.flatMap((node): Splice[] => {
    const text = comments[node.index] ?? node.text;
    return text === node.text ? [] : [{ start: node.start, end: node.end, text }];
  });
  const items = parsed.content.flatMap((document) => commentItems(document, plains));
  const text = applySplices(parsed.text, [...distinct(scalars), ...written, ...items]);
  return withoutOwn(parsed, layout, text);
}

/** Scalars that aliases stand for share their place. */
function distinct(splices: readonly Splice[]): Splice[] {
  const seen = new Map(splices.map((splice) => [`${splice.start}:${splice.end}`, splice]));
  return [...seen.values()];
}

/** The comments that SOPS made items of a list, as comments. */
function commentItems(node: Collection, plains: readonly Plain[]): Splice[] {
  return entriesOf(node).flatMap((entry): Splice[] => {
    const { value, span } = entry;
    if (value.kind !== "scalar") return commentItems(value, plains);
    const plain = plains[value.index];
    if (!isCommentItem(entry) || plain?.type !== "comment") return [];
    return [{ start: span.start, end: span.end, text: node.isFlow ? '""' : `#${plain.text}` }];
  });
}

/** One entry after the other: the places of the others move. */
function withoutOwn(parsed: ParsedFile, layout: Layout, text: string): string {
  const count = parsed.own.reduce((sum, own) => sum + own.length, 0);
  let result = text;
  for (let round = 0; round < count; round += 1) {
    const next = parseFile(parsed.format, layout, result);
    const index = next.own.findIndex((own) => own.length > 0);
    const [entry, collection] = [next.own[index]?.at(-1), next.documents[index]];
    if (entry === undefined || collection === undefined) break;
    result = applySplices(result, [layout.remove(next, collection, entry)]);
  }
  return result;
}
