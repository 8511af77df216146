import type { Repository } from "./repository.ts";

/** Made, not written: never an input. */
const made =
  /^(node_modules|dist|build|out|target|coverage|reports|tmp|temp|logs|venv|env|__pycache__|.*\.egg-info|\.(venv|next|nuxt|output|cache|turbo|nx|gradle|mvn-cache|pytest_cache|ruff_cache|mypy_cache|tox|nyc_output|parcel-cache))\/$/;

/** Whether an entry of a folder, with a slash at its end, was made and not written. */
export function isMade(entry: string): boolean {
  return made.test(entry);
}

/** Talk about the code, and what belongs to other tools. Other dot files are settings that decide results. */
const beside =
  /^(\.(git|tidegate|github|gitlab|circleci|vscode|idea|husky|editorconfig|ds_store|dockerignore)|(readme|changelog|contributing|licen[cs]e|notice|dockerfile|compose)\b|tidegate\.config\.ts$|.*\.(md|log|tgz)$)/i;
const tests = /^(tests?|spec|e2e|__tests__)\/$/;

/** What tasks may read: everything written by hand at the top of the repository, as patterns, tests last. */
export function sourcePatterns(repository: Repository, { withTests }: { readonly withTests: boolean }): string[] {
  const ignored = ignoredNames(repository);
  const isTest = (entry: string) => Number(tests.test(entry));
  return [...repository.entries]
    .sort((a, b) => isTest(a) - isTest(b))
    .filter((entry) => entry !== ".config/" || holdsMore(repository))
    .filter((entry) => !made.test(entry) && !beside.test(entry) && (withTests || !tests.test(entry)))
    .filter((entry) => !ignored.has(entry.replace(/\/$/, "")))
    .map((entry) => (entry.endsWith("/") ? `${entry}**` : escapeGlob(entry)));
}

/** Folders of tests at the top of the repository. */
export function testFolders(repository: Repository): string[] {
  return repository.entries.filter((entry) => tests.test(entry));
}

/** Whether `.config/` has settings of other tools than Tidegate. */
function holdsMore(repository: Repository): boolean {
  return repository
    .below(".config")
    .entries.some((entry) => !/^(tidegate\.config\.m?[jt]s|tsconfig\.json)$/.test(entry));
}

/** Names at the top that git ignores. Patterns are not understood: what they mean may stay an input. */
function ignoredNames(repository: Repository): Set<string> {
  const lines = repository.read(".gitignore").split("\n");
  return new Set(lines.map((line) => line.trim().replace(/^\//, "").replace(/\/$/, "")).filter((line) => line !== ""));
}

function escapeGlob(name: string): string {
  return name.replace(/[*?[\]{}()!+@\\]/g, "\\$&");
}
