import { count, showBytes } from "../../../errors/quantities.ts";
import type { LeftOut } from "../../../events/event.ts";
import { safeLine } from "../safe-text.ts";

/** More names would say less. */
const mostNames = 3;

/** What `files` mean and a release does not have, a line for each reason. */
export function leftOutLines({ development, ignored = [] }: LeftOut): string[] {
  const shown = ignored.slice(0, mostNames).map(safeLine).join(", ");
  const names = ignored.length > mostNames ? `${shown}, …` : shown;
  return [
    ...(development === undefined || development.files === 0
      ? []
      : [`left out ${count(development.files, "file")}, ${showBytes(development.bytes)} of development dependencies`]),
    ...(ignored.length === 0
      ? []
      : [
          `left out ${count(ignored.length, "file")} that ${ignored.length === 1 ? "belongs" : "belong"} to this machine: ${names}`,
        ]),
  ];
}

/** Why development dependencies are in a release nevertheless. */
export function doubtLine(because: string): string {
  return `all installed packages are in the release, also those for development: ${safeLine(because)}`;
}
