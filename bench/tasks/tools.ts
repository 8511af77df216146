import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Contender } from "./contender.ts";

/**
 * The folder that the tools are installed in, at exactly their pins: in the user's cache, and only once. A folder that
 * is there is whole, because it got its name last.
 */
export function installTools(contenders: readonly Contender[]): string {
  const dependencies = Object.assign({}, ...contenders.map(({ pins }) => pins));
  const manifest = JSON.stringify({ name: "tools", private: true, dependencies });
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "tidegate-bench");
  const folder = join(cache, createHash("sha256").update(manifest).digest("hex").slice(0, 12));
  if (existsSync(folder)) return folder;
  const fresh = `${folder}.${process.pid}.tmp`;
  try {
    mkdirSync(fresh, { recursive: true });
    writeFileSync(join(fresh, "package.json"), manifest);
    const options = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
    execFileSync("npm", ["install", ...options], { cwd: fresh, stdio: ["ignore", "ignore", "inherit"] });
    renameSync(fresh, folder);
    return folder;
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

/** The links that a workspace's node_modules needs so that it looks as if all tools were installed in it. */
export function moduleLinks(tools: string): Record<string, string> {
  const modules = join(tools, "node_modules");
  const names = readdirSync(modules).filter((name) => !name.startsWith(".") || name === ".bin");
  return Object.fromEntries(names.map((name) => [name, join(modules, name)]));
}
