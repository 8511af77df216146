import type { Failure } from "../errors/failure.ts";
import type { EntryProblem } from "./entry-problem.ts";

const causes: Readonly<Record<EntryProblem["because"], string>> = {
  path: "Paths are relative, at most 4000 characters of valid Unicode, and have no empty, `.` or `..` parts.",
  name: "`.git` and `.tidegate` are never released, and a name has at most 255 bytes.",
  twice: "It is listed twice.",
  collision: "On some systems both names mean the same file.",
  belowNonFolder: "The path that contains it is a file or a symbolic link.",
  symlink: "The symbolic link could lead outside the release.",
};

/** A problem in a project that is packed. */
export function entryFailure({ path, because, other }: EntryProblem): Failure {
  const pair = other === undefined ? JSON.stringify(path) : `${JSON.stringify(path)} and ${JSON.stringify(other)}`;
  return {
    code: "release-path-refused",
    message: `${pair} cannot be in a release`,
    cause: causes[because],
    hint: `Rename it, or leave it out: "!${path}" in \`files\` of the service.`,
  };
}

/** What is wrong with an entry, as the cause of a damaged release. */
export function explainProblem({ path, because, other }: EntryProblem): string {
  const subject = other === undefined ? JSON.stringify(path) : `${JSON.stringify(path)}, ${JSON.stringify(other)}`;
  return `${subject}: ${causes[because]}`;
}
