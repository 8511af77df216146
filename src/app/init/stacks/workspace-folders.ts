import { findFolders } from "../../../graph/workspace/find-folders.ts";
import { packageFilePatterns } from "../../../graph/workspace/workspace-file.ts";
import type { Repository } from "../repository.ts";

/**
 * The folders of a workspace's packages as patterns of outputs and inputs: as the workspace names them, so that a package
 * that comes later is among them; one by one where that would mean too much. [] where there are none.
 */
export function workspaceFolders(repository: Repository): string[] {
  const said = namedFolders(repository).map((pattern) => pattern.replace(/^(!?)(\.\/)+/, "$1").replace(/\/+$/, ""));
  const excluded = said.filter((pattern) => pattern.startsWith("!"));
  const named = said.filter((pattern) => !pattern.startsWith("!") && pattern !== "" && pattern !== ".");
  const folders = named.flatMap((pattern) => {
    const found = findFolders(repository.folder, [pattern, ...excluded]).filter((folder) => folder !== "");
    // An output that may be anywhere is none; and what is excluded may hold what is nobody's.
    const isWide = /^\*|\*\*/.test(pattern) || excluded.length > 0;
    return isWide || found.length === 0 ? found : [pattern];
  });
  return [...new Set(folders)];
}

function namedFolders(repository: Repository): readonly string[] {
  const yaml = repository.read("pnpm-workspace.yaml");
  if (/^packages:/m.test(yaml)) return listIn(yaml);
  const found = packageFilePatterns(repository.readJson("package.json"));
  return found?.ok ? found.patterns : [];
}

/** The list `packages`, one a line or in brackets. */
function listIn(yaml: string): string[] {
  const [, inLine = "", lines = ""] =
    /^packages:[ \t]*(\[[^\]]*\])?[^\n]*\n?((?:[ \t]*(?:-[^\n]*|#[^\n]*)?\n)*)/m.exec(`${yaml}\n`) ?? [];
  const items =
    inLine !== ""
      ? inLine.slice(1, -1).split(",")
      : lines.split("\n").map((line) => /^\s*-(.*)$/.exec(line)?.[1] ?? "");
  return items
    .map((item) =>
      item
        .replace(/\s#.*/, "")
        .trim()
        .replace(/^(["'])(.*)\1$/, "$2"),
    )
    .filter((item) => item !== "");
}
