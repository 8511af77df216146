import { fileFailed, ok, type Result } from "../result.ts";
import { parseEntry } from "../signing/entry.ts";
import { signFile } from "../signing/signature.ts";
import { plainText } from "../text/plain.ts";
import { ChangeProblem } from "../text/problems.ts";
import { encryptValue } from "./cipher.ts";
import { decryptTree } from "./decrypt-tree.ts";
import { type EncryptedTree, encryptTree } from "./encrypt-tree.ts";
import { internalsOf, type OpenState } from "./internal-file.ts";
import { macAad } from "./mac.ts";
import { parseSops } from "./parse-sops.ts";
import { printContents, printMetadata } from "./print-text.ts";
import { toSignable } from "./to-signable.ts";
import type { PrintOptions, SopsMetadata } from "./types.ts";
import { wantedAsBefore, wantedOf, wrapGroups } from "./wrap-groups.ts";

/** The bytes of an open file, read back and verified before they are given out. */
export async function printFile(state: OpenState, options: PrintOptions): Promise<Result<Uint8Array>> {
  const { path } = state.file;
  try {
    const encrypted = encrypt(state);
    const { signature: before, ...metadata } = await metadataFor(state, encrypted, options.now);
    const plainPrint = print(state, encrypted, metadata);
    const { sign } = options;
    if (sign === undefined) return await verify(state, encrypted, plainPrint);
    const unsigned = await parseSops(path, Buffer.from(plainPrint, "utf8"));
    if (!unsigned.ok) return unsigned;
    const counter = options.counter ?? (parseEntry(before ?? "")?.counter ?? 0) + 1;
    const signature = signFile(toSignable(unsigned.value), sign, options.now, counter);
    return await verify(state, encrypted, print(state, encrypted, { ...metadata, signature }));
  } catch (error) {
    if (!(error instanceof ChangeProblem)) throw error;
    return fileFailed("recipients-impossible", path, "A secrets file cannot be written", { cause: error.message });
  }
}

function encrypt({ contents, selection, dataKey, file, reuse, isRekeyed }: OpenState): EncryptedTree {
  return encryptTree(contents.parsed, {
    selection,
    key: dataKey.key,
    macOnlyEncrypted: file.metadata.macOnlyEncrypted,
    plains: contents.plains,
    comments: contents.comments,
    reuse: isRekeyed ? undefined : reuse,
  });
}

async function metadataFor(state: OpenState, { mac }: EncryptedTree, now: Date): Promise<SopsMetadata> {
  const { file, recipients, dataKey, isRekeyed } = state;
  const wanted =
    recipients === undefined ? wantedAsBefore(file.metadata) : wantedOf(recipients, file.metadata.keyGroups);
  const isSame = recipients === undefined && !isRekeyed;
  const wraps = isSame ? file.metadata : await wrapGroups(wanted, dataKey, isRekeyed ? undefined : file.metadata);
  const lastModified = now.toISOString().replace(/\.\d+Z$/, "Z");
  return {
    ...file.metadata,
    keyGroups: wraps.keyGroups,
    shamirThreshold: wraps.shamirThreshold,
    lastModified,
    mac: encryptValue(plainText(mac), dataKey.key, macAad(lastModified)),
  };
}

function print(state: OpenState, encrypted: EncryptedTree, metadata: SopsMetadata): string {
  const { contents, layout, file, isRekeyed } = state;
  const text = printContents(contents, encrypted, layout, isRekeyed);
  const before = contents.isStored && file.bytes.length > 0 ? file.metadata : undefined;
  return printMetadata({ format: file.format, layout, text }, metadata, before);
}

/** A file that could not be opened again would be a lost one. */
async function verify({ file, dataKey }: OpenState, { mac }: EncryptedTree, text: string): Promise<Result<Uint8Array>> {
  const bytes = Buffer.from(text, "utf8");
  const parsed = await parseSops(file.path, bytes);
  const context = { key: dataKey.key, macOnlyEncrypted: file.metadata.macOnlyEncrypted };
  const opened = parsed.ok
    ? decryptTree(internalsOf(parsed.value).parsed, { ...context, selection: internalsOf(parsed.value).selection })
    : undefined;
  if (opened !== undefined && "mac" in opened && opened.mac === mac) return ok(bytes);
  const cause = parsed.ok ? "What would be written is not read back as the same" : parsed.failures[0]?.cause;
  return fileFailed("change-impossible", file.path, "A secrets file cannot be written", {
    ...(cause !== undefined && { cause }),
  });
}
