/**
 * Node's own modules cost a start least when they are asked for as what they are: a static `import` makes Node read
 * every one of a module's exports, and some of those load a great deal more. So imports of them are written anew, as
 * `process.getBuiltinModule(…)`, which every Node that Tidegate runs on has.
 */
export interface BuiltInsPlugin {
  readonly name: string;
  renderChunk(code: string): string;
}

/** Modules that take long to load, of which a call often needs nothing; their functions load them when they are called. */
const heavy: ReadonlySet<string> = new Set(["node:crypto", "node:child_process"]);

/** `lazily`: no module is loaded before one of its functions is called; for code that an older Node must be able to start. */
export function builtIns(lazily: boolean): BuiltInsPlugin {
  return { name: "built-ins", renderChunk: (code) => withoutImports(code, lazily) };
}

const importStatement = /^import\s*(?:([\w$]+)\s*,?\s*)?(?:\{([^}]*)\}\s*)?from\s*["'](node:[\w/]+)["'];?$/gm;

function withoutImports(code: string, lazily: boolean): string {
  return code.replace(importStatement, (_, whole: string | undefined, names: string | undefined, module: string) => {
    const load = `process.getBuiltinModule${lazily ? "?." : ""}(${JSON.stringify(module)})`;
    const parts = whole === undefined ? [] : [`const ${whole} = ${load};`];
    const bindings = (names ?? "")
      .split(",")
      .map(bindingOf)
      .filter(({ name }) => name !== "");
    if (lazily || (heavy.has(module) && bindings.every(({ name }) => isFunction(module, name))))
      for (const { name, local } of bindings) parts.push(`const ${local} = (...given) => ${load}.${name}(...given);`);
    else if (bindings.length > 0)
      parts.push(`const { ${bindings.map(({ name, local }) => `${name}: ${local}`).join(", ")} } = ${load};`);
    return parts.join("\n");
  });
}

function bindingOf(text: string): { readonly name: string; readonly local: string } {
  const [name = "", local = name] = text.trim().split(/\s+as\s+/);
  return { name, local };
}

/** A class is begun with a capital letter; it cannot be called, only made. */
function isFunction(module: string, name: string): boolean {
  const exported = (process.getBuiltinModule(module) as Readonly<Record<string, unknown>>)[name];
  return typeof exported === "function" && /^[a-z]/.test(name);
}
