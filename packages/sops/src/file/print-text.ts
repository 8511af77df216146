import { metadataPrefix } from "../text/dotenv/dotenv-layout.ts";
import { type Layout, placeScalar, scalarPlaces } from "../text/layout.ts";
import { metadataKey, type ParsedFile, parseFile } from "../text/parsed-file.ts";
import { isSamePlain } from "../text/plain.ts";
import { applySplices, type Splice } from "../text/splice.ts";
import { findEntry } from "../text/tree.ts";
import type { Contents } from "./contents.ts";
import type { EncryptedTree } from "./encrypt-tree.ts";
import { flatten } from "./flatten.ts";
import { writeMetadata } from "./metadata-write.ts";
import type { PlainValue, SopsMetadata } from "./types.ts";

/** The content with its ciphertexts; SOPS's own entries are as they were. */
export function printContents(
  contents: Contents,
  { scalars, comments }: EncryptedTree,
  layout: Layout,
  isRekeyed: boolean,
): string {
  const { parsed, plains, read, isStored } = contents;
  const places = scalarPlaces({ ...parsed, documents: parsed.content });
  const keeps = (index: number) => isStored && !isRekeyed && isSamePlain(plains[index]!, read[index]!);
  const written = parsed.scalars.flatMap((node): Splice[] => {
    const place = places[node.index];
    if (place === undefined || keeps(node.index)) return [];
    const stored = scalars[node.index];
    if (stored !== undefined && (stored !== "" || node.plain.text !== "")) {
      return placeScalar(parsed.text, node, {
        head: stored === "" ? emptyString(parsed) : layout.encrypted(stored, place),
      });
    }
    const plain = plains[node.index] ?? node.plain;
    return stored !== undefined || isSamePlain(plain, node.plain)
      ? []
      : placeScalar(parsed.text, node, layout.scalar(plain, place));
  });
  const remarks = parsed.comments.flatMap((node): Splice[] => {
    const stored = comments[node.index];
    const isKept = stored === undefined || (isStored && !isRekeyed && contents.comments[node.index] !== node.text);
    return isKept ? [] : [{ start: node.start, end: node.end, text: stored }];
  });
  return applySplices(parsed.text, [...written, ...remarks]);
}

function emptyString({ format }: ParsedFile): string {
  return format === "dotenv" ? "" : '""';
}

/** A text that has its ciphertexts already. */
export interface Printed {
  readonly format: ParsedFile["format"];
  readonly layout: Layout;
  readonly text: string;
}

/** The text with these metadata in every document; where only values changed, only they are written. */
export function printMetadata(
  { format, layout, text }: Printed,
  metadata: SopsMetadata,
  before: SopsMetadata | undefined,
): string {
  const fields = writeMetadata(metadata);
  if (before !== undefined && hasSameShape(metadata, before))
    return patch(parseFile(format, layout, text), layout, fields);
  return rewrite(format, layout, text, fields);
}

/** Everything but what every change touches. */
function hasSameShape(one: SopsMetadata, other: SopsMetadata): boolean {
  const rest = ({ mac: _, lastModified: __, signature, ...kept }: SopsMetadata) => [kept, signature === undefined];
  return JSON.stringify(rest(one), showMap) === JSON.stringify(rest(other), showMap);
}

function showMap(_: string, value: unknown): unknown {
  if (value instanceof Map) return [...value];
  return typeof value === "bigint" ? `${value}` : value;
}

const changing = ["lastmodified", "mac", "tidegate"] as const;

function patch(parsed: ParsedFile, layout: Layout, fields: ReadonlyMap<string, PlainValue>): string {
  const places = scalarPlaces(parsed);
  const splices = parsed.own.flatMap((own) =>
    changing.flatMap((key) => {
      const entry =
        parsed.format === "dotenv"
          ? own.find((one) => one.key === metadataPrefix + key)
          : findEntry(own[0]?.value, key);
      const text = fields.get(key);
      if (entry?.value.kind !== "scalar" || typeof text !== "string" || entry.value.plain.text === text) return [];
      const place = places[entry.value.index]!;
      const head = key === "lastmodified" && parsed.format === "yaml" ? `"${text}"` : layout.encrypted(text, place);
      return placeScalar(parsed.text, entry.value, { head });
    }),
  );
  return applySplices(parsed.text, splices);
}

function rewrite(
  format: ParsedFile["format"],
  layout: Layout,
  text: string,
  fields: ReadonlyMap<string, PlainValue>,
): string {
  if (format === "dotenv") return rewriteLines(layout, text, fields);
  const parsed = parseFile(format, layout, text);
  const splices = parsed.documents.map((document, index): Splice => {
    const [entry] = parsed.own[index] ?? [];
    if (entry !== undefined) return layout.replace(parsed, document, entry, fields);
    return layout.add(parsed, document, metadataKey, fields);
  });
  return applySplices(text, splices);
}

function rewriteLines(layout: Layout, text: string, fields: ReadonlyMap<string, PlainValue>): string {
  const parsed = parseFile("dotenv", layout, text);
  const own = parsed.own.flat().map((entry) => layout.remove(parsed, parsed.documents[0]!, entry));
  const rest = applySplices(text, own);
  const lines = flatten(fields, metadataPrefix).map(([key, value]) => `${key}=${value.replaceAll("\n", "\\n")}\n`);
  return (rest === "" || rest.endsWith("\n") ? rest : `${rest}\n`) + lines.join("");
}
