import { existsSync, realpathSync } from "node:fs";
import { arch, platform } from "node:os";
import { dirname, join } from "node:path";
import { isRecord } from "../files/is-record.ts";
import { readTextIfThere } from "../files/read-if-there.ts";
import type { Step, TaskPackage } from "../graph/named-task.ts";
import { findProgram } from "../inputs/tools.ts";

type Variables = Readonly<Record<string, string>>;
type Content = Readonly<Record<string, unknown>>;

/**
 * The variables that a script of package.json finds when npm starts it, as far as scripts rely on them: see
 * `lib/set-path.js`, `lib/package-envs.js` and `lib/make-spawn-args.js` of @npmcli/run-script. `root`: what stands for
 * the project's folder.
 */
export function scriptVariables(
  root: string,
  { folder }: TaskPackage,
  { run, script }: Step,
  { node, manager }: ScriptTools,
): Variables {
  if (script === undefined) return { INIT_CWD: root };
  const file = join(root, folder, "package.json");
  const { name, version, config, engines, bin } = readPackage(file);
  return {
    ...flatten("npm_package", { name, version, config, engines, bin }),
    npm_package_json: file,
    npm_lifecycle_event: script,
    npm_lifecycle_script: typeof run === "string" ? run : run.join(" "),
    npm_command: "run",
    npm_node_execpath: node,
    NODE: node,
    ...(manager.file !== undefined && { npm_execpath: manager.file }),
    npm_config_user_agent: `${manager.name}/${manager.version} node/${process.version} ${platform()} ${arch()} workspaces/true`,
    npm_config_local_prefix: root,
    INIT_CWD: root,
  };
}

/** What would run the scripts of a project. */
export interface ScriptTools {
  /** Absolute. */
  readonly node: string;
  readonly manager: Manager;
}

/** Finds the tools of scripts once for all of them, as a package manager that runs them all would. */
export class ScriptToolFinder {
  readonly #found = new Map<string, ScriptTools>();

  /** `root`: what stands for the project's folder. `searchPath`: the PATH that scripts get, without packages' own programs. */
  find(root: string, searchPath: string): ScriptTools {
    const key = `${root}\0${searchPath}`;
    const known = this.#found.get(key);
    if (known !== undefined) return known;
    const node = realpathSync.native(findProgram("node", searchPath, root) ?? process.execPath);
    const tools = { node, manager: managerOf(root, searchPath) };
    this.#found.set(key, tools);
    return tools;
  }
}

interface Manager {
  readonly name: string;
  readonly version: string;
  readonly file?: string;
}

const lockfiles = { "pnpm-lock.yaml": "pnpm", "yarn.lock": "yarn", "bun.lock": "bun", "bun.lockb": "bun" } as const;

/** The package manager that the project says it uses; otherwise the one whose lockfile it has. */
function managerOf(root: string, searchPath: string): Manager {
  const said = /^(npm|pnpm|yarn|bun)@([^+\s]+)/.exec(String(readPackage(join(root, "package.json")).packageManager));
  const name = said?.[1] ?? lockedBy(root) ?? "npm";
  const found = findProgram(name, searchPath, root);
  const file = found === undefined ? undefined : realpathSync.native(found);
  return { name, version: said?.[2] ?? versionBeside(file) ?? "?", ...(file !== undefined && { file }) };
}

function lockedBy(root: string): string | undefined {
  return Object.entries(lockfiles).find(([file]) => existsSync(join(root, file)))?.[1];
}

/** `…/npm/bin/npm-cli.js` belongs to the package in `…/npm`. */
function versionBeside(file: string | undefined): string | undefined {
  const { version } = file === undefined ? {} : readPackage(join(dirname(file), "..", "package.json"));
  return typeof version === "string" ? version : undefined;
}

function readPackage(file: string): Content {
  try {
    const value: unknown = JSON.parse(readTextIfThere(file, { forgive: "everything" }) ?? "");
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}

/** `{ config: { port: 80 } }` → `npm_package_config_port=80`; items of lists are numbered. */
function flatten(prefix: string, value: unknown): Record<string, string> {
  if (value === undefined || value === null) return {};
  if (typeof value !== "object") return { [prefix]: String(value) };
  const parts = Object.entries(value).map(([key, each]) => flatten(`${prefix}_${key.replaceAll(/[^\w]/g, "_")}`, each));
  return Object.assign({}, ...parts);
}
