import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { cacheFolder, cachesOf } from "./cache-folder.ts";
import { buildName, type KnownNode, type Variables } from "./known-nodes.ts";
import { npmClient } from "./npm-client.ts";
import { extractFile } from "./tarball.ts";
import { plainVersion } from "./version-range.ts";

const execute = promisify(execFile);

/** Why there is no Node now, in words for people. */
export interface NotFetched {
  readonly message: string;
  readonly cause: string;
  readonly hint: string;
}

export type Fetched = KnownNode | NotFetched;

export interface FetchRequest {
  /** npm's grammar. */
  readonly range: string;
  readonly env: Variables;
  /** Where npm is asked from: its settings for this folder hold (the registry, a proxy). */
  readonly folder: string;
  /** What the package must be, as npm writes it; absent: what the registry says, which npm checks. */
  readonly integrity?: string | undefined;
}

/** The packages that the package `node` installs one of. */
export const nodePackage = `${process.platform === "darwin" && process.arch === "arm64" ? "node-bin" : "node"}-${buildName}`;

/**
 * Fetches the newest Node of a range through npm, whose client checks its integrity, and keeps its program (not its
 * headers) in the user's cache. Nothing of the package is run before, no script of it at all.
 */
export async function fetchNode(request: FetchRequest): Promise<Fetched> {
  const { env, range } = request;
  const folder = cacheFolder("node", env);
  if (folder === undefined) return noFolder(env);
  const npm = npmClient(env);
  if (npm === undefined) return notFetched("There is no npm on PATH to fetch it with.");
  const draft = mkdtempSync(join(folder, ".draft-"));
  try {
    const tarball = await pack(npm, draft, request);
    const problem = await integrityProblem(tarball, request.integrity);
    if (problem !== undefined) return notFetched(problem);
    const program = join(draft, "node", "bin", "node");
    mkdirSync(join(draft, "node", "bin"), { recursive: true, mode: 0o700 });
    if (!(await extractFile(tarball, "package/bin/node", program))) return notFetched(`${nodePackage} has no program.`);
    const version = await versionOf(program);
    return { file: put(folder, join(draft, "node"), version), version };
  } catch (error) {
    return notFetched(reasonOf(error, range));
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

async function pack(npm: string, draft: string, { range, env, folder }: FetchRequest): Promise<string> {
  const words = ["pack", `${nodePackage}@${range}`, "--pack-destination", draft, "--loglevel=error"];
  const plain = ["--ignore-scripts", "--dry-run=false", "--global=false", "--workspaces=false", "--progress=false"];
  await execute(npm, [...words, ...plain], { cwd: folder, env: withoutOccasion(env), maxBuffer: 1 << 26 });
  const [name] = readdirSync(draft).filter((file) => file.startsWith(nodePackage) && file.endsWith(".tgz"));
  if (name === undefined) throw new Error("npm pack left no file behind");
  return join(draft, name);
}

/** What npm has set for the one command that it runs just now would change what it is asked here. */
function withoutOccasion(env: Variables): NodeJS.ProcessEnv {
  const occasional = /^npm_config_(package|call|workspaces?|include_workspace_root|json|omit|include)$/i;
  return Object.fromEntries(Object.entries(env).filter(([name]) => !occasional.test(name)));
}

async function integrityProblem(file: string, expected: string | undefined): Promise<string | undefined> {
  if (expected === undefined) return undefined;
  const hash = createHash("sha512");
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  const found = `sha512-${hash.digest("base64")}`;
  return found === expected
    ? undefined
    : `The registry has another ${nodePackage} than the one that this version of Tidegate expects: ${found}`;
}

/** That it answers at all says that it fits this machine. */
async function versionOf(program: string): Promise<string> {
  const { stdout } = await execute(program, ["--version"], { env: {}, timeout: 30_000 });
  const version = plainVersion(stdout);
  if (version === undefined) throw new Error(`it says that it is version ${stdout.trim()}`);
  return version;
}

/** At once; when another call was faster, its Node is as good. */
function put(folder: string, draft: string, version: string): string {
  const place = join(folder, `${version}-${buildName}`);
  try {
    renameSync(draft, place);
  } catch (error) {
    if (statSync(join(place, "bin", "node"), { throwIfNoEntry: false }) === undefined) throw error;
  }
  return join(place, "bin", "node");
}

function noFolder(env: Variables): NotFetched {
  const cause = `${cachesOf(env)} cannot be written, or others can write to it.`;
  const hint = "Name a folder that is yours alone in XDG_CACHE_HOME, then run the command again.";
  return { message: "There is no folder to keep it in", cause, hint };
}

function notFetched(cause: string): NotFetched {
  const hint = `See whether this works: npm view ${nodePackage} version`;
  return { message: "It could not be fetched", cause, hint };
}

/** What npm said; of a program that does not start, why. */
function reasonOf(error: unknown, range: string): string {
  const { stderr = "", code, message } = error as { stderr?: string; code?: unknown; message: string };
  const said = stderr
    .split("\n")
    .map((line) => line.replace(/^npm (error|ERR!)\s*/, "").trim())
    .filter((line) => line !== "" && !/^(code|A complete log|Note that|or http)/i.test(line));
  if (/ETARGET|No matching version/.test(stderr)) return `The registry has no ${nodePackage}@${range}.`;
  if (said.length > 0) return `npm: ${said.slice(0, 3).join("\n")}`;
  return code === "ENOENT" ? "It does not start on this system." : message.split("\n")[0]!;
}
