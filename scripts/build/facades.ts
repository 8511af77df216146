interface Chunk {
  readonly type: string;
  readonly isEntry?: boolean;
  code?: string;
}

export interface FacadesPlugin {
  readonly name: string;
  generateBundle(options: unknown, bundle: Record<string, Chunk>): void;
}

/** A chunk with nothing in it but names of another one's. */
const facade = /^export\{([^}]*)\}from"(\.\/[^"]+)";?\s*$/;

/** Lets dynamic imports of facades import what is behind them: each file costs a start some time. */
export function withoutFacades(): FacadesPlugin {
  return {
    name: "without-facades",
    generateBundle: (_, bundle) => {
      const behind = new Map<string, string>();
      for (const [file, { code = "", isEntry }] of Object.entries(bundle)) {
        const match = isEntry ? undefined : (facade.exec(code) ?? undefined);
        if (match === undefined) continue;
        behind.set(`./${file}`, `import("${match[2]}").then(all=>({${match[1]!.split(",").map(renamed).join(",")}}))`);
        delete bundle[file];
      }
      for (const chunk of Object.values(bundle))
        if (chunk.code !== undefined)
          chunk.code = chunk.code.replace(dynamicImport, (whole, file) => behind.get(file) ?? whole);
    },
  };
}

const dynamicImport = /\bimport\([`"'](\.\/[\w.-]+)[`"']\)/g;

/** `t as run` → `run:all.t`. */
function renamed(binding: string): string {
  const [inner = "", outer = inner] = binding.trim().split(/\s+as\s+/);
  return `${outer}:all.${inner}`;
}
