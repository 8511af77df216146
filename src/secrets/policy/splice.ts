/** Another text for a part of a text. Offsets are in UTF-16 code units. */
export interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The text with the part replaced. */
export function splice(text: string, { start, end, text: replacement }: Splice): string {
  // A file whose last line has no end keeps it so; one with CRLF keeps that.
  const inserted = text.includes("\r\n") ? replacement.replaceAll("\n", "\r\n") : replacement;
  return text.slice(0, start) + inserted + text.slice(end);
}

/** The line that an offset is in: `end` is where its line ending begins. */
export function lineAt(
  text: string,
  offset: number,
): { readonly start: number; readonly end: number; readonly text: string } {
  const start = offset <= 0 ? 0 : text.lastIndexOf("\n", offset - 1) + 1;
  const found = text.indexOf("\n", offset);
  const newline = found < 0 ? text.length : found;
  const end = newline > start && text[newline - 1] === "\r" ? newline - 1 : newline;
  return { start, end, text: text.slice(start, end) };
}
