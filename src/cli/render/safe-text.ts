import { stripVTControlCharacters } from "node:util";

const escapeCharacter = "\u001b";
/** What is left of control characters once escape sequences are gone, and what turns the direction of text. */
const controls = /(?![\t\n])\p{Cc}|[\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const colors = /(\u001b\[[0-9;:]*m)/;

/**
 * Text from outside (tasks, instances, file names) as it may go to a terminal: no sequence in it can move the
 * cursor, set the title or reorder what is shown.
 */
export function safeText(text: string): string {
  return stripVTControlCharacters(text).replace(controls, "");
}

/** The same for one line: a carriage return starts the line anew, as progress bars do; tabs become spaces. */
export function safeLine(text: string): string {
  return safeText(lastDrawn(text)).replaceAll("\t", "    ").replaceAll("\n", " ");
}

/** Of a longer value a terminal shows the beginning: whoever wants all of it asks for `--json`. */
const longestValue = 300;

/** The same for a value that somebody gave, which may be of any length. */
export function safeValue(text: string): string {
  const line = safeLine(text);
  return line.length <= longestValue ? line : `${line.slice(0, longestValue)}… (${text.length} characters)`;
}

/** One line with its colours kept and nothing else; ends in the plain style. */
export function safeColoredLine(text: string): string {
  const parts = lastDrawn(text).split(colors);
  if (parts.length === 1) return safeLine(text);
  return `${parts.map((part, index) => (index % 2 === 1 ? part : safeLine(part))).join("")}${escapeCharacter}[0m`;
}

function lastDrawn(text: string): string {
  const trimmed = text.replace(/\r+$/, "");
  return trimmed.slice(trimmed.lastIndexOf("\r") + 1);
}
