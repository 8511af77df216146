/**
 * Markdown that GitHub, GitLab and a terminal show well. Everything that comes from a definition or a state is hostile until
 * it went through `text` or `code`: names may have pipes, backticks, tags and line ends in them.
 */

/** Markdown that is safe to put into a cell or a sentence. */
export type Markdown = string & { readonly markdown?: never };

/** Plain words: shown as they are, whatever they are. */
export function text(plain: string): Markdown {
  return oneLine(plain).replaceAll(/[\\`*_[\]<>#!|~&$]/g, (sign) => entities[sign] ?? `\\${sign}`);
}

const entities: Readonly<Record<string, string>> = { "<": "&lt;", ">": "&gt;", "&": "&amp;" };

/** Words of a program, in its own letters. In a table a pipe ends a cell even there. */
export function code(plain: string): Markdown {
  const line = oneLine(plain);
  if (line.trim() === "") return "(empty)";
  const longest = Math.max(0, ...[...line.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  const space = longest > 0 || /^ .* $/.test(line) ? " " : "";
  return `${fence}${space}${line.replaceAll("|", "\\|")}${space}${fence}`;
}

/** Several of them, or `otherwise` when there is none. */
export function codes(all: readonly string[], otherwise = "none"): Markdown {
  return all.length === 0 ? otherwise : all.map(code).join(", ");
}

/** Line ends and what cannot be seen (control characters, marks of direction) would let a text lie about its place. */
function oneLine(plain: string): string {
  return plain.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ").replaceAll(/\p{Cf}/gu, "");
}

/** A table; its cells are safe already. */
export function table(head: readonly string[], rows: readonly (readonly Markdown[])[]): string {
  const lines = [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`);
  return `${lines.join("\n")}\n`;
}

/** A text inside of a Mermaid graph: everything that could end it or begin something is written by its number. */
export function label(plain: string): string {
  return `"${oneLine(plain).replaceAll(/[^\p{L}\p{N} .,:@/+=-]/gu, (sign) => `#${sign.codePointAt(0)};`)}"`;
}

/** A graph of boxes in groups. `edges`: from, to. Names are replaced by numbers, so that none of them can be a keyword. */
export function graph(
  groups: readonly (readonly [title: string, members: readonly string[]])[],
  edges: readonly (readonly [from: string, to: string])[],
): string {
  const all = groups.flatMap(([, members]) => members);
  const id = new Map(all.map((name, index) => [name, `n${index}`]));
  const boxes = groups.flatMap(([title, members], index) => [
    `  subgraph g${index} [${label(title)}]`,
    ...members.map((name) => `    ${id.get(name)}[${label(name)}]`),
    "  end",
  ]);
  const arrows = edges.flatMap(([from, to]) =>
    id.has(from) && id.has(to) ? [`  ${id.get(from)} --> ${id.get(to)}`] : [],
  );
  return ["```mermaid", "flowchart LR", ...boxes, ...arrows, "```", ""].join("\n");
}
