import { createHash, randomBytes } from "node:crypto";
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { cacheFolder, isOwn } from "./cache-folder.ts";

/*
 * Tidegate is mostly installed in the `node_modules` that a task like `npm ci` removes while it runs. So what is
 * installed there only starts a copy in the user's cache: what is loaded later, and the processes that outlive the
 * call, come from the copy. A copy is named by the digest of its content, and is there whole or not at all.
 */

declare const TIDEGATE_CONTENT: string | undefined;

/** Copies that nothing was started from for so long are removed. */
const keepMs = 30 * 24 * 3_600_000;
const dayMs = 24 * 3_600_000;
const draftPrefix = ".draft-";

export type OwnCopy =
  /** Absolute: the folder that has the same files as the one that was asked for. */
  | { readonly copy: string }
  /** What is installed is not what was built. */
  | { readonly damaged: string }
  /** It runs where it is: nobody wipes it, or there is no folder to copy it to. */
  | { readonly inPlace: "notInstalled" | "noCache" };

/**
 * The folder to run Tidegate from, for the one it was started from. `content`: the digest that the build put in; absent
 * when it runs from its sources.
 */
export function ownCopy(
  installed: string,
  env: Readonly<Record<string, string | undefined>>,
  now: number = Date.now(),
  content: string | undefined = builtContent(),
): OwnCopy {
  if (content === undefined || !isInstalled(installed)) return { inPlace: "notInstalled" };
  const folder = cacheFolder("program", env);
  if (folder === undefined) return { inPlace: "noCache" };
  const copy = join(folder, content);
  const known = statusOf(copy);
  if (known !== undefined) {
    if (!isOwn(known) || !known.isDirectory()) return { inPlace: "noCache" };
    if (now - known.mtimeMs > dayMs) markUsed(join(copy, "dist"));
    return { copy: join(copy, "dist") };
  }
  return makeCopy(installed, folder, content, now);
}

/** Keeps a copy that is in use from being removed as an old one. Does nothing to any other folder. */
export function markUsed(dist: string): void {
  if (!isOwnCopy(dist)) return;
  const copy = dirname(dist);
  try {
    utimesSync(copy, new Date(), new Date());
  } catch {
    // It is gone; what runs goes on as long as it can.
  }
}

/** Whether a folder that Tidegate runs from is a copy that `ownCopy` made. */
export function isOwnCopy(dist: string): boolean {
  const copies = dirname(dirname(dist));
  return basename(copies) === "program" && basename(dirname(copies)) === "tidegate";
}

/** What the digest of a package is made of: every file that can be loaded, but the one that starts it. */
export function contentDigest(files: ReadonlyMap<string, Uint8Array>): string {
  const hash = createHash("sha256");
  for (const name of [...files.keys()].sort()) {
    const bytes = files.get(name)!;
    hash.update(`${name} ${bytes.length}\n`).update(bytes);
  }
  return hash.digest("hex");
}

/** What is loaded of a package's folder, besides the program that starts it. */
export function isContent(name: string): boolean {
  return name.endsWith(".js") && name !== "bin.js";
}

function builtContent(): string | undefined {
  return typeof TIDEGATE_CONTENT === "string" ? TIDEGATE_CONTENT : undefined;
}

/** A clone, or a link to one, stays where it is: what is changed there is to be seen at once. */
export function isInstalled(folder: string): boolean {
  return folder.split("/").includes("node_modules");
}

function makeCopy(installed: string, folder: string, content: string, now: number): OwnCopy {
  const names = readdirSync(installed).filter(isContent);
  const files = new Map<string, Uint8Array>(names.map((name) => [name, readFileSync(join(installed, name))]));
  if (contentDigest(files) !== content) return { damaged: installed };
  files.set("bin.js", readFileSync(join(installed, "bin.js")));
  const draft = join(folder, `${draftPrefix}${process.pid}-${randomBytes(4).toString("hex")}`);
  try {
    mkdirSync(join(draft, "dist"), { recursive: true, mode: 0o700 });
    for (const [name, bytes] of files) writeFileSync(join(draft, "dist", name), bytes, { mode: 0o600 });
    const { name, version } = JSON.parse(readFileSync(join(installed, "..", "package.json"), "utf8"));
    writeFileSync(join(draft, "package.json"), `${JSON.stringify({ name, version, type: "module" })}\n`, {
      mode: 0o600,
    });
    putInPlace(draft, join(folder, content));
  } catch {
    // A full disk, or one that takes nothing.
    return { inPlace: "noCache" };
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  removeOld(folder, now);
  return { copy: join(folder, content, "dist") };
}

/** At once, so that whoever sees it sees all of it. When another call was faster, its copy is as good. */
function putInPlace(draft: string, copy: string): void {
  try {
    renameSync(draft, copy);
  } catch (error) {
    if (statusOf(copy)?.isDirectory() !== true) throw error;
  }
}

function removeOld(folder: string, now: number): void {
  for (const name of readdirSync(folder)) {
    const limit = name.startsWith(draftPrefix) ? dayMs : keepMs;
    const status = statusOf(join(folder, name));
    try {
      if (status !== undefined && now - status.mtimeMs > limit) rmSync(join(folder, name), { recursive: true });
    } catch {
      // Another call removes it, too.
    }
  }
}

function statusOf(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}
