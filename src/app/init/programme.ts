import { posix } from "node:path";
import { type Json, parseRelaxedJson, textsOf } from "./relaxed-json.ts";
import type { Repository } from "./repository.ts";

/** Whether the programme of a tsconfig at the root takes in a TypeScript file, whose path is relative to the root. */
export function isInProgramme(repository: Repository, file: string, path: string): boolean {
  const { files, include, exclude } = filesOf(repository, file);
  const included = include ?? (files === undefined ? ["**/*"] : []);
  const isMatch = (patterns: readonly string[]) => patterns.some((pattern) => matcherOf(pattern).test(path));
  return isMatch(included) && !isMatch(exclude ?? []);
}

interface Listed {
  readonly files?: readonly string[];
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
}

/** What a tsconfig says of its files itself, else those that it extends; shared ones from packages say nothing. */
function filesOf(repository: Repository, file: string, depth = 0): Listed {
  const config = parseRelaxedJson(repository.read(file)) as Json | undefined;
  const bases = [config?.extends].flat().filter((base): base is string => typeof base === "string");
  const near = bases.filter((base) => base.startsWith("./") && depth < 8);
  const extended = near.map((base) => {
    const path = posix.join(posix.dirname(file), base);
    return filesOf(repository, path.endsWith(".json") ? path : `${path}.json`, depth + 1);
  });
  const own = Object.fromEntries(
    ["files", "include", "exclude"].flatMap((key) =>
      Array.isArray(config?.[key]) ? [[key, textsOf(config[key])]] : [],
    ),
  );
  return Object.assign({}, ...extended, own);
}

/** TypeScript's wildcards. A folder stands for all that is in it. */
function matcherOf(pattern: string): RegExp {
  const plain = pattern.replace(/^(\.\/)+/, "").replace(/\/$/, "");
  if (plain === "" || plain === ".") return /^/;
  const parts = plain.replace(/(^|\/)\*\*$/, "$1**/*").split(/(\*\*\/|\*|\?)/);
  const meaning: Record<string, string> = { "**/": "(.*/)?", "*": "[^/]*", "?": "[^/]" };
  return new RegExp(
    `^${parts.map((part) => meaning[part] ?? part.replace(/[.+^${}()|[\]\\]/g, "\\$&")).join("")}(/.*)?$`,
  );
}
