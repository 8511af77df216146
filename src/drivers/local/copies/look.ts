import { readlinkSync } from "node:fs";
import { digestOfFile } from "../../../files/digest-of-file.ts";
import { preciseLstatIfThere } from "../../../files/lstat-if-there.ts";

/** Of a file: mode, length, and what changes whenever it is written to. Of a link where it leads. `undefined`: nothing is there. */
export function look(path: string): string | undefined {
  const stat = preciseLstatIfThere(path);
  if (stat === undefined) return undefined;
  if (stat.isSymbolicLink()) return `link ${readlinkSync(path)}`;
  const mode = (stat.mode & 0o7777n).toString(8);
  if (stat.isDirectory()) return `folder ${mode}`;
  return stat.isFile() ? `file ${mode} ${stat.size} ${stat.mtimeNs} ${stat.ctimeNs} ${stat.ino}` : "something else";
}

/** Whether a file that looks different has the mode and the content that it had; it is read for that. */
export async function isSame(was: string, is: string, digest: string | null, path: string): Promise<boolean> {
  const [wasKind, isKind] = [was, is].map((text) => text.split(" ").slice(0, 3).join(" "));
  return wasKind === isKind && digest !== null && (await digestOfFile(path)) === digest;
}
