import { posix } from "node:path";
import type { Command } from "../../definition/types.ts";

/** One command of a command line, as far as it can be told without being a shell. */
export interface SimpleCommand {
  /** A word whose text only a shell knows (`$HOME/bin`) is `undefined`. */
  readonly words: readonly (string | undefined)[];
  /** The folder it runs in, relative to where the line does; "" is that one. */
  readonly folder: string;
  /** Whether the line goes on when it fails: what may fail need not be there. */
  readonly mayFail: boolean;
  /** Whether the line goes on at once: `server & test`. */
  readonly isBeside?: boolean;
}

type Token =
  | { readonly kind: "word"; readonly text: string | undefined }
  | { readonly kind: "operator"; readonly text: string };

/**
 * The commands that a line is certain to come to, in their order. It ends where only a shell knows how it goes on: at
 * conditions, loops, functions, a folder that a variable names, and at whatever changes where programs are looked for.
 */
export function simpleCommands(command: Command): readonly SimpleCommand[] {
  if (typeof command !== "string") return unwrapped(command, "", false);
  const found: SimpleCommand[] = [];
  let folder = "";
  for (const { words, operator } of linesOf(tokensOf(command))) {
    const [program] = words;
    if (program === "cd") {
      const next = words.length === 2 ? words[1] : undefined;
      if (next === undefined || next.startsWith("/") || next.startsWith("-") || operator === "||") return found;
      folder = posix.join(folder, next).replace(/^\.$|\/$/, "");
      continue;
    }
    if (program === undefined || turnsAside.has(program) || changesPath(words)) return found;
    const commands = unwrapped(words, folder, operator === "||" || operator === "|");
    found.push(...(operator === "&" ? commands.map((one) => ({ ...one, isBeside: true })) : commands));
    // What comes behind `||` runs only when something failed.
    if (operator === "||") return found;
  }
  return found;
}

/** After these nobody but a shell knows what happens. */
const turnsAside = new Set(
  (
    ". alias case command eval export for function hash if nvm pushd return select set shift source trap type unset " +
    "until which while { } [[ !"
  ).split(" "),
);

function changesPath(words: readonly (string | undefined)[]): boolean {
  return words.some((word) => word !== undefined && /^PATH=/.test(word));
}

/** What a word in front of a command only passes on: `exec node a.js`, `env A=1 node a.js`, `cross-env A=1 node a.js`. */
function unwrapped(words: readonly (string | undefined)[], folder: string, mayFail: boolean): readonly SimpleCommand[] {
  const bare = words.slice(words.findIndex((word) => word === undefined || !isAssignment(word)));
  if (words.every((word) => word !== undefined && isAssignment(word))) return [];
  const [program, ...rest] = bare;
  const own = { words: bare, folder, mayFail };
  if (program === "exec" || program === "env") {
    return rest[0] === undefined || rest[0].startsWith("-") ? [] : unwrapped(rest, folder, mayFail);
  }
  if (program === "cross-env") return [{ ...own, words: [program] }, ...unwrapped(rest, folder, mayFail)];
  return [own];
}

function isAssignment(word: string): boolean {
  return /^[A-Za-z_]\w*=/.test(word);
}

/** Words up to the next operator, without redirections. Ends before what cannot be told. */
function* linesOf(tokens: readonly Token[] | undefined) {
  let words: (string | undefined)[] = [];
  let skip = false;
  for (const token of tokens ?? []) {
    if (token.kind === "word") {
      if (!skip) words.push(token.text);
      skip = false;
    } else if (/[<>]/.test(token.text)) {
      if (words.length > 0 && /^\d$/.test(words.at(-1) ?? "")) words.pop();
      skip = true;
    } else {
      if (words.length > 0) yield { words, operator: token.text };
      words = [];
    }
  }
  if (words.length > 0) yield { words, operator: undefined };
}

/** `undefined`: there is a syntax in it that is not understood. */
function tokensOf(line: string): Token[] | undefined {
  const tokens: Token[] = [];
  const form =
    /\s*(?:(\n)|(&&|\|\||>>|<<<?|[><]&|&>|[;|&<>])|((?:\\[\s\S]|'[^']*'|"(?:\\[\s\S]|[^"\\])*"|[^\s;|&<>()'"\\`])+))/y;
  const text = line
    .replace(/\\\n/g, " ")
    .replace(/[ \t]+$/gm, "")
    .trim();
  while (form.lastIndex < text.length) {
    const at = form.lastIndex;
    const match = form.exec(text);
    if (match === null || /[`()]/.test(text.slice(at, form.lastIndex).replace(/'[^']*'|"[^"]*"/g, "")))
      return undefined;
    const [, newline, operator, word] = match;
    if (operator?.startsWith("<<")) return undefined;
    if (word?.startsWith("#")) return tokens;
    if (word !== undefined) tokens.push({ kind: "word", text: plain(word) });
    else tokens.push({ kind: "operator", text: newline === undefined ? operator! : ";" });
  }
  return tokens;
}

/** The text of a word; `undefined` where the shell puts something else there. */
function plain(word: string): string | undefined {
  let isKnown = true;
  const text = word.replaceAll(
    /'([^']*)'|"((?:\\[\s\S]|[^"\\])*)"|\\([\s\S])|([^'"\\]+)/g,
    (_, single, double, escaped, bare) => {
      if (single !== undefined) return single;
      if (double !== undefined) {
        if (/[$`]/.test(double)) isKnown = false;
        return double.replaceAll(/\\([$`"\\\n])/g, "$1");
      }
      if (escaped !== undefined) return escaped;
      if (/[$*?[\]{}~]/.test(bare)) isKnown = false;
      return bare;
    },
  );
  return isKnown ? text : undefined;
}
