import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import type { Problem } from "../../definition/problem.ts";
import { byCodeUnit } from "../../files/code-unit-order.ts";
import { isRecord } from "../../files/is-record.ts";
import type { Looks } from "../../files/looks.ts";
import { readTextIfThere } from "../../files/read-if-there.ts";
import { dependenciesOf, type Members, overridesIn } from "./dependencies.ts";
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
  const root = parsePackageFile(readTextIfThere(join(projectFolder, "package.json"), { forgive: "everything" })) ?? {};
  const { patterns, overrides, isPnpm = false } = await workspacePatterns(projectFolder, root, problems);
  const contents = new Map<string, Content>();
  for (const folder of findFolders(projectFolder, patterns, looks)) {
    const file = folder === "" ? "package.json" : `${folder}/package.json`;
    const content = parsePackageFile(readTextIfThere(join(projectFolder, file), { forgive: "everything" }));
    if (content === undefined) problems.push(workspaceProblem(file, "It is not a JSON object"));
    else contents.set(folder, content);
  }
  if (contents.size === 0 && problems.length === 0) problems.push(noPackages(patterns));
  for (const name of ["package.json", "pnpm-workspace.yaml", ...lockfiles]) looks?.addFollowed(name);
  const lockfile = lockfiles.find((name) => existsSync(join(projectFolder, name)));
  return {
    workspace: {
      packages: packagesOf(contents, { overrides: overridesIn(root, overrides), isPnpm }, problems),
      ...(lockfile && { lockfile }),
    },
    problems,
  };
}

async function workspacePatterns(
  projectFolder: string,
  content: Content,
  problems: Problem[],
): Promise<{ readonly patterns: readonly string[]; readonly overrides?: unknown; readonly isPnpm?: boolean }> {
  const yaml = readTextIfThere(join(projectFolder, "pnpm-workspace.yaml"), { forgive: "everything" });
  const found = yaml === undefined ? packageFilePatterns(content) : await pnpmPatterns(yaml);
  const file = yaml === undefined ? "package.json" : "pnpm-workspace.yaml";
  if (found?.ok) {
    const outside = found.patterns.filter((pattern) => !pattern.startsWith("!") && pattern.split("/").includes(".."));
    problems.push(...outside.map((pattern) => outsideProject(file, pattern)));
    return { ...found, isPnpm: yaml !== undefined };
  }
  problems.push(found === undefined ? noWorkspace() : workspaceProblem(file, found.because));
  return { patterns: [] };
}

function packagesOf(
  contents: ReadonlyMap<string, Content>,
  { overrides, isPnpm }: { readonly overrides: ReadonlyMap<string, string>; readonly isPnpm: boolean },
  problems: Problem[],
): WorkspacePackage[] {
  const byName = new Map<string, string>();
  const again: { readonly name: string; readonly folder: string }[] = [];
  for (const [folder, content] of [...contents].sort(([one], [other]) => byCodeUnit(one, other))) {
    const name = nameOf(folder, content);
    const other = byName.get(name);
    if (!namePattern.test(name) || name.length > 214) problems.push(badName(folder, name));
    else if (other === undefined) byName.set(name, folder);
    else if (isPnpm) again.push({ name, folder });
    else problems.push(sameName(name, other, folder));
  }
  const aliases = Map.groupBy(
    again.map(({ name, folder }) => ({ name, alias: addByFolder(byName, folder) })),
    ({ name }) => name,
  );
  // Which of several packages a range means, only an installation could say.
  const versionOf = (name: string, folder: string) =>
    aliases.has(name) ? undefined : text(contents.get(folder)?.version);
  const versions = new Map([...byName].map(([name, folder]) => [name, versionOf(name, folder)]));
  const names = new Map([...byName].map(([name, folder]) => [folder, name]));
  const members = { versions, names, overrides };
  const packages = [...byName].map(([name, folder]) => {
    const found = packageOf(name, folder, contents.get(folder)!, members);
    const meant = found.dependencies.flatMap((each) => [each, ...(aliases.get(each) ?? []).map(({ alias }) => alias)]);
    return { ...found, dependencies: [...new Set(meant)].filter((each) => each !== name).sort(byCodeUnit) };
  });
  return packages.sort((a, b) => byCodeUnit(a.folder, b.folder));
}

/**
 * pnpm lets several packages have one name, mostly fixtures of tests. The first by its folder keeps it; each other one is called by its
 * folder: `tests/a/module` → `tests-a-module`.
 */
function addByFolder(byName: Map<string, string>, folder: string): string {
  const called = folder.replaceAll(/[^\w~.-]+/g, "-").replace(/^[^\w~-]+/, "");
  let alias = called;
  for (let number = 2; byName.has(alias) || alias === ""; number += 1) alias = `${called}-${number}`;
  byName.set(alias, folder);
  return alias;
}

function packageOf(name: string, folder: string, content: Content, members: Members): WorkspacePackage {
  const scripts = Object.entries(isRecord(content.scripts) ? content.scripts : {});
  const usable = scripts.filter((entry): entry is [string, string] => text(entry[1]) !== undefined);
  const version = text(content.version);
  return {
    name,
    folder,
    ...(version !== undefined && { version }),
    scripts: Object.fromEntries(usable),
    dependencies: dependenciesOf(name, folder, content, members),
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

function noPackages(patterns: readonly string[]): Problem {
  const named =
    patterns.length === 0 ? "the workspace names no folders" : `no folder of ${patterns.join(", ")} has one`;
  return {
    code: "workspace-invalid",
    path: ["packages"],
    message: `The workspace has no package, so there is none for these tasks: ${named}`,
    hint: "Correct `workspaces` in package.json, or `packages` in pnpm-workspace.yaml: each package has a package.json.",
  };
}

function outsideProject(file: string, pattern: string): Problem {
  return {
    code: "workspace-invalid",
    path: ["packages"],
    message: `${file} names packages outside the project, which would be missed: ${pattern}`,
    hint: "Put tidegate.config.ts in the folder that contains all packages.",
  };
}

function badName(folder: string, name: string): Problem {
  const message = `${JSON.stringify(name)}, the package in ${folder || "the project's folder"}, has no usable name`;
  const hint =
    "Correct `name` in its package.json: lower-case letters, digits and dashes, optionally after an @scope/.";
  return { code: "workspace-invalid", path: ["packages"], message, hint };
}

function sameName(name: string, first: string, second: string): Problem {
  const message = `Two packages have the name ${name}: ${first || "."} and ${second}`;
  const hint = "Give one of them another `name` in its package.json: only pnpm installs such a workspace.";
  return { code: "workspace-invalid", path: ["packages"], message, hint };
}
