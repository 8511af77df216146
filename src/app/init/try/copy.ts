import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, realpathSync, writeFileSync } from "node:fs";
import { copyFile, lstat, mkdir, readlink, symlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { removeTree } from "../../../cache/outputs/wipe.ts";
import { mapLimited } from "../../../concurrency/map-limited.ts";
import { lstatIfThere } from "../../../files/lstat-if-there.ts";
import { makeFolder } from "../../../files/make-folder.ts";
import { readTextIfThere } from "../../../files/read-if-there.ts";
import { askGit, namesIn, type Variables } from "../../../git/ask-git.ts";
import { identityOf, isAlive, type ProcessIdentity } from "../../../process/identity.ts";
import { endLeftovers } from "../../../runner/leftovers.ts";

/** A copy of a repository that can be run in, and is gone afterwards. */
export interface Copy {
  /** Absolute, without links; called like the original. */
  readonly folder: string;
  /** The folders that hold something of it before anything has run; relative. */
  readonly folders: ReadonlySet<string>;
  remove(): void;
}

const filesAtOnce = 16;
const ownerFile = "owner.json";

/**
 * Copies what a clone would have, with what git does not track and does not ignore; where there is no git, everything but
 * what is made. What looks like a secret and is not tracked stays. The history is the original's, read only. Removes first what a
 * killed process left of such copies, and ends what it left running. @throws the system's error.
 */
export async function copyRepository(folder: string, variables: Variables): Promise<Copy> {
  const tries = join(variables.XDG_CACHE_HOME || join(variables.HOME || "/tmp", ".cache"), "tidegate", "tries");
  makeFolder(tries);
  await removeLeft(tries);
  const place = join(tries, randomBytes(6).toString("hex"));
  const copy = join(place, basename(realpathSync(folder)));
  mkdirSync(copy, { recursive: true, mode: 0o700 });
  writeFileSync(join(place, ownerFile), JSON.stringify(identityOf(process.pid)), { mode: 0o600 });
  await copyHistory(folder, copy, variables);
  const files = await filesOf(folder, variables);
  await mapLimited(files, filesAtOnce, (path) => copyOne(folder, copy, path));
  return { folder: realpathSync(copy), folders: foldersOf(files), remove: () => removeTree(place) };
}

function foldersOf(files: readonly string[]): Set<string> {
  const folders = new Set<string>();
  for (const file of files)
    for (let at = dirname(file); at !== "." && !folders.has(at); at = dirname(at)) folders.add(at);
  return folders;
}

/** Of a process that lives, nothing is touched. */
async function removeLeft(tries: string): Promise<void> {
  for (const name of readdirSync(tries)) {
    const place = join(tries, name);
    const owner = ownerOf(join(place, ownerFile));
    if (owner !== undefined && isAlive(owner)) continue;
    for (const each of readdirSync(place)) {
      const state = join(place, each, ".tidegate");
      if (existsSync(state)) await endLeftovers(state);
    }
    removeTree(place);
  }
}

function ownerOf(file: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(readTextIfThere(file, { forgive: "everything" }) ?? "") as ProcessIdentity;
  } catch {
    return undefined;
  }
}

/** Tools ask git for the commit and for what is tracked. The settings, which may hold passwords, are not copied. */
async function copyHistory(folder: string, copy: string, variables: Variables): Promise<void> {
  const top = await askGit(folder, ["rev-parse", "--show-toplevel"], { variables, answers: [0, 128] });
  if (!top.ok || top.code !== 0) return;
  const isTop = realpathSync(top.output.trim()) === realpathSync(folder);
  const clone = ["clone", "--quiet", "--shared", "--no-checkout", "--no-tags", top.output.trim(), copy];
  const cloned = isTop ? await askGit(folder, clone, { variables }) : undefined;
  if (cloned?.ok !== true) await askGit(copy, ["init", "--quiet"], { variables });
  else await askGit(copy, ["reset", "--quiet"], { variables, answers: [0, 1, 128] });
}

async function filesOf(folder: string, variables: Variables): Promise<readonly string[]> {
  const tracked = await askGit(folder, ["ls-files", "-z", "--cached", "--recurse-submodules"], { variables });
  const others = await askGit(folder, ["ls-files", "-z", "--others", "--exclude-standard"], { variables });
  if (!tracked.ok || !others.ok) return walk(folder);
  const untracked = namesIn(others.output).filter((path) => !path.endsWith("/") && !looksSecret(path));
  return [...new Set([...namesIn(tracked.output), ...untracked])].filter((path) => !/^\.tidegate\//.test(path));
}

/** Where nothing says what is made, what usually is. */
const made = new Set(["node_modules", ".venv", "venv", "__pycache__", ".git", ".tidegate", "target"]);

function walk(folder: string, below = ""): string[] {
  return readdirSync(join(folder, below), { withFileTypes: true }).flatMap((entry) => {
    const path = below === "" ? entry.name : `${below}/${entry.name}`;
    if (made.has(entry.name) || looksSecret(path)) return [];
    return entry.isDirectory() ? walk(folder, path) : entry.isFile() || entry.isSymbolicLink() ? [path] : [];
  });
}

function looksSecret(path: string): boolean {
  const name = basename(path);
  if (/^\.env(\..*)?$/.test(name)) return !/\.(example|sample|template|dist|defaults?)$/.test(name);
  return /\.(pem|key|p12|pfx|jks|keystore)$|^id_(rsa|dsa|ecdsa|ed25519)$|^\.(npmrc|netrc|pgpass)$|^credentials(\.|$)/.test(
    name,
  );
}

async function copyOne(from: string, to: string, path: string): Promise<void> {
  const source = join(from, path);
  const stat = await lstat(source).catch(() => undefined);
  // What is tracked may have been removed; what is neither file nor link has no content.
  if (stat === undefined || !(stat.isFile() || stat.isSymbolicLink())) return;
  const target = join(to, path);
  if (lstatIfThere(dirname(target)) === undefined) await mkdir(dirname(target), { recursive: true });
  if (stat.isSymbolicLink()) await symlink(await readlink(source), target);
  else await copyFile(source, target);
}
