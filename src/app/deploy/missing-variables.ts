import { relative } from "node:path";
import { parseDotenv } from "../../config/import/parse-dotenv.ts";
import type { Failure } from "../../errors/failure.ts";
import { dotenvFiles, isGivenVariable, variablesRead } from "../init/read-variables.ts";
import { type Repository, readRepository } from "../init/repository.ts";
import type { Session } from "../session.ts";

/** As many as can be looked over. */
const shownNames = 6;
const ofInstances = ["instance-exited", "instance-unhealthy", "migration-failed"];

/**
 * Failures of what did not come up, with the variables that the project asks for and its definition does not give it: where
 * the program wrote nothing at all, or named one of them.
 */
export function withMissingVariables(
  { folder, file, project }: Pick<Session, "folder" | "file" | "project">,
  failures: readonly Failure[],
): Failure[] {
  if (!failures.some(({ code }) => ofInstances.includes(code))) return [...failures];
  const repository = readRepository(folder);
  const declared = [project.config, ...Object.values(project.services).map(({ uses }) => uses)];
  const names = variablesAsked(repository).filter((name) => declared.every((all) => !Object.hasOwn(all ?? {}, name)));
  const hint = names.length === 0 ? undefined : hintFor(names, repository, relative(folder, file));
  return failures.map((failure) =>
    hint !== undefined && isAbout(failure, names) ? { ...failure, hint: joined(failure.hint, hint) } : failure,
  );
}

function variablesAsked(repository: Repository): string[] {
  const read = variablesRead(repository).map(({ name }) => name);
  const written = dotenvFiles(repository).flatMap((file) => parseDotenv(repository.read(file)).entries);
  const all = [...written.map(({ key }) => key), ...read].filter((name) => !isGivenVariable(name));
  return [...new Set(all)].sort();
}

function isAbout({ code, cause = "" }: Failure, names: readonly string[]): boolean {
  if (!ofInstances.includes(code)) return false;
  const words = new Set(cause.split(/\W+/));
  return /^It wrote nothing/m.test(cause) || names.some((name) => words.has(name));
}

function hintFor(names: readonly string[], repository: Repository, file: string): string {
  const more = names.length > shownNames ? ` and ${names.length - shownNames} more` : "";
  const [dotenv] = dotenvFiles(repository);
  const way =
    dotenv === undefined
      ? `Declare them in \`config\` of ${file}: ${names[0]}: secret(z.string()), or z.string().default("…")`
      : `Those of ${dotenv} as config for the definition: tidegate config import ${dotenv}`;
  return `The definition does not give it what the project asks for: ${names.slice(0, shownNames).join(", ")}${more}.\n${way}`;
}

function joined(first: string | undefined, second: string): string {
  return first === undefined ? second : `${first}\n${second}`;
}
