import type { Source } from "../source.ts";
import { table } from "./markdown.ts";
import { emptyRegion, notesRegion } from "./regions.ts";
import { showSource } from "./source.ts";

/** One statement: its cells, safe already, and where it comes from. */
export interface Statement {
  readonly cells: readonly string[];
  readonly source: Source;
}

/** A table of statements with the plain words before it. */
export interface Block {
  /** One short paragraph. */
  readonly plain: string;
  readonly head: readonly string[];
  readonly rows: readonly Statement[];
  /** What is said when there would be no row; absent: there always is one. Its one cell is the first of the row. */
  readonly none?: Statement;
  /** A Mermaid graph after the paragraph, with where it comes from. */
  readonly graph?: { readonly mermaid: string; readonly source: Source };
}

/** A numbered part of a document. */
export interface Section {
  /** Names the region for what a person writes. */
  readonly name: string;
  readonly title: string;
  readonly blocks: readonly Block[];
}

export function statement(source: Source, ...cells: readonly string[]): Statement {
  return { cells, source };
}

/** What this version of Tidegate cannot say yet is part of the section that should say it. */
export function printSection({ name, title, blocks }: Section, number: number, notYet: readonly string[]): string {
  const missing = notYet.map((what) => `- Not built in this version of Tidegate: ${what}.`);
  const parts = [
    `## ${number} ${title}\n`,
    ...blocks.map(printBlock),
    ...(missing.length === 0 ? [] : [`${missing.join("\n")}\n`]),
    emptyRegion(name),
  ];
  return parts.join("\n");
}

function printBlock({ plain, head, rows, none, graph }: Block): string {
  const drawn = graph === undefined ? [] : [graph.mermaid, `Source of the graph: ${showSource(graph.source)}.\n`];
  const told = rows.length > 0 || none === undefined ? rows : [none];
  const cells = told.map(({ cells, source }) => [...head.map((_, index) => cells[index] ?? ""), showSource(source)]);
  return [`${plain}\n`, ...drawn, table([...head, "Source"], cells)].join("\n");
}

/** A whole document: what it is, its contents, its sections. */
export function printDocument(
  title: string,
  about: string,
  sections: readonly Section[],
  notYet: (section: string) => readonly string[],
): string {
  const contents = sections.map(({ title }, index) => `${index + 1}. [${title}](#${anchor(index + 1, title)})`);
  return [
    `# ${title}\n`,
    `${about}\n`,
    `${legend}\n`,
    `## Contents\n\n${contents.join("\n")}\n`,
    ...sections.map((section, index) => printSection(section, index + 1, notYet(section.name))),
    `## Notes\n\n${emptyRegion(notesRegion)}`,
  ].join("\n");
}

/** As GitHub and GitLab name the anchor of a heading. */
function anchor(number: number, title: string): string {
  return `${number}-${title.toLowerCase().replaceAll(" ", "-")}`;
}

const legend = [
  "Every row says where it comes from. *Declared*: the definition says it, at the key named (`tidegate docs --explain KEY`",
  "gives file and line); *default*: it leaves that to Tidegate. *Measured*: from runs, deployments and tests, the last of them",
  "on that day. *Observed*: from a look at what is there, on that day. *Written*: a person wrote it, between the comments",
  "`written` at the end of each section; what stands there is kept. Everything else is made by `tidegate docs`.",
].join("\n");
