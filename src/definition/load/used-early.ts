import type { Identifier, Node, VariableDeclaration } from "acorn";
import type { Failure } from "../../errors/failure.ts";
import { locationAt } from "./location.ts";
import { childrenOf, isParsed, parseModule } from "./parse-module.ts";
import { sourceText } from "./source-text.ts";

interface Use {
  readonly name: string;
  readonly node: Node;
}

/**
 * A constant that is used before it is defined: in any order of the lines when tasks need each other in a circle, else
 * because the lines are in the wrong one. `undefined` when the error is another one, or the file does not show it.
 */
export function usedEarlyFailure(file: string, error: unknown): Failure | undefined {
  const name = /^Cannot access '([\w$]+)' before initialization$/.exec(
    error instanceof Error ? error.message : "",
  )?.[1];
  const module = name === undefined ? undefined : parseModule(file);
  if (name === undefined || module === undefined || !isParsed(module)) return undefined;
  const uses = usesOfConstants(module.program.body);
  if (!uses.has(name)) return undefined;
  const at = ({ node }: Use) => locationAt(file, sourceText(file), node.start, node.end);
  const circle = circleThrough(name, uses);
  const [first] = circle ?? [];
  if (circle !== undefined && first !== undefined) return circleFailure(circle, at(first));
  const early = [...uses].flatMap(([user, used]) => (user === name ? [] : used)).find((use) => use.name === name);
  return {
    code: "definition-throws",
    message: `The definition uses "${name}" before it is defined`,
    ...(early && { location: at(early) }),
    hint: `Move \`const ${name} = …\` above this line.`,
  };
}

function circleFailure(circle: readonly Use[], location: Failure["location"]): Failure {
  // The last use names the constant that it began with: each line needs the next one.
  const names = circle.map(({ name }) => name);
  const order = [names.at(-1)!, ...names.slice(0, -1)];
  return {
    code: "dependency-cycle",
    message: `Tasks need each other in a cycle: ${[...order, order[0]].join(" → ")}`,
    ...(location && { location }),
    cause: pictureOf(order),
    hint:
      `Take one of them out of the other's \`needs\`. What both need is a task of its own:\n` +
      `const common = task({ run: "…" });\n` +
      order.map((name) => `const ${name} = task({ …, needs: [common] });`).join("\n"),
  };
}

/**
 * ```text
 * ╭─▶ build
 * │     ↓ needs
 * ╰── test
 * ```
 */
function pictureOf(names: readonly string[]): string {
  const [first = "", ...others] = names;
  if (others.length === 0) return `╭─▶ ${first}\n╰──── needs itself`;
  const lines = others.flatMap((name, at) => ["│     ↓ needs", `${at === others.length - 1 ? "╰──" : "│  "} ${name}`]);
  return [`╭─▶ ${first}`, ...lines].join("\n");
}

/** What each constant of the top level is made of, as far as that is other constants of the top level. */
function usesOfConstants(body: readonly Node[]): Map<string, Use[]> {
  const declared = body.flatMap((statement) => declarationsOf(statement));
  const names = new Set(declared.map(({ name }) => name));
  const uses = declared.map(({ name, value }) => {
    const found = value === null || value === undefined ? [] : identifiersIn(value);
    return [name, found.filter((use) => names.has(use.name))] as const;
  });
  return new Map(uses);
}

function declarationsOf(statement: Node): { readonly name: string; readonly value: Node | null | undefined }[] {
  const inner = (statement as { declaration?: Node | null }).declaration ?? statement;
  if (inner.type !== "VariableDeclaration") return [];
  return (inner as VariableDeclaration).declarations.flatMap(({ id, init }) =>
    id.type === "Identifier" ? [{ name: id.name, value: init }] : [],
  );
}

/** Names that stand for a value: not the keys of objects, nor what is behind a dot. */
function identifiersIn(node: Node): Use[] {
  if (node.type === "Identifier") return [{ name: (node as Identifier).name, node }];
  const { key, computed, property, value } = node as { key?: Node; computed?: boolean; property?: Node; value?: Node };
  return childrenOf(node)
    .filter((child) => computed === true || (child !== property && (child !== key || child === value)))
    .flatMap(identifiersIn);
}

/** Uses that lead from a constant back to it; the last one names the constant itself. */
function circleThrough(start: string, uses: ReadonlyMap<string, readonly Use[]>): Use[] | undefined {
  const seen = new Set<string>();
  const search = (name: string): Use[] | undefined => {
    for (const use of uses.get(name) ?? []) {
      if (use.name === start) return [use];
      if (seen.has(use.name)) continue;
      seen.add(use.name);
      const rest = search(use.name);
      if (rest !== undefined) return [use, ...rest];
    }
    return undefined;
  };
  return search(start);
}
