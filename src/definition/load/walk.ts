import type {
  ArrayExpression,
  CallExpression,
  Expression,
  Identifier,
  MemberExpression,
  ObjectExpression,
  Property,
} from "acorn";
import { importedAs, type Modules, type Spot } from "./modules.ts";

/** Where a key's value stands, and the key itself when it is written out. */
export interface Step {
  readonly value: Spot;
  readonly key?: Spot;
}

/** How deep names and spreads are followed; only a definition that refers to itself goes deeper. */
const depthLimit = 40;

/** What a spot stands for: names are followed to what they are declared as. The spot itself when that is unknown. */
export function meaningOf(modules: Modules, spot: Spot, depth = 0): Spot {
  const next = depth < depthLimit ? referent(modules, spot, depth + 1) : undefined;
  return next === undefined ? spot : meaningOf(modules, next, depth + 1);
}

/** One key down from a spot, through what names, spreads and builders stand for; `undefined` when it is not written out. */
export function stepInto(modules: Modules, from: Spot, key: string | number, depth = 0): Step | undefined {
  if (depth >= depthLimit) return undefined;
  const spot = meaningOf(modules, from, depth);
  const { node, module } = spot;
  if (node.type === "ObjectExpression")
    return property(modules, { module, node: node as ObjectExpression }, key, depth);
  if (node.type === "ArrayExpression") return element(modules, { module, node: node as ArrayExpression }, key, depth);
  if (node.type === "CallExpression") return argument(modules, { module, node: node as CallExpression }, key, depth);
  return undefined;
}

interface SpotOf<N> {
  readonly module: Spot["module"];
  readonly node: N;
}

function referent(modules: Modules, { module, node }: Spot, depth: number): Spot | undefined {
  if (node.type === "Identifier") return modules.binding(module, (node as Identifier).name);
  if (node.type === "CallExpression") return frozen(module, node as CallExpression);
  if (node.type !== "MemberExpression") return undefined;
  const { object, property: name, computed } = node as MemberExpression;
  const key = computed ? literal(name) : (name as Identifier).name;
  if (key === undefined || object.type === "Super") return undefined;
  const holder = meaningOf(modules, { module, node: object }, depth);
  if (holder.node.type === "Program") return modules.exported(holder.module, String(key));
  return stepInto(modules, holder, key, depth)?.value;
}

/** `Object.freeze(x)` stands for `x`. */
function frozen(module: Spot["module"], { callee, arguments: [first] }: CallExpression): Spot | undefined {
  const { object, property: name } = callee as Partial<MemberExpression>;
  const freezes = (object as Identifier | undefined)?.name === "Object" && (name as Identifier).name === "freeze";
  return freezes && first !== undefined ? { module, node: first } : undefined;
}

function literal(node: object): string | number | undefined {
  const { value } = node as { value?: unknown };
  return typeof value === "string" || typeof value === "number" ? value : undefined;
}

/** The last one wins, as it does when the object is built. */
function property(modules: Modules, spot: SpotOf<ObjectExpression>, key: string | number, depth: number) {
  const { module } = spot;
  for (const member of spot.node.properties.toReversed()) {
    if (member.type === "SpreadElement") {
      const found = stepInto(modules, { module, node: member.argument }, key, depth + 1);
      if (found !== undefined) return found;
    } else if (keyOf(member) === String(key)) {
      return { value: { module, node: member.value }, key: { module, node: member.key } };
    }
  }
  return undefined;
}

function keyOf({ key, computed }: Property): string | undefined {
  if (key.type === "Identifier") return computed ? undefined : key.name;
  const value = literal(key);
  return value === undefined ? undefined : String(value);
}

function element(modules: Modules, spot: SpotOf<ArrayExpression>, index: string | number, depth: number) {
  const { module, node } = elements(modules, spot, depth)[Number(index)] ?? {};
  return module && node ? { value: { module, node } } : undefined;
}

/** The items of a list with the lists that are spread into it; items after a spread that is not a list are unknown. */
function elements(modules: Modules, { module, node }: SpotOf<ArrayExpression>, depth: number): SpotOf<Expression>[] {
  const known: SpotOf<Expression>[] = [];
  for (const item of node.elements) {
    if (item?.type !== "SpreadElement") {
      known.push({ module, node: item as Expression });
      continue;
    }
    const spread = meaningOf(modules, { module, node: item.argument }, depth + 1);
    if (spread.node.type !== "ArrayExpression" || depth >= depthLimit) return known;
    known.push(...elements(modules, spread as SpotOf<ArrayExpression>, depth + 1));
  }
  return known;
}

/** Where the builders take their keys: the position of the argument, or the position of the object with the options. */
const builders: Readonly<Record<string, { readonly keys?: Readonly<Record<string, number>>; readonly rest?: number }>> =
  {
    defineProject: { rest: 0 },
    task: { rest: 0 },
    workspace: { rest: 0 },
    concurrencyGroup: { keys: { name: 0, limit: 1 } },
    equals: { keys: { variable: 0, value: 1 } },
    isSet: { keys: { variable: 0 } },
    env: { keys: { name: 0 } },
    installed: { keys: { program: 0 } },
    service: { rest: 0 },
    local: { rest: 0 },
    rolling: { rest: 0 },
    postgres: { rest: 0 },
    folder: { rest: 0 },
    terraform: { rest: 0 },
    external: { rest: 0 },
    output: { keys: { of: 0, name: 1 } },
    because: { keys: { because: 1 }, rest: 0 },
    differs: { keys: { value: 0, reason: 1 }, rest: 2 },
    shared: { keys: { schema: 0, reason: 1 } },
    check: { keys: { name: 0, run: 1 }, rest: 2 },
  };

function argument(modules: Modules, spot: SpotOf<CallExpression>, key: string | number, depth: number) {
  const { module, node } = spot;
  const name = builderName(spot);
  if (name === "secret") return secretPart(modules, spot, key, depth);
  const builder = name === undefined || !Object.hasOwn(builders, name) ? undefined : builders[name];
  const own = builder?.keys?.[key];
  const found = node.arguments[own ?? builder?.rest ?? -1];
  if (found === undefined) return undefined;
  const value = { module, node: found };
  return own === undefined ? stepInto(modules, value, key, depth + 1) : { value };
}

/** `secret(shared(schema, reason))` keeps the schema and, as `shared`, the reason. */
function secretPart(modules: Modules, { module, node }: SpotOf<CallExpression>, key: string | number, depth: number) {
  const [first] = node.arguments;
  if (first === undefined) return undefined;
  const value = { module, node: first };
  const inside = stepInto(modules, value, key === "shared" ? "reason" : key, depth + 1);
  return inside ?? (key === "schema" ? { value } : undefined);
}

/** The builder's own name, whatever the definition calls it. */
export function builderName({ module, node }: SpotOf<CallExpression>): string | undefined {
  const { callee } = node;
  if (callee.type === "MemberExpression") {
    const holder = callee.object.type === "Identifier" ? imported(module, callee.object.name) : undefined;
    return holder?.source === "tidegate" ? (callee.property as Identifier).name : undefined;
  }
  const found = callee.type === "Identifier" ? imported(module, callee.name) : undefined;
  return found?.source === "tidegate" ? found.name : undefined;
}

function imported(module: Spot["module"], name: string) {
  for (const statement of module.program.body) {
    const found = importedAs(statement, name);
    if (found !== undefined) return found;
  }
  return undefined;
}
