import { realpathSync, statSync } from "node:fs";
import { type FoundOutput, listOutputs } from "../../cache/outputs/list-outputs.ts";
import { isWithin } from "../../graph/patterns/pattern.ts";
import type { Claim } from "../../graph/patterns/task-patterns.ts";
import type { InvalidReport } from "../../reports/task-reports.ts";

/** What stands where reports are declared. */
export interface ReportFiles {
  /** Files, and links to files of the project; relative to it. */
  readonly files: readonly string[];
  /** What no report can be: that nothing was read of it must not look like a report without failures. */
  readonly invalid: readonly InvalidReport[];
}

/** Looks where reports are declared; what is not there at all is not told of. @throws the system's error. */
export function reportFiles(projectFolder: string, claims: readonly Claim[]): ReportFiles {
  const { found } = listOutputs(projectFolder, claims);
  const files: string[] = [];
  const invalid: InvalidReport[] = [];
  for (const output of found) {
    const because = output.kind === "folder" ? whyEmpty(output, claims, found) : whyNoFile(projectFolder, output);
    if (because !== undefined) invalid.push({ path: output.path, because });
    else if (output.kind !== "folder") files.push(output.path);
  }
  return { files, invalid };
}

/** Of a folder that is declared as a report, or as the folder of some. */
function whyEmpty({ path }: FoundOutput, claims: readonly Claim[], found: readonly FoundOutput[]): string | undefined {
  const isDeclared = claims.some(({ pattern }) => pattern.kind !== "glob" && pattern.base === path);
  const hasMore = found.some((other) => other.kind !== "folder" && isWithin(other.path, path));
  return isDeclared && !hasMore ? "It is a folder without a report in it" : undefined;
}

function whyNoFile(projectFolder: string, { path, kind, target }: FoundOutput): string | undefined {
  if (kind === "file") return undefined;
  if (kind === "link") return whyNoFileBehind(projectFolder, path, target!);
  return "It is neither a file nor a link to one";
}

function whyNoFileBehind(projectFolder: string, path: string, target: string): string | undefined {
  try {
    const real = realpathSync.native(`${projectFolder}/${path}`);
    if (!isWithin(real, realpathSync.native(projectFolder)))
      return `It is a link that leads outside the project, to ${target}`;
    return statSync(real).isFile() ? undefined : `It is a link to ${target}, which is not a file`;
  } catch {
    return `It is a link to ${target}, where there is nothing readable`;
  }
}
