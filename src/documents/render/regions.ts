/**
 * Regions of a Markdown document that a person writes, each between two comments:
 *
 * ```
 * <!-- written: tools -->
 * …
 * <!-- /written: tools -->
 * ```
 *
 * Everything else is generated. A region is known by its name, so that it goes with its section wherever that moves.
 */
const pattern = /<!-- written: ([a-z0-9-]+) -->\n([\s\S]*?)<!-- \/written: \1 -->\n/g;

/** An empty region, as a new document has it. */
export function emptyRegion(name: string): string {
  return `<!-- written: ${name} -->\n<!-- /written: ${name} -->\n`;
}

/** What was written, by the region's name. Line ends are those of the program's own files. */
export function writtenIn(markdown: string): ReadonlyMap<string, string> {
  return new Map([...unix(markdown).matchAll(pattern)].map(([, name = "", text = ""]) => [name, text]));
}

/** The document with its regions empty: what was generated of it. */
export function generatedOf(markdown: string): string {
  return unix(markdown).replaceAll(pattern, (_, name: string) => emptyRegion(name));
}

/** The lines that were generated, each with its number in the document; what was written is left out. */
export function generatedLines(markdown: string): readonly { readonly line: number; readonly text: string }[] {
  const text = unix(markdown);
  const written = [...text.matchAll(pattern)].map(({ index, 0: all, 1: name = "" }) => {
    const from = index + all.indexOf("\n") + 1;
    return { from, to: index + all.length - `<!-- /written: ${name} -->\n`.length };
  });
  let offset = 0;
  return text.split("\n").flatMap((line, index) => {
    const start = offset;
    offset += line.length + 1;
    return written.some(({ from, to }) => start >= from && start < to) ? [] : [{ line: index + 1, text: line }];
  });
}

/** The region at the end of every document: for what is about the whole of it, or whose section is there no longer. */
export const notesRegion = "notes";

/**
 * A generated document with what was written put where it belongs. What was written for a section that is there no longer goes
 * to the notes, so that nothing of it is lost.
 */
export function withWritten(generated: string, written: ReadonlyMap<string, string>): string {
  const known = new Set([...generated.matchAll(pattern)].map(([, name]) => name));
  const homeless = [...written].filter(([name, text]) => !known.has(name) && text.trim() !== "");
  const textOf = (name: string) => {
    const own = written.get(name) ?? "";
    return name === notesRegion ? [own, ...homeless.map(([, text]) => text)].join("") : own;
  };
  return generated.replaceAll(pattern, (_, name: string) => region(name, textOf(name)));
}

function region(name: string, text: string): string {
  return `<!-- written: ${name} -->\n${text}<!-- /written: ${name} -->\n`;
}

/** Without a byte order mark, and with line ends of one kind. */
export function unix(text: string): string {
  return text.replace(/^\uFEFF/, "").replaceAll("\r\n", "\n");
}
