import { promisify } from "node:util";

/**
 * Node's own modules cost a start least when they are asked for as what they are: a static `import` makes Node read
 * every one of a module's exports, and some of those load a great deal more. So imports of them are written anew, as
 * `process.getBuiltinModule(…)`, which every Node that Tidegate runs on has. What starts it runs on older ones, too.
 */
export interface BuiltInsPlugin {
  readonly name: string;
  renderChunk(code: string): string;
}

/** Modules that take long to load, of which a call often needs nothing; their functions load them when they are called. */
const heavy: ReadonlySet<string> = new Set(["node:crypto", "node:child_process"]);

/** `lazily`: no module is loaded before one of its functions is called; for code that an older Node must be able to start. */
export function builtIns(lazily: boolean): BuiltInsPlugin {
  return {
    name: "built-ins",
    renderChunk: (code) => withoutImports(lazily ? afterFirstLine(code, ofOldNode) : code, lazily),
  };
}

/** Node 18 has no such function, and another one that does the same. */
const ofOldNode = `const builtIn = process.getBuiltinModule ?? (await import("node:module")).createRequire(import.meta.url);`;

/** The first line says which program runs it. */
function afterFirstLine(code: string, line: string): string {
  return code.startsWith("#!") ? code.replace("\n", `\n${line}\n`) : `${line}\n${code}`;
}

const importStatement = /^import\s*(?:([\w$]+)\s*,?\s*)?(?:\{([^}]*)\}\s*)?from\s*["'](node:[\w/]+)["'];?$/gm;

function withoutImports(code: string, lazily: boolean): string {
  return code.replace(importStatement, (_, whole: string | undefined, names: string | undefined, module: string) => {
    const load = `${lazily ? "builtIn" : "process.getBuiltinModule"}(${JSON.stringify(module)})`;
    const parts = whole === undefined ? [] : [`const ${whole} = ${load};`];
    const bindings = (names ?? "")
      .split(",")
      .map(bindingOf)
      .filter(({ name }) => name !== "");
    if (lazily || (heavy.has(module) && bindings.every(({ name }) => isFunction(module, name))))
      for (const { name, local } of bindings) parts.push(`const ${local} = ${loadingFunction(module, name, load)};`);
    else if (bindings.length > 0)
      parts.push(`const { ${bindings.map(({ name, local }) => `${name}: ${local}`).join(", ")} } = ${load};`);
    return parts.join("\n");
  });
}

function bindingOf(text: string): { readonly name: string; readonly local: string } {
  const [name = "", local = name] = text.trim().split(/\s+as\s+/);
  return { name, local };
}

/**
 * Some functions say what `promisify` is to make of them (`execFile`: both of what was printed); without that, it
 * makes something else of what stands for them.
 */
function loadingFunction(module: string, name: string, load: string): string {
  const calling = `(...given) => ${load}.${name}(...given)`;
  if (!(promisify.custom in Object(exportOf(module, name)))) return calling;
  const custom = 'Symbol.for("nodejs.util.promisify.custom")';
  return `Object.assign(${calling}, { [${custom}]: (...given) => ${load}.${name}[${custom}](...given) })`;
}

/** A class is begun with a capital letter; it cannot be called, only made. */
function isFunction(module: string, name: string): boolean {
  return typeof exportOf(module, name) === "function" && /^[a-z]/.test(name);
}

function exportOf(module: string, name: string): unknown {
  return (process.getBuiltinModule(module) as Readonly<Record<string, unknown>>)[name];
}
