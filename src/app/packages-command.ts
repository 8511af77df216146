import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

/** How a package manager calls a program among the project's packages, and puts these packages in place again. */
const managers = {
  npm: { call: "npx --no tidegate", again: "npm ci" },
  pnpm: { call: "pnpm exec tidegate", again: "pnpm install --frozen-lockfile" },
  yarn: { call: "yarn tidegate", again: "yarn install" },
  bun: { call: "bun run tidegate", again: "bun install" },
} as const;

const lockFiles = [
  ["pnpm-lock.yaml", "pnpm"],
  ["yarn.lock", "yarn"],
  ["bun.lock", "bun"],
  ["bun.lockb", "bun"],
  ["package-lock.json", "npm"],
] as const;

/** What people type for Tidegate where it is one of the project's packages, which no shell finds by name; `undefined` where it is none. */
export function packagesCommand(folder: string): string | undefined {
  const isAmongPackages = holders(folder).some((each) => existsSync(join(each, "node_modules/.bin/tidegate")));
  return isAmongPackages ? managers[managerOf(folder)].call : undefined;
}

/** What puts the project's packages back where they were. */
export function installAgain(folder: string): string {
  return managers[managerOf(folder)].again;
}

function managerOf(folder: string): keyof typeof managers {
  for (const each of holders(folder))
    for (const [file, manager] of lockFiles) if (existsSync(join(each, file))) return manager;
  return "npm";
}

/** The folder and those above it that may hold its packages: up to the repository's. */
function holders(folder: string): string[] {
  const found = [folder];
  for (let current = folder; !existsSync(join(current, ".git")) && dirname(current) !== current; ) {
    current = dirname(current);
    found.push(current);
  }
  return found;
}
