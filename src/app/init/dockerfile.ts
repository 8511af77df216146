import type { Repository } from "./repository.ts";

/** What a Dockerfile says of how its service is started, after the last `FROM`. */
export interface Dockerfile {
  /** The command, as `ENTRYPOINT` and `CMD` make it; a list of words, or a line for a shell. */
  readonly command?: string | readonly string[];
  /** The port that it listens on. */
  readonly port?: string;
  readonly folder?: string;
  readonly variables: Readonly<Record<string, string>>;
}

/** The Dockerfile at the top of the repository; `undefined`: there is none. */
export function readDockerfile(repository: Repository): Dockerfile | undefined {
  const text = repository.read("Dockerfile");
  if (text === "") return undefined;
  const lines = text
    .replaceAll(/\\[ \t]*\r?\n/g, " ")
    .split(/\r?\n/)
    .map((line) => /^\s*([A-Za-z]+)\s+(.*?)\s*$/.exec(line))
    .flatMap((match) => (match === null ? [] : [{ word: match[1]!.toUpperCase(), rest: match[2]! }]));
  const stage = lines.slice(lines.findLastIndex(({ word }) => word === "FROM") + 1);
  const last = (word: string) => stage.findLast((line) => line.word === word)?.rest;
  const [entry, command] = [wordsOf(last("ENTRYPOINT")), wordsOf(last("CMD"))];
  const both = Array.isArray(entry) && Array.isArray(command) ? [...entry, ...command] : (entry ?? command);
  const port = /^\d+/.exec(last("EXPOSE") ?? "")?.[0];
  const folder = last("WORKDIR");
  return {
    ...(both !== undefined && { command: both }),
    ...(port !== undefined && { port }),
    ...(folder !== undefined && { folder }),
    variables: Object.fromEntries(stage.flatMap(({ word, rest }) => (word === "ENV" ? variablesOf(rest) : []))),
  };
}

function wordsOf(text: string | undefined): string | readonly string[] | undefined {
  if (text === undefined || !text.startsWith("[")) return text;
  try {
    const words: unknown = JSON.parse(text);
    return Array.isArray(words) && words.every((word) => typeof word === "string") ? words : text;
  } catch {
    return text;
  }
}

/** `ENV A=1 B="2 3"`, and the older `ENV A 1`. */
function variablesOf(text: string): (readonly [string, string])[] {
  const pairs = [...text.matchAll(/(\w+)=(?:"([^"]*)"|'([^']*)'|(\S*))/g)];
  if (pairs.length > 0) return pairs.map(([, name, a, b, c]) => [name!, a ?? b ?? c ?? ""] as const);
  const [, name, value = ""] = /^(\w+)\s+(.*)$/.exec(text) ?? [];
  return name === undefined ? [] : [[name, value]];
}
