import { fileFailed, ok, type Result } from "../result.ts";
import { columnOf, lineCounter } from "../text/columns.ts";
import { limits } from "../text/limits.ts";
import { layoutOf, type ParsedFile, parseFile } from "../text/parsed-file.ts";
import { bytesOf, type Plain, scalarOf } from "../text/plain.ts";
import { SyntaxProblem } from "../text/problems.ts";
import { formatOf, type SopsFormat } from "../text/sops-format.ts";
import { type CommentNode, type ScalarNode, type Visit, walkTree } from "../text/tree.ts";
import { treeValue } from "../text/tree-value.ts";
import { parseEncrypted } from "./cipher.ts";
import { unflatten } from "./flatten.ts";
import { withInternals } from "./internal-file.ts";
import { MetadataProblem, readMetadata } from "./metadata-read.ts";
import { type Selection, selectionOf } from "./selector.ts";
import type { Leaf, LeafType, PlainValue, SopsFile, SopsMetadata, StoredComment } from "./types.ts";

/**
 * The file as it stands, without any key. `path` decides the format. Not a SOPS file, or damaged:
 * `file-invalid`.
 */
export async function parseSops(path: string, bytes: Uint8Array): Promise<Result<SopsFile>> {
  const format = formatOf(path);
  if (format === undefined) {
    const hint = "Keep the secrets in a YAML, JSON or dotenv file.";
    return fileFailed("file-invalid", path, "INI files are not supported", { hint });
  }
  const text = decodeText(path, bytes);
  return text.ok ? parseText(path, format, bytes, text.value) : text;
}

/** The text of a file that is not too large. */
export function decodeText(path: string, bytes: Uint8Array): Result<string> {
  if (bytes.length > limits.bytes)
    return fileFailed("file-invalid", path, `A secrets file is larger than ${limits.bytes / 1024 / 1024} MiB`);
  try {
    return ok(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    return fileFailed("file-invalid", path, "A secrets file is not valid UTF-8");
  }
}

async function parseText(path: string, format: SopsFormat, bytes: Uint8Array, text: string): Promise<Result<SopsFile>> {
  const layout = layoutOf(format);
  try {
    const parsed = parseFile(format, layout, text);
    const metadata = metadataOf(parsed);
    const selection = await selectionOf(metadata.selector);
    if ("problem" in selection) throw new MetadataProblem(`its regular expression is not valid: ${selection.problem}`);
    const file = describe({ path, bytes }, parsed, metadata, selection);
    return ok(withInternals(file, { parsed, layout, selection }));
  } catch (error) {
    return explain(path, text, error);
  }
}

/** What a parser threw, as a failure. */
export function explain(path: string, text: string, error: unknown): Result<never> {
  if (error instanceof SyntaxProblem) {
    const line = lineCounter(text)(error.offset);
    const place = { line, column: columnOf(text, error.offset) + 1 };
    return fileFailed("file-invalid", path, "A secrets file cannot be parsed", {
      cause: error.message,
      ...place,
    });
  }
  if (error instanceof MetadataProblem) {
    const cause = `Its SOPS metadata cannot be used: ${error.message}`;
    return fileFailed("file-invalid", path, "A secrets file is not a SOPS file", { cause, line: 1 });
  }
  throw error;
}

function metadataOf(parsed: ParsedFile): SopsMetadata {
  const [own = []] = parsed.own;
  const readText = (plain: Plain) => (plain.type === "time" ? plain.text : scalarOf(plain));
  const plains = parsed.scalars.map(({ plain }) => plain);
  if (own.length === 0) throw new MetadataProblem("there is none: the file is not encrypted");
  if (parsed.format !== "dotenv") return readMetadata(asMap(treeValue(own[0]!.value, plains, readText)));
  const fields = unflatten(
    own.map(({ key = "", value }) => [key.slice("sops_".length), String(treeValue(value, plains, readText))]),
  );
  return readMetadata(asMap(fields));
}

function asMap(value: PlainValue | undefined): ReadonlyMap<string, PlainValue> {
  if (!(value instanceof Map)) throw new MetadataProblem("it is not a mapping");
  return value;
}

function describe(
  source: Pick<SopsFile, "path" | "bytes">,
  parsed: ParsedFile,
  metadata: SopsMetadata,
  selection: Selection,
): SopsFile {
  const lineOf = lineCounter(parsed.text);
  const leaves: Leaf[] = [];
  const comments: StoredComment[] = [];
  const above = (visit: Visit<ScalarNode | CommentNode>) =>
    visit.above.map((indices) => indices.map((index) => parsed.comments[index]?.text ?? ""));
  const comment = (visit: Visit<ScalarNode | CommentNode>, stored: string, path: Leaf["path"]) => {
    const isExposed =
      visit.node.kind === "comment" &&
      visit.node.text.trim() !== "" &&
      parseEncrypted(visit.node.text) === undefined &&
      selection.encryptsComment(visit.keys, above(visit));
    const place = { position: leaves.length, line: lineOf(visit.node.start) };
    comments.push({ document: visit.document, path, stored, isExposed, ...place });
  };
  walkTree(parsed.content, {
    scalar: (visit) => {
      const { node, document } = visit;
      const isEncrypted = node.plain.type !== "null" && selection.encrypts(visit.keys, above(visit));
      const encrypted = isEncrypted && node.plain.type === "str" ? parseEncrypted(node.plain.text) : undefined;
      if (encrypted?.type === "comment") return comment(visit, node.plain.text, visit.path.slice(0, -1));
      const type = (encrypted?.type ?? node.plain.type) as LeafType;
      const line = lineOf(node.start);
      leaves.push({
        path: visit.path,
        document,
        type,
        isEncrypted,
        isExposed: isEncrypted && encrypted === undefined && !isEmptyText(node.plain),
        stored: node.plain.text,
        line,
        ...(!isEncrypted && openLeaf(node.plain)),
      });
    },
    comment: (visit) => comment(visit, visit.node.text, visit.path),
  });
  return { ...source, format: parsed.format, metadata, leaves, comments };
}

/** Which SOPS never encrypts. */
function isEmptyText({ type, text }: Plain): boolean {
  return type === "str" && text === "";
}

/** The plaintext of a leaf. */
export function openLeaf(plain: Plain): Pick<Leaf, "value" | "bytes"> {
  const isText = plain.bytes === undefined && plain.type !== "bytes";
  return { value: scalarOf(plain), ...(!isText && { bytes: bytesOf(plain) }) };
}
