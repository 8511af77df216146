import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import type { Problem } from "../../definition/problem.ts";
import { byCodeUnit } from "../../files/code-unit-order.ts";
import { isRecord } from "../../files/is-record.ts";
import type { Looks } from "../../files/looks.ts";
import { readTextIfThere } from "../../files/read-if-there.ts";
import { dependenciesOf } from "./dependencies.ts";
import { findFolders } from "./find-folders.ts";
import type { Workspace, WorkspacePackage } from "./package.ts";
import { packageFilePatterns, pnpmPatterns, workspaceProblem } from "./workspace-file.ts";

export interface ReadWorkspace {
  readonly workspace: Workspace;
  readonly problems: readonly Problem[];
}

type Content = Readonly<Record<string, unknown>>;

const lockfiles = ["pnpm-lock.yaml", "yarn.lock", "bun.lock", "bun.lockb", "package-lock.json", "npm-shrinkwrap.json"];
const namePattern = /^(@[a-z0-9~*_-][a-z0-9~*._-]*\/)?[a-z0-9~_-][a-z0-9~._-]*$/i;

/**
 * The packages of an npm, pnpm, yarn or bun workspace, from the files in the project's folder: one read for each package. `looks` is told every place that this depends on.
 */
export async function readWorkspace(projectFolder: string, looks?: Looks): Promise<ReadWorkspace> {
  const problems: Problem[] = [];
  const patterns = await workspacePatterns(projectFolder, problems);
  const contents = new Map<string, Content>();
  for (const folder of findFolders(projectFolder, patterns, looks)) {
    const file = folder === "" ? "package.json" : `${folder}/package.json`;
    const content = parsePackageFile(readTextIfThere(join(projectFolder, file), { forgive: "everything" }));
    if (content === undefined) problems.push(workspaceProblem(file, "It is not a JSON object"));
    else contents.set(folder, content);
  }
  for (const name of ["package.json", "pnpm-workspace.yaml", ...lockfiles]) looks?.addFollowed(name);
  const lockfile = lockfiles.find((name) => existsSync(join(projectFolder, name)));
  return { workspace: { packages: packagesOf(contents, problems), ...(lockfile && { lockfile }) }, problems };
}

async function workspacePatterns(projectFolder: string, problems: Problem[]): Promise<readonly string[]> {
  const yaml = readTextIfThere(join(projectFolder, "pnpm-workspace.yaml"), { forgive: "everything" });
  const content =
    parsePackageFile(readTextIfThere(join(projectFolder, "package.json"), { forgive: "everything" })) ?? {};
  const found = yaml === undefined ? packageFilePatterns(content) : await pnpmPatterns(yaml);
  if (found?.ok) return found.patterns;
  const file = yaml === undefined ? "package.json" : "pnpm-workspace.yaml";
  problems.push(found === undefined ? noWorkspace() : workspaceProblem(file, found.because));
  return [];
}

function packagesOf(contents: ReadonlyMap<string, Content>, problems: Problem[]): WorkspacePackage[] {
  const byName = new Map<string, string>();
  for (const [folder, content] of contents) {
    const name = nameOf(folder, content);
    const other = byName.get(name);
    if (!namePattern.test(name) || name.length > 214) problems.push(badName(folder, name));
    else if (other !== undefined) problems.push(sameName(name, other, folder));
    else byName.set(name, folder);
  }
  const versions = new Map([...byName].map(([name, folder]) => [name, text(contents.get(folder)?.version)]));
  const packages = [...byName].map(([name, folder]) => packageOf(name, folder, contents.get(folder)!, versions));
  return packages.sort((a, b) => byCodeUnit(a.folder, b.folder));
}

function packageOf(
  name: string,
  folder: string,
  content: Content,
  versions: ReadonlyMap<string, string | undefined>,
): WorkspacePackage {
  const scripts = Object.entries(isRecord(content.scripts) ? content.scripts : {});
  const usable = scripts.filter((entry): entry is [string, string] => text(entry[1]) !== undefined);
  const version = text(content.version);
  return {
    name,
    folder,
    ...(version !== undefined && { version }),
    scripts: Object.fromEntries(usable),
    dependencies: dependenciesOf(name, content, versions),
  };
}

function parsePackageFile(source: string | undefined): Content | undefined {
  try {
    const value: unknown = JSON.parse((source ?? "").replace(/^\uFEFF/, ""));
    return isRecord(value) && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** npm takes a package without a name by its folder's. */
function nameOf(folder: string, content: Content): string {
  return text(content.name) ?? (folder === "" ? "root" : basename(folder));
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value.trim() !== "" && !value.includes("\0") ? value : undefined;
}

function noWorkspace(): Problem {
  return {
    code: "workspace-invalid",
    path: ["packages"],
    message: "The project has no workspace, so there are no packages for these tasks",
    hint: "Name the packages' folders as `workspaces` in package.json, or in pnpm-workspace.yaml.",
  };
}

function badName(folder: string, name: string): Problem {
  const message = `${JSON.stringify(name)}, the package in ${folder || "the project's folder"}, has no usable name`;
  const hint = "Correct `name` in its package.json: lower-case letters, digits and dashes, maybe behind an @scope/.";
  return { code: "workspace-invalid", path: ["packages"], message, hint };
}

function sameName(name: string, first: string, second: string): Problem {
  const message = `Two packages have the name ${name}: ${first || "."} and ${second}`;
  const hint = "Give one of them another `name` in its package.json.";
  return { code: "workspace-invalid", path: ["packages"], message, hint };
}
