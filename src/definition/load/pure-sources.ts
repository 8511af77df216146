import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { relative } from "node:path";
import type { Node } from "acorn";
import { importsOf, localFile } from "./local-imports.ts";
import { findNode, isParsed, type ParsedModule, parseModule } from "./parse-module.ts";

/** Packages whose values depend on nothing but what they are given. */
const purePackages = new Set(["tidegate", "zod", "valibot", "arktype"]);

/** What data can depend on besides the source: the machine, the clock, chance, other files. */
const impureNames = new Set([
  ..."process global globalThis window self navigator require module exports eval Function constructor".split(" "),
  ..."Date Intl Temporal performance random crypto fetch WebSocket setTimeout setInterval setImmediate".split(" "),
  ..."queueMicrotask Reflect Proxy WeakRef Atomics SharedArrayBuffer Worker localStorage sessionStorage".split(" "),
]);

const impureNodes = new Set(["ImportExpression", "MetaProperty", "AwaitExpression"]);

export interface Sources {
  /** The files looked at: all of the definition's, or up to the one that decided against it. */
  readonly files: readonly string[];
  /** Whether its data can depend on nothing but them. */
  readonly pure: boolean;
}

/**
 * The files that a definition is made of, and whether that is all it is made of. Conservative: a name that might reach
 * outside counts, wherever it stands.
 */
export function sourcesOf(file: string): Sources {
  const sources = new Set<string>();
  const pure = new Set<string>();
  const waiting = [file];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (sources.has(next)) continue;
    sources.add(next);
    const module = parseModule(next);
    if (!isParsed(module) || findNode(module.program, isImpure) !== undefined) break;
    const imported = importedFiles(module);
    if (imported === undefined) break;
    waiting.push(...imported);
    pure.add(next);
  }
  return { files: [...sources], pure: pure.size === sources.size };
}

/**
 * One digest of the files that a definition is made of, as far as they can be followed; the same wherever the project
 * lies. Two definitions with the same digest are the same unless they read something else than their files.
 */
export function sourcesDigest({ file, folder }: { readonly file: string; readonly folder: string }): string {
  const hash = createHash("sha256");
  const { files } = sourcesOf(file);
  for (const source of [...files].sort()) {
    const text = existsSync(source) ? readFileSync(source) : Buffer.alloc(0);
    hash.update(JSON.stringify([relative(folder, source), text.length])).update(text);
  }
  return `sha256:${hash.digest("hex")}`;
}

function importedFiles(module: ParsedModule): string[] | undefined {
  const files: string[] = [];
  for (const { specifier } of importsOf(module)) {
    const local = localFile(module.file, specifier);
    if (local !== undefined) files.push(local);
    else if (!purePackages.has(specifier)) return undefined;
  }
  return files;
}

function isImpure(node: Node): boolean {
  if (impureNodes.has(node.type)) return true;
  return node.type === "Identifier" && impureNames.has((node as Node & { name: string }).name);
}
