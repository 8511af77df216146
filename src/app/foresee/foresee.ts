import type { Problem } from "../../definition/problem.ts";
import type { Foreseen, ForeseeRequest } from "./foreseen.ts";
import { ProjectFiles } from "./project-files.ts";
import { ReleaseCover } from "./release-cover.ts";
import { serviceProblems } from "./services.ts";
import { taskProblems } from "./tasks.ts";

/**
 * Looks at what the commands of tasks, services, migrations and gates need: files, programs, scripts, packages. Reads the
 * project's files, runs nothing and changes nothing. Says nothing where it cannot be sure to understand a command.
 */
export function foresee(request: ForeseeRequest): Foreseen {
  const files = new ProjectFiles(request.folder);
  const cover = new ReleaseCover(request.project, request.graph, files);
  const found = [...(request.isBuilt ? [] : taskProblems(request, files)), ...serviceProblems(request, files, cover)];
  const plain = (isCertain: boolean): Problem[] =>
    found.filter((one) => one.isCertain === isCertain).map(({ isCertain: _, ...problem }) => problem);
  return { problems: plain(true), warnings: plain(false) };
}
