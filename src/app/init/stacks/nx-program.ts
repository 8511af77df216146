import { posix } from "node:path";
import { type Json, objectOf, parseRelaxedJson } from "../relaxed-json.ts";
import type { Repository } from "../repository.ts";
import { nodeOutputs } from "./node-outputs.ts";

/** What starts a program in Node, from what a build has written. */
export const runsNode = /^@(nx|nrwl)\/(js:node|node:(node|execute))$/;

/**
 * The program that `nx serve` starts once it has built it, and the folder of that build; `undefined` where nx starts something
 * else, or writes elsewhere than into the project.
 */
export function nxProgram(repository: Repository): { readonly run: string; readonly folder: string } | undefined {
  const project = objectOf(parseRelaxedJson(repository.read("project.json")));
  const targets = {
    ...objectOf(objectOf(repository.readJson("package.json").nx).targets),
    ...objectOf(project.targets),
  };
  const starts = Object.values(targets).some((target) => runsNode.test(String(objectOf(target).executor)));
  const folder = starts ? builtFolder(repository, objectOf(objectOf(targets.build).options), project) : undefined;
  return folder === undefined ? undefined : { run: `node ${folder}main.js`, folder };
}

/** Paths of nx count from the repository's own folder; `sourceRoot` tells how far down the project is. */
function builtFolder(repository: Repository, { outputPath }: Json, { sourceRoot }: Json): string | undefined {
  if (typeof outputPath !== "string") {
    const isPacked = repository.entries.some((entry) => /^webpack\.config\./.test(entry));
    return isPacked ? nodeOutputs(repository, "webpack").find((output) => output.endsWith("/")) : undefined;
  }
  const root = typeof sourceRoot === "string" ? posix.dirname(sourceRoot) : ".";
  const path = posix.relative(root, outputPath.replace("{projectRoot}", root).replace("{workspaceRoot}/", ""));
  return path.startsWith("..") || path === "" ? undefined : `${path}/`;
}
