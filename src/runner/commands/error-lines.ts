import { stripVTControlCharacters } from "node:util";

/** How a line begins that tells of an error, in the tools that people use. Without colours. */
const shapes: readonly RegExp[] = [
  // tsc: `src/a.ts(3,5): error TS2322: …`, `src/a.ts:3:5 - error TS2322: …`; gcc, go vet, rustc.
  /^\S.*[:(]\d+[,:]\d+\)?:? (- )?(fatal )?error\b/,
  // eslint, biome, stylelint: `  3:5  error  'x' is not defined`.
  /^\s+\d+:\d+\s+(error|✖)\s/,
  /^(npm|pnpm|yarn) (ERR!|error)/i,
  /^ ?ERR_[A-Z_]+/,
  // go: `./main.go:3:5: undefined: x`, `--- FAIL: TestX`, `panic: …`.
  /^\S+\.go:\d+:\d+: /,
  /^\s*--- FAIL: /,
  /^panic: /,
  /^go: (?!downloading |finding |found |added |upgraded )/,
  // jest, vitest, pytest, unittest, node:test, TAP.
  /^\s*FAIL\b[ :]/,
  /^FAILED [^(]/,
  /^E {2,}\S/,
  /^not ok \d/,
  /^\s*✖ (?!tests)/,
  // Everybody else: `Error: …`, `TypeError: …`, `error[E0308]: …`, `[ERROR] …`, `✘ [ERROR] …`, `ERROR in …`, `fatal: …`.
  /^\s*(Uncaught )?([A-Za-z_$][\w$.]*)?(Error|Exception)( \[\w+\])?: /,
  /^\s*(error|fatal|fatal error)(\[\w+\])?: /i,
  /^\s*(✘ )?\[(ERROR|FATAL)\]/,
  /^ ?ERROR\b/,
  // Shells: `sh: 1: vite: not found`, `bash: line 1: vite: command not found`.
  /^\S*sh: .*: (command )?not found$/,
  /: command not found$/,
  /^make(\[\d+\])?: \*\*\* /,
];

/** Of a stack trace in Python the last line says what it is, the first that there is one. */
const tracebackStart = /^Traceback \(most recent call last\):/;

/** Finds the first line that tells of an error, as lines come. */
export class ErrorFinder {
  #isInTraceback = false;

  /** Whether the line is one; a traceback's is its last. */
  isError(line: string): boolean {
    const plain = stripVTControlCharacters(line).trimEnd();
    if (tracebackStart.test(plain)) {
      this.#isInTraceback = true;
      return false;
    }
    if (!this.#isInTraceback) return shapes.some((shape) => shape.test(plain));
    if (plain === "" || /^\s/.test(plain)) return false;
    this.#isInTraceback = false;
    return true;
  }
}

/** What a task had need of and did not find. */
export interface MissingThing {
  readonly kind: "module" | "program" | "pythonModule" | "goModule" | Unreachable;
  readonly name: string;
}

/** What has to be fetched, or to answer on this machine, and was out of reach. */
export type Unreachable = "distribution" | "goDownload" | "goVersion" | "pnpmVersion" | "dockerDaemon";

const name = String.raw`(@?[\w.-]+(?:/[\w.-]+)*)`;
const missing: readonly (readonly [MissingThing["kind"], RegExp])[] = [
  ["module", new RegExp(`Cannot find (?:module|package) ['"]${name}['"]`)],
  ["module", new RegExp(`(?:Failed to resolve import|Could not resolve) ['"]${name}['"]`)],
  ["pythonModule", /\bNo module named ['"]?([\w.]+)/],
  ["goModule", /no required module provides package (\S+?)[;:]/],
  ["distribution", /\bNo matching distribution found for (.+?)(?: \(from .*)?$/],
  ["goVersion", /\bgo\.mod requires go >= ([\d.]+)/],
  ["goVersion", /^go: download (go[\d.]+)[^:]*: .*(?:no such host|dial tcp|i\/o timeout|not available|GOPROXY)/],
  ["goDownload", /([\w.~-]+(?:\/[\w.~-]+)+)@v[^:]+: .*(?:no such host|dial tcp|i\/o timeout|disabled by GOPROXY)/],
  ["pnpmVersion", /\bRefusing to run (pnpm@[\w.-]+): its npm registry signature could not be verified/],
  ["dockerDaemon", /(Cannot connect to the Docker daemon)/],
  ["program", /^(?:\S*\/)?(?:ba|da|z|)sh: (?:line )?\d+: ([\w@./+-]+): (?:command )?not found$/],
  ["program", /^(?:\S*\/)?(?:ba|da|z|)sh: ([\w@./+-]+): (?:command )?not found$/],
  ["program", /^([\w@./+-]+): command not found$/],
];

/** What the line says is missing; a file of the project's own (`./x`) is nothing that can be installed. */
export function missingIn(line: string): MissingThing | undefined {
  const plain = stripVTControlCharacters(line).trim();
  for (const [kind, shape] of missing) {
    const found = shape.exec(plain)?.[1];
    if (found !== undefined && !found.startsWith(".") && !found.startsWith("/"))
      return { kind, name: kind === "module" ? packageOf(found) : found };
  }
  return undefined;
}

/** `lodash/fp` is a part of `lodash`. */
function packageOf(specifier: string): string {
  return specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
}
