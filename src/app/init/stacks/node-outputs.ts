import { join } from "node:path";
import type { Repository } from "../repository.ts";

/** Tools that write to a known place unless told otherwise. */
const knownTools: readonly [RegExp, string][] = [
  [/\bnext build\b/, ".next/"],
  [/\bnuxt build\b/, ".output/"],
  [/\b(vite build|tsup|tsdown|astro build|rslib build|parcel build|webpack)\b/, "dist/"],
];

/**
 * Where a build script writes; [] when it cannot be told. A wrong guess would fail every run, so only what a tool's
 * settings, its known habit or package.json itself say is taken.
 */
export function nodeOutputs(repository: Repository, script: string): string[] {
  const compiled = /\btsc\b/.test(script) ? compilerOutput(repository, script) : undefined;
  const known = knownTools.find(([tool]) => tool.test(script))?.[1];
  const output = compiled ?? (/--out|-o |--config/.test(script) ? undefined : known) ?? entryFolder(repository);
  return output === undefined ? [] : [output];
}

function compilerOutput(repository: Repository, script: string): string | undefined {
  const chosen = /(?:-p|--project)[ =](\S+)/.exec(script)?.[1] ?? ".";
  const file = chosen.endsWith(".json") ? chosen : join(chosen, "tsconfig.json");
  const spoken = /--outDir[ =](\S+)/.exec(script)?.[1];
  const written = /^[^/\n]*"outDir"\s*:\s*"([^"]+)"/m.exec(repository.read(file))?.[1];
  return asFolder(spoken ?? written);
}

/** `"main": "dist/index.js"`: what the package hands out, it has to build first. */
function entryFolder(repository: Repository): string | undefined {
  const { main, module } = repository.readJson("package.json");
  const entry = [main, module].find((value) => typeof value === "string");
  const folder = /^(?:\.\/)?(dist|build|lib|out)\//.exec(String(entry ?? ""))?.[1];
  // A folder that is under version control is not built.
  return folder === undefined || folder === "lib" ? undefined : `${folder}/`;
}

function asFolder(path: string | undefined): string | undefined {
  const clean = path?.replace(/^\.\//, "").replace(/\/$/, "");
  if (clean === undefined || clean === "" || clean === "." || clean.startsWith("..") || clean.startsWith("/"))
    return undefined;
  return `${clean}/`;
}
