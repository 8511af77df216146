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

/**
 * A generated document with what was written put where it belongs. What was written for a section that is there no longer
 * stands at the end, so that nothing of it is lost.
 */
export function withWritten(generated: string, written: ReadonlyMap<string, string>): string {
  const left = new Map(written);
  const filled = generated.replaceAll(pattern, (empty: string, name: string) => {
    const text = left.get(name);
    left.delete(name);
    return text === undefined ? empty : region(name, text);
  });
  const homeless = [...left].filter(([, text]) => text.trim() !== "");
  return [filled, ...homeless.map(([name, text]) => `\n${region(name, text)}`)].join("");
}

function region(name: string, text: string): string {
  return `<!-- written: ${name} -->\n${text}<!-- /written: ${name} -->\n`;
}

function unix(text: string): string {
  return text.replace(/^\uFEFF/, "").replaceAll("\r\n", "\n");
}
