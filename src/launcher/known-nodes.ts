import { existsSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";
import { cacheFolder } from "./cache-folder.ts";
import { newestFirst, plainVersion, satisfies } from "./version-range.ts";

export type Variables = Readonly<Record<string, string | undefined>>;

/** A Node on this machine. */
export interface KnownNode {
  /** Absolute. */
  readonly file: string;
  /** Without a `v`. */
  readonly version: string;
}

/** By which variables a Node is found that is not on `PATH`. */
export const nodeVariables = [
  "XDG_CACHE_HOME",
  "XDG_DATA_HOME",
  "NVM_DIR",
  "FNM_DIR",
  "VOLTA_HOME",
  "ASDF_DATA_DIR",
  "MISE_DATA_DIR",
  "NODENV_ROOT",
  "N_PREFIX",
  "RUNNER_TOOL_CACHE",
] as const;

/** The platform and the processor a Node is for, as its folder in the cache is named. */
export const buildName = `${process.platform}-${process.arch}`;

/**
 * The newest Node of a range that this machine has besides `PATH`: in the user's cache, or where a version manager keeps
 * its own (nvm, fnm, volta, asdf, mise, nodenv, n, the tools of a GitHub runner). Starts nothing.
 */
export function knownNode(range: string, env: Variables): KnownNode | undefined {
  const own = nodesIn(cacheFolder("node", env), (name) => name.slice(0, -buildName.length - 1), ["bin"]).filter(
    ({ file }) => dirname(dirname(file)).endsWith(`-${buildName}`),
  );
  const all = [...own, ...managersOf(env).flatMap(({ folder, path }) => nodesIn(folder, (name) => name, path))];
  return all
    .filter(({ version }) => satisfies(version, range))
    .sort((a, b) => newestFirst(a.version, b.version))
    .find(({ file }) => existsSync(file));
}

/** What a folder of versions has: `FOLDER/v20.11.1/PATH/node`. */
function nodesIn(folder: string | undefined, versionOf: (name: string) => string, path: readonly string[]) {
  return namesIn(folder).flatMap((name): KnownNode[] => {
    const version = plainVersion(versionOf(name));
    return version === undefined ? [] : [{ file: join(folder!, name, ...path, "node"), version }];
  });
}

function namesIn(folder: string | undefined): string[] {
  try {
    return folder === undefined ? [] : readdirSync(folder);
  } catch {
    return [];
  }
}

interface Manager {
  readonly folder: string;
  /** From a version's folder to that of its program. */
  readonly path: readonly string[];
}

function managersOf(env: Variables): Manager[] {
  const home = env.HOME !== undefined && isAbsolute(env.HOME) ? env.HOME : homedir();
  const data = env.XDG_DATA_HOME ?? join(home, ".local", "share");
  const tools = env.RUNNER_TOOL_CACHE;
  return [
    { folder: join(env.NVM_DIR ?? join(home, ".nvm"), "versions", "node"), path: ["bin"] },
    ...[env.FNM_DIR ?? join(data, "fnm"), join(home, ".fnm"), join(home, "Library", "Application Support", "fnm")].map(
      (fnm) => ({ folder: join(fnm, "node-versions"), path: ["installation", "bin"] }),
    ),
    { folder: join(env.VOLTA_HOME ?? join(home, ".volta"), "tools", "image", "node"), path: ["bin"] },
    { folder: join(env.ASDF_DATA_DIR ?? join(home, ".asdf"), "installs", "nodejs"), path: ["bin"] },
    { folder: join(env.MISE_DATA_DIR ?? join(data, "mise"), "installs", "node"), path: ["bin"] },
    { folder: join(env.NODENV_ROOT ?? join(home, ".nodenv"), "versions"), path: ["bin"] },
    { folder: join(env.N_PREFIX ?? "/usr/local", "n", "versions", "node"), path: ["bin"] },
    ...(tools === undefined ? [] : [{ folder: join(tools, "node"), path: [process.arch, "bin"] }]),
  ].filter(({ folder }) => isAbsolute(folder));
}
