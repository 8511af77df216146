import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const root = join(import.meta.dirname, "../..");

export interface Page {
  /** Relative to the repository. */
  readonly path: string;
  readonly text: string;
}

/** A fenced block: the words after its language, where it stands, and its text. */
export interface Block {
  readonly page: string;
  readonly line: number;
  readonly language: string;
  readonly words: readonly string[];
  readonly text: string;
}

/** Every page written for people. */
export function pages(): Page[] {
  const docs = readdirSync(join(root, "docs")).filter((name) => name.endsWith(".md"));
  const paths = ["README.md", "CONTRIBUTING.md", ...docs.map((name) => `docs/${name}`)];
  return paths.map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
}

export function blocks(language: string): Block[] {
  return pages()
    .flatMap(blocksOf)
    .filter((block) => block.language === language);
}

function blocksOf({ path, text }: Page): Block[] {
  return [...text.matchAll(/^```(\S+)(.*)\n([\s\S]*?)^```$/gm)].map((match) => ({
    page: path,
    line: text.slice(0, match.index).split("\n").length + 1,
    language: match[1]!,
    words: match[2]!.split(" ").filter((word) => word !== ""),
    text: match[3]!,
  }));
}

export interface ShellLine {
  readonly place: string;
  readonly words: readonly string[];
}

/** The commands in the pages' shell blocks: one per line and per `&&`, without comments. */
export function shellLines(): ShellLine[] {
  return blocks("bash").flatMap(({ page, line, text }) =>
    text.split("\n").flatMap((row, index) =>
      row
        .replace(/(^|\s)#.*$/, "")
        .split("&&")
        .map((command) => ({ place: `${page}:${line + index}`, words: command.split(" ").filter(Boolean) }))
        .filter(({ words }) => words.length > 0),
    ),
  );
}
