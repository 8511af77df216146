import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { writeFileAtomic } from "../../files/write-atomic.ts";

/** Adds Tidegate's state to `.gitignore` when git is used and does not ignore it yet; whether it did. */
export function ignoreStateFolder(folder: string): boolean {
  if (!isInRepository(folder)) return false;
  const file = join(folder, ".gitignore");
  const before = existsSync(file) ? readFileSync(file, "utf8") : "";
  if (before.split(/\r?\n/).some((line) => /^\/?\.tidegate\/?$/.test(line.trim()))) return false;
  const gap = before === "" || before.endsWith("\n") ? "" : "\n";
  writeFileAtomic(file, `${before}${gap}.tidegate/\n`, 0o644);
  return true;
}

function isInRepository(folder: string): boolean {
  if (existsSync(join(folder, ".git"))) return true;
  const parent = dirname(folder);
  return parent !== folder && isInRepository(parent);
}
