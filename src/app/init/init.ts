import { readFileSync, realpathSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { findDefinition } from "../../definition/load/find.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import { makeFolder } from "../../files/make-folder.ts";
import { writeFileAtomic } from "../../files/write-atomic.ts";
import type { Variables } from "../../git/ask-git.ts";
import type { Ports } from "../ports.ts";
import { codeStyle } from "./code-style.ts";
import { detect } from "./detect.ts";
import type { Draft, Left, ServiceDraft } from "./draft.ts";
import { freePort, keepPort, usualPort } from "./free-port.ts";
import { type CompletedIgnoreFile, completeIgnoreFiles } from "./ignore-files.ts";
import { type DefinitionPlace, definitionPlace } from "./place.ts";
import { printDefinition } from "./print-definition.ts";
import { dotenvFiles, type ReadVariable, variablesRead } from "./read-variables.ts";
import { type Repository, readRepository } from "./repository.ts";

/** A definition that fits a repository, as it would be written. */
export interface DraftedDefinition {
  /** Where it goes; absolute. */
  readonly file: string;
  readonly text: string;
}

export interface WrittenDefinition {
  readonly file: string;
  /** The same, relative to the folder. */
  readonly path: string;
  /** The toolchains that were found. */
  readonly found: readonly string[];
  /** What git, Docker and npm were told to leave out. */
  readonly ignored: readonly CompletedIgnoreFile[];
  /** What another tool's configuration says and the definition does not, each with the reason. */
  readonly left: readonly Left[];
  /** What was found out and people have to act on. */
  readonly notes: readonly string[];
  readonly services: readonly FoundService[];
  /** Where its environments are to be reached. */
  readonly port: number;
  /** Dotenv files, which `config import` reads. */
  readonly dotenv: readonly string[];
  /** Variables that the sources ask for and that nothing gives. */
  readonly variables: readonly ReadVariable[];
  /** Whether the definition has some of them already. */
  readonly hasConfig: boolean;
}

/** A service as far as production needs more of it. */
interface FoundService {
  readonly name: string;
  readonly isStatic: boolean;
  readonly hasHealth: boolean;
}

/** A definition for the folder, not written anywhere. */
export async function draftDefinition({ folder, env }: Pick<Ports, "folder" | "env">): Promise<DraftedDefinition> {
  const { place, text } = await draftFor(folder, env);
  return { file: join(folder, place.path), text };
}

/**
 * Writes the definition anew, with what a try found out. Only one that stands there exactly as `init` wrote it: what somebody
 * has changed is theirs. Returns whether it did. @throws the system's error.
 */
export async function initAnew(
  { folder, env }: Pick<Ports, "folder" | "env">,
  correct: (draft: Draft) => Draft,
): Promise<boolean> {
  const { repository, draft, place, text } = await draftFor(folder, env);
  const file = ownDefinition(folder);
  if (file === undefined || readFileSync(file, "utf8") !== text) return false;
  const anew = printDefinition(correct(draft), codeStyle(repository));
  writeFileAtomic(file, [...place.header, anew].join("\n"), 0o644);
  return true;
}

/** Writes a definition that fits the folder. `force`: one that is there is replaced. @throws the system's error. */
export async function init(
  { folder, env }: Pick<Ports, "folder" | "env">,
  { force }: { readonly force: boolean },
): Promise<Result<WrittenDefinition>> {
  const { repository, draft, place, text } = await draftFor(folder, env);
  const there = ownDefinition(folder);
  if (there !== undefined && !force) return failed(fileExists(there));
  const file = there ?? join(folder, place.path);
  const path = relative(there === undefined ? folder : realpathSync(folder), file);
  for (const each of [{ path, text }, ...place.beside]) write(join(folder, each.path), each.text);
  const isGiven = (name: string) => (draft.config ?? []).some((given) => given.name === name);
  const ignored = await completeIgnoreFiles(repository, folder, draft, env);
  if (draft.services.length > 0) keepPort(folder, draft.port ?? usualPort, env);
  return ok({
    file,
    path,
    found: draft.found,
    ignored,
    left: draft.left ?? [],
    notes: draft.notes ?? [],
    services: draft.services.map((service) => ({
      name: service.name,
      isStatic: "static" in service,
      hasHealth: service.health !== undefined,
    })),
    port: draft.port ?? usualPort,
    dotenv: dotenvFiles(repository),
    variables: variablesRead(repository).filter(({ name }) => !isGiven(name)),
    hasConfig: draft.config !== undefined,
  });
}

/** The services that a definition for the folder would have. */
export async function draftedServices(folder: string, variables: Variables): Promise<readonly ServiceDraft[]> {
  return (await detect(readRepository(folder), folder, variables)).services;
}

interface Drafted {
  readonly repository: Repository;
  readonly draft: Draft;
  readonly place: DefinitionPlace;
  readonly text: string;
}

async function draftFor(folder: string, variables: Variables): Promise<Drafted> {
  const repository = readRepository(folder);
  const detected = await detect(repository, folder, variables);
  const port = detected.services.length === 0 ? usualPort : await freePort(folder, variables);
  const draft = port === usualPort ? detected : { ...detected, port };
  const place = definitionPlace(repository);
  const text = printDefinition(draft, codeStyle(repository));
  return { repository, draft, place, text: [...place.header, text].join("\n") };
}

/** Whether there is a definition in this very folder. */
export function hasDefinition(folder: string): boolean {
  return ownDefinition(folder) !== undefined;
}

/** The definition that stands in this very folder; those above it are other projects'. */
function ownDefinition(folder: string): string | undefined {
  const found = findDefinition(folder);
  return found !== undefined && found.folder === realpathSync(folder) ? found.file : undefined;
}

function fileExists(file: string) {
  return {
    code: "file-exists",
    message: "There is already a definition",
    cause: file,
    hint: "tidegate init --print shows what would be written, tidegate init --force replaces the file.",
  } as const;
}

function write(file: string, text: string): void {
  makeFolder(dirname(file), 0o755);
  writeFileAtomic(file, text, 0o644);
}
