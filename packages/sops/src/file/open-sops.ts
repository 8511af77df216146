import { fileFailed, ok, type Result, showPath } from "../result.ts";
import { decryptValue, parseEncrypted } from "./cipher.ts";
import { storedContents } from "./contents.ts";
import { type DataKey, unwrapDataKey } from "./data-key.ts";
import { type DecryptedTree, type DecryptProblem, decryptTree } from "./decrypt-tree.ts";
import { internalsOf } from "./internal-file.ts";
import { macAad } from "./mac.ts";
import { OpenFile } from "./open-file.ts";
import type { OpenSops, PrivateKey, SopsFile } from "./types.ts";

/**
 * Unwraps the data key, decrypts everything and verifies the MAC. No key fits: `no-key`; something is not as it was
 * encrypted: `value-exposed`, `value-tampered`, `mac-wrong`.
 */
export async function openSops(file: SopsFile, identities: readonly PrivateKey[]): Promise<Result<OpenSops>> {
  const dataKey = await unwrapDataKey(file.metadata, identities);
  if (dataKey === undefined) return noKey(file, identities.length);
  const { parsed, selection, layout } = internalsOf(file);
  const { macOnlyEncrypted } = file.metadata;
  const tree = decryptTree(parsed, { selection, key: dataKey.key, macOnlyEncrypted });
  if ("reason" in tree) return tampered(file, tree);
  if (!isAuthentic(file, dataKey, tree)) return wrongMac(file);
  const contents = storedContents(parsed, tree);
  return ok(new OpenFile({ file, layout, selection, contents, dataKey, isRekeyed: false, reuse: tree.reuse }));
}

/** SOPS compares the two texts as they are; both are no secret. */
function isAuthentic({ metadata }: SopsFile, { key }: DataKey, { mac }: DecryptedTree): boolean {
  const stored = parseEncrypted(metadata.mac);
  const expected = stored === undefined ? undefined : decryptValue(stored, key, macAad(metadata.lastModified));
  return expected?.type === "str" && expected.text === mac;
}

function noKey({ path, metadata }: SopsFile, count: number) {
  const { keyGroups, shamirThreshold } = metadata;
  const cause =
    count === 0
      ? "No age key was found"
      : `It is encrypted to others than the ${count} age ${count === 1 ? "key" : "keys"} that were found`;
  const isSplit = keyGroups.length > 1;
  const why = isSplit ? `${cause}, and keys of ${shamirThreshold} groups are needed` : cause;
  const hint = "Put a key of one of its recipients into SOPS_AGE_KEY_FILE, SOPS_AGE_KEY or the key file of SOPS.";
  return fileFailed("no-key", path, "No key opens a secrets file", { cause: why, hint });
}

function tampered(file: SopsFile, { visit, reason }: DecryptProblem) {
  const key = showPath(visit.path);
  const line = file.leaves.find(({ path, document }) => document === visit.document && showPath(path) === key)?.line;
  const place = line === undefined ? {} : { line };
  if (reason === "not-encrypted") {
    const hint = "Take the value out, set it again, and renew it wherever it is used: it was readable.";
    return fileFailed("value-exposed", file.path, `${key} stands in plain text where it must be encrypted`, {
      hint,
      ...place,
    });
  }
  const cause = "Its text was changed, it was moved from another key, or its list was renamed";
  return fileFailed("value-tampered", file.path, `${key} is not as it was encrypted`, {
    cause,
    hint: restore,
    ...place,
  });
}

function wrongMac({ path }: SopsFile) {
  const cause =
    "Values were added, removed, reordered or changed in the open, or its metadata (mac, lastmodified, mac_only_encrypted) was changed";
  return fileFailed("mac-wrong", path, "The MAC of a secrets file is wrong", { cause, hint: restore });
}

const restore = "Take the file back from a commit in which it was right, and make the change again.";
