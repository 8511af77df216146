import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { failed, ok, type Result } from "../../errors/result.ts";
import { writeFileAtomic } from "../../files/write-atomic.ts";
import type { Variables } from "../../git/ask-git.ts";
import type { Ports } from "../ports.ts";
import { detect } from "./detect.ts";
import type { Draft, Left } from "./draft.ts";
import { printDefinition } from "./print-definition.ts";
import { readRepository } from "./repository.ts";

/** The file that `init` writes. */
export const definitionName = "tidegate.config.ts";

/** A definition that fits a repository, as it would be written. */
export interface DraftedDefinition {
  /** Where it goes; absolute. */
  readonly file: string;
  readonly text: string;
}

export interface WrittenDefinition {
  readonly file: string;
  /** The toolchains that were found. */
  readonly found: readonly string[];
  /** Whether git was told to ignore the state. */
  readonly ignored: boolean;
  /** What another tool's configuration says and the definition does not, each with the reason. */
  readonly left: readonly Left[];
}

/** A definition for the folder, not written anywhere. */
export async function draftDefinition({ folder, env }: Pick<Ports, "folder" | "env">): Promise<DraftedDefinition> {
  const { file, text } = await draftFor(folder, env);
  return { file, text };
}

/** Writes a definition that fits the folder. `force`: one that is there is replaced. @throws the system's error. */
export async function init(
  { folder, env }: Pick<Ports, "folder" | "env">,
  { force }: { readonly force: boolean },
): Promise<Result<WrittenDefinition>> {
  const { draft, file, text } = await draftFor(folder, env);
  if (existsSync(file) && !force) return failed(fileExists(file));
  writeFileAtomic(file, text, 0o644);
  return ok({ file, found: draft.found, ignored: ignoreStateFolder(folder), left: draft.left ?? [] });
}

async function draftFor(folder: string, variables: Variables): Promise<DraftedDefinition & { readonly draft: Draft }> {
  const draft = await detect(readRepository(folder), folder, variables);
  return { draft, file: join(folder, definitionName), text: printDefinition(draft) };
}

function fileExists(file: string) {
  return {
    code: "file-exists",
    message: `There is already a ${definitionName}`,
    cause: file,
    hint: "tidegate init --print shows what would be written, tidegate init --force replaces the file.",
  } as const;
}

/** Adds Tidegate's state to `.gitignore` when git is used and does not ignore it yet; whether it did. */
function ignoreStateFolder(folder: string): boolean {
  if (!isInRepository(folder)) return false;
  const file = join(folder, ".gitignore");
  const before = existsSync(file) ? readFileSync(file, "utf8") : "";
  if (before.split(/\r?\n/).some((line) => /^\/?\.tidegate\/?$/.test(line.trim()))) return false;
  const gap = before === "" || before.endsWith("\n") ? "" : "\n";
  writeFileAtomic(file, `${before}${gap}.tidegate/\n`, 0o644);
  return true;
}

function isInRepository(folder: string): boolean {
  if (existsSync(join(folder, ".git"))) return true;
  const parent = dirname(folder);
  return parent !== folder && isInRepository(parent);
}
