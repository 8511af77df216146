import type { CST } from "yaml";
import { limits } from "../limits.ts";
import { SyntaxProblem } from "../problems.ts";
import type { Span } from "../tree.ts";

type Nested = CST.Token & { readonly items?: readonly CST.CollectionItem[] };

/** Refuses what is nested too deeply before anything recursive looks at it. @throws SyntaxProblem */
export function checkDepth(tokens: readonly CST.Token[]): void {
  const open: [token: CST.Token, depth: number][] = tokens.map((token) => [token, 0]);
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [token, depth] = next;
    if (depth > limits.depth) throw new SyntaxProblem(token.offset, `nested deeper than ${limits.depth}`);
    for (const child of childrenOf(token)) open.push([child, depth + 1]);
  }
}

function childrenOf(token: CST.Token): CST.Token[] {
  if (token.type === "document") return token.value === undefined ? [] : [token.value];
  const items = (token as Nested).items ?? [];
  return items.flatMap(({ key, value }) => [key, value].filter((child) => child !== null && child !== undefined));
}

/** Where the documents begin: at their `---`, if they have one. */
export function documentStarts(tokens: readonly CST.Token[]): number[] {
  return tokens
    .filter((token) => token.type === "document")
    .map(({ start, offset }) => start.find(({ type }) => type === "doc-start")?.offset ?? offset);
}

/** Where comments stand, each from its `#` to the end of its line, in the order of the file. */
export function commentsOf(tokens: readonly CST.Token[]): Span[] {
  const found: Span[] = [];
  const look = (list: readonly CST.Token[] | null | undefined) => {
    for (const token of list ?? []) {
      if (token.type !== "comment") continue;
      found.push({ start: token.offset, end: token.offset + token.source.replace(/\r$/, "").length });
    }
  };
  for (const token of tokens) visit(token, look);
  return found.sort((one, other) => one.start - other.start);
}

function visit(token: CST.Token, look: (list: readonly CST.Token[] | null | undefined) => void): void {
  look([token]);
  if (token.type === "document") look(token.start);
  if (token.type === "block-scalar") look(token.props);
  if ("end" in token) look(token.end as readonly CST.Token[]);
  for (const { start, sep } of (token as Nested).items ?? []) {
    look(start);
    look(sep);
  }
  for (const child of childrenOf(token)) visit(child, look);
}
