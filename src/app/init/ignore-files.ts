import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomic } from "../../files/write-atomic.ts";
import { askGit, namesIn, type Variables } from "../../git/ask-git.ts";
import type { Draft } from "./draft.ts";
import { definitionPlace } from "./place.ts";
import type { Repository } from "./repository.ts";

/** A file that says what a tool leaves out, and what was added to it. */
export interface CompletedIgnoreFile {
  readonly file: string;
  readonly added: readonly string[];
}

const stateFolder = ".tidegate/";

/**
 * Adds what is no source to the files that say so: Tidegate's state and the folders that tasks write to `.gitignore`;
 * state and definition to what Docker and npm leave out, so that images and packages stay what they were.
 * @throws the system's error.
 */
export async function completeIgnoreFiles(
  repository: Repository,
  folder: string,
  draft: Draft,
  variables: Variables,
): Promise<readonly CompletedIgnoreFile[]> {
  const written = draft.tasks.flatMap(({ outputs = [] }) => outputs).filter((output) => /^[^*?{[!]+\/$/.test(output));
  const git = await notIgnored(repository, folder, [stateFolder, ...written], variables);
  const { path } = definitionPlace(repository);
  const own = [stateFolder, path];
  const usesDocker = repository.entries.some((entry) => /^(Dockerfile|Containerfile)\b/.test(entry));
  const wanted: [string, readonly string[]][] = [
    [".gitignore", git],
    ...(usesDocker || repository.has(".dockerignore") ? [[".dockerignore", own] as [string, string[]]] : []),
    ...(repository.has(".npmignore") ? [[".npmignore", own] as [string, string[]]] : []),
  ];
  return wanted.flatMap(([file, lines]) => complete(folder, file, lines));
}

function complete(folder: string, name: string, lines: readonly string[]): CompletedIgnoreFile[] {
  const file = join(folder, name);
  const before = existsSync(file) ? readFileSync(file, "utf8") : "";
  const there = linesOf(before);
  const added = [...new Set(lines)].filter((line) => !there.has(bare(line)));
  if (added.length === 0) return [];
  const gap = before === "" || before.endsWith("\n") ? "" : "\n";
  writeFileAtomic(file, `${before}${gap}${added.join("\n")}\n`, 0o644);
  return [{ file: name, added }];
}

/** Git's own answer where there is a repository, else what the lines say plainly. */
async function notIgnored(repository: Repository, folder: string, paths: readonly string[], variables: Variables) {
  // A pattern for folders holds for what is in one, whether it is there yet or not.
  const input = paths.map((path) => `./${path}file`).join("\0");
  const answer = await askGit(folder, ["check-ignore", "-z", "--stdin"], { variables, input, answers: [0, 1] });
  if (answer.ok) {
    const ignored = new Set(namesIn(answer.output));
    return paths.filter((path) => !ignored.has(`./${path}file`));
  }
  const lines = linesOf(repository.read(".gitignore"));
  return paths.filter((path) => !lines.has(bare(path)));
}

function linesOf(text: string): Set<string> {
  return new Set(text.split(/\r?\n/).map(bare));
}

function bare(line: string): string {
  return line
    .trim()
    .replace(/^\.?\//, "")
    .replace(/\/$/, "");
}
