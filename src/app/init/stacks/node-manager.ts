import type { TaskDraft } from "../draft.ts";
import type { Repository } from "../repository.ts";

/** A package manager: how it installs exactly what its lock file says, and how it runs a script. */
export interface NodeManager {
  readonly name: string;
  readonly install: TaskDraft;
  run(script: string): string;
}

const managers = [
  { name: "pnpm", lock: "pnpm-lock.yaml", install: "pnpm install --frozen-lockfile" },
  { name: "bun", lock: "bun.lock", install: "bun install --frozen-lockfile" },
  { name: "bun", lock: "bun.lockb", install: "bun install --frozen-lockfile" },
  { name: "yarn", lock: "yarn.lock", install: "yarn install --frozen-lockfile" },
  { name: "npm", lock: "package-lock.json", install: "npm ci" },
  { name: "npm", lock: "npm-shrinkwrap.json", install: "npm ci" },
] as const;

/** Files that change what gets installed. */
const settings = [".npmrc", ".yarnrc.yml", "pnpm-workspace.yaml", "bunfig.toml"];

/** The manager whose lock file is there, else the one package.json names, else npm. */
export function nodeManager(repository: Repository): NodeManager {
  const found = managers.find(({ lock }) => repository.has(lock));
  const named = String(repository.readJson("package.json").packageManager ?? "npm").split("@")[0];
  const name = found?.name ?? managers.find((candidate) => candidate.name === named)?.name ?? "npm";
  return {
    name,
    install: { name: "install", ...installation(repository, name, found) },
    run: (script) => (script === "test" ? `${name} test` : `${name} run ${script}`),
  };
}

function installation(
  repository: Repository,
  name: string,
  found: (typeof managers)[number] | undefined,
): Omit<TaskDraft, "name"> {
  if (found === undefined) {
    return { run: `${name} install`, uncached: "without a lock file, what gets installed changes from day to day" };
  }
  // Yarn from version 2 on says it differently, and announces itself by this file.
  const isBerry = found.name === "yarn" && repository.has(".yarnrc.yml");
  const run = isBerry ? "yarn install --immutable" : found.install;
  const hasWorkspaces = "workspaces" in repository.readJson("package.json") || repository.has("pnpm-workspace.yaml");
  if (hasWorkspaces) return { run, uncached: "each package of the workspace gets a node_modules of its own" };
  const inputs = ["package.json", found.lock, ...settings.filter((file) => repository.has(file))];
  return { run, inputs, outputs: ["node_modules/"] };
}
