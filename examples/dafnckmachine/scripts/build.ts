/**
 * What is released: the service, the packages that it needs when it runs, and the state files that its database begins with.
 * Node runs its TypeScript as it is.
 */
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";

rmSync("dist", { recursive: true, force: true });
cpSync("service", "dist", { recursive: true });
mkdirSync("dist/brain", { recursive: true });
cpSync("01_Machine/03_Brain/DNA.json", "dist/brain/DNA.json");

interface Lock {
  readonly packages: Readonly<Record<string, { readonly dev?: true; readonly devOptional?: true }>>;
}

/** Those of `dependencies` alone: what is there to develop and to test with has no place in a release. */
const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8")) as Lock;
for (const [path, { dev, devOptional }] of Object.entries(packages))
  if (path !== "" && !dev && !devOptional && existsSync(path)) cpSync(path, `dist/${path}`, { recursive: true });
