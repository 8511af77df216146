import { existsSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { shellWord } from "../../errors/shell-word.ts";
import { readIfThere } from "../../files/read-if-there.ts";
import { repositoryFolder } from "../../git/git-commit.ts";
import { defaultPattern, renewalsPath, usualEndings } from "../../secrets/files/layout.ts";
import { ownCommand } from "../own-command.ts";
import { askGit } from "./places/ask-git.ts";
import type { SecretsSession } from "./places/session.ts";
import { writeCommitted } from "./places/write-committed.ts";

/** What git was told, or why it could not be. */
export type GitMade =
  | { readonly what: "attributes"; readonly isNew: boolean; readonly path: string }
  | { readonly what: "mergeDriver"; readonly isNew: boolean; readonly command: string }
  | { readonly what: "noGit"; readonly isNew: false; readonly command: string };

const driver = "tidegate-secrets";

/** Which files git merges by key (committed), and with which program (in the clone's own settings). */
export async function prepareGit(session: SecretsSession): Promise<GitMade[]> {
  const attributes = prepareAttributes(session);
  const command = `${programOf(session)} secrets merge %O %A %B %P`;
  const key = `merge.${driver}.driver`;
  // Fails when it is not set.
  const known = await askGit(session.folder, "config", "--get", key);
  if (known?.trim() === command) return [attributes, { what: "mergeDriver", isNew: false, command }];
  const isSet =
    (await askGit(session.folder, "config", `merge.${driver}.name`, "Tidegate: secrets by key")) !== undefined &&
    (await askGit(session.folder, "config", key, command)) !== undefined;
  return [attributes, isSet ? { what: "mergeDriver", isNew: true, command } : { what: "noGit", isNew: false, command }];
}

/** Line endings count for the MAC. */
function prepareAttributes({ folder, layout }: SecretsSession): GitMade {
  const path = join(folder, ".gitattributes");
  const before = readIfThere(path)?.toString("utf8") ?? "";
  const renewals = `/${relativeTo(folder, renewalsPath(layout))}`;
  const lines = [...patternsOf(layout.pattern), renewals].map((pattern) => `${pattern} text eol=lf merge=${driver}`);
  const missing = lines.filter((line) => !before.split(/\r?\n/).includes(line));
  if (missing.length === 0) return { what: "attributes", isNew: false, path };
  const gap = before === "" || before.endsWith("\n") ? "" : "\n";
  writeCommitted(path, `${before}${gap}${missing.join("\n")}\n`);
  return { what: "attributes", isNew: true, path };
}

function relativeTo(folder: string, path: string): string {
  return relative(folder, path).split(sep).join("/").replaceAll(" ", "[[:space:]]");
}

function patternsOf(pattern: string | undefined): string[] {
  const files = pattern === undefined ? usualEndings.map((ending) => `${defaultPattern}.${ending}`) : [pattern];
  // Beginning with a slash: only below the project.
  return files.map((file) => `/${file.replaceAll("{environment}", "*").replaceAll(" ", "[[:space:]]")}`);
}

/** The project's own Tidegate where it has one: git runs the program in the top folder of the repository. */
function programOf({ folder, ports }: SecretsSession): string {
  const inTop = relativeTo(repositoryFolder(folder) ?? folder, join(folder, "node_modules", ".bin", "tidegate"));
  const isBelow = inTop !== "node_modules/.bin/tidegate" && existsSync(join(folder, "node_modules/.bin/tidegate"));
  return isBelow ? shellWord(inTop) : ownCommand(folder, ports.env, undefined);
}
