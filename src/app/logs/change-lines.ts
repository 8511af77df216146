/**
 * Changes lines byte for byte. Each byte is one character of a line, and its line feed is part of it: what is no UTF-8 stays
 * what it is.
 */
export function changeLines(bytes: Uint8Array, change: (lines: readonly string[]) => readonly string[]): Uint8Array {
  const lines = Buffer.from(bytes)
    .toString("latin1")
    .split(/(?<=\n)/);
  return Buffer.from(change(lines).join(""), "latin1");
}
