import type { Source } from "../source.ts";
import { code } from "./markdown.ts";
import { timesWords } from "./words.ts";

/** As the last cell of a row says it. */
export function showSource(source: Source): string {
  switch (source.kind) {
    case "declared":
      return source.isDefault ? `declared: default, see ${code(source.key)}` : `declared: ${code(source.key)}`;
    case "measured":
      return source.at === undefined ? "measured: never" : `measured: ${source.at}${timesOf(source.times)}`;
    case "observed":
      return source.at === undefined ? "observed: never" : `observed: ${source.at}`;
    case "written":
      return `written: ${code(source.region)}`;
    default:
      return source satisfies never;
  }
}

function timesOf(times: number | undefined): string {
  if (times === undefined) return "";
  return `, ${timesWords(times)}`;
}
