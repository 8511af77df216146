import { readTextIfThere } from "../../files/read-if-there.ts";

/** The text of a file of the user's; empty when it cannot be read any more. */
export function sourceText(file: string): string {
  return readTextIfThere(file, { forgive: "everything" }) ?? "";
}

/** A line's text, from 1, without its line ending; empty beyond the end. */
export function lineOf(text: string, line: number): string {
  return text.split("\n", line)[line - 1]?.replace(/\r$/, "") ?? "";
}
