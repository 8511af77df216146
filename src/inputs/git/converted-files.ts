import { readFileSync } from "node:fs";
import { join } from "node:path";
import { lstatIfThere } from "../../files/lstat-if-there.ts";
import { type GitAnswer, namesIn } from "../../git/ask-git.ts";

/** Asks one repository. */
export type Ask = (
  argv: readonly string[],
  more?: { input?: string; answers?: readonly number[] },
) => Promise<GitAnswer>;

export type ConvertedFiles =
  | {
      readonly ok: true;
      /** With other line endings than a checkout makes. */
      readonly changed: readonly string[];
      /** Nobody can tell. */
      readonly unseen: readonly string[];
    }
  | { readonly ok: false; readonly answer: GitAnswer & { ok: false } };

/** What these make of a file tells every byte of it: git is right about them. */
const faithful = ["lfs", "git-crypt"].map((filter) => `:(exclude,attr:filter=${filter})`);
const some = (...attributes: readonly string[]) =>
  `:(exclude,attr:${attributes.map((attribute) => `!${attribute}`).join(" ")})`;

/**
 * Files whose bytes may have changed although git says that they have not: it compares what it would commit, which line
 * endings, filters, `$Id$` and encodings have no part in. Of line endings it is found out whether they are those of a
 * checkout; of the others it cannot be told. A task reads bytes.
 */
export async function convertedFiles(folder: string, ask: Ask): Promise<ConvertedFiles> {
  const setting = await ask(["config", "--get", "core.autocrlf"], { answers: [0, 1] });
  const autocrlf = setting.ok ? setting.output.trim() : "";
  const isEverywhere = autocrlf !== "" && autocrlf !== "false";
  const answers = await Promise.all([
    ask(["ls-files", "-z", "--", ".", some("filter", "working-tree-encoding"), ...faithful]),
    ask(["ls-files", "-z", "--", ":(attr:ident)"]),
    ask(["ls-files", "-z", "--", ":(attr:eol=crlf)"]),
    ask(["ls-files", "--stage", "-z", "--", ".", ...(isEverywhere ? [] : [some("text", "eol", "crlf")]), ...faithful]),
  ]);
  const silent = [setting, ...answers].find((answer) => !answer.ok);
  if (silent?.ok === false) return { ok: false, answer: silent };
  const [filtered, dated, returned, staged] = answers.map((answer) => namesIn(answer.ok ? answer.output : ""));
  // A partial clone would fetch what is not checked out.
  const entries = staged!.map(entryIn).filter(({ path }) => lstatIfThere(join(folder, path))?.isFile());
  const input = entries.map(({ object }) => `${object}\n`).join("");
  const sizes = await ask(["cat-file", "--batch-check=%(objectsize)"], { input });
  if (!sizes.ok) return { ok: false, answer: sizes };
  const lines = sizes.output.split("\n");
  const withReturns = new Set(returned);
  const other = entries.filter(
    ({ path }, at) =>
      !isAsCheckedOut(join(folder, path), Number(lines[at]), autocrlf === "true" || withReturns.has(path)),
  );
  return { ok: true, changed: other.map(({ path }) => path), unseen: [...filtered!, ...dated!] };
}

/** `100644 OBJECT 0` TAB `path`. */
function entryIn(line: string): { readonly path: string; readonly object: string } {
  const tab = line.indexOf("\t");
  return { path: line.slice(tab + 1), object: line.slice(0, tab).split(" ")[1] ?? "" };
}

/** Git takes carriage returns out when it looks at a file, and puts nothing in: of the same size it is the same. */
function isAsCheckedOut(file: string, committed: number, hasReturns: boolean): boolean {
  const size = lstatIfThere(file)?.size;
  if (size === undefined || !hasReturns) return size === committed;
  const bytes = readFileSync(file);
  if (bytes.includes(0)) return size === committed;
  let [lines, returns] = [0, 0];
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) {
    lines += 1;
    if (bytes[at - 1] === 13) returns += 1;
  }
  return lines === returns && (size === committed || size - returns === committed);
}
