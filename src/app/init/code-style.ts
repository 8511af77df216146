import type { CodeStyle } from "./code.ts";
import type { Repository } from "./repository.ts";

/** How it is written where the project does not say. */
const usual: CodeStyle = {
  width: 110,
  indent: "  ",
  tabWidth: 2,
  quote: '"',
  semicolons: true,
  trailingCommas: true,
  bracketSpacing: true,
};

/** How the project's own formatter would have it, so that its checks stay as they are; else as its own files have it. */
export function codeStyle(repository: Repository): CodeStyle {
  return (
    oxfmtStyle(repository) ?? prettierStyle(repository) ?? biomeStyle(repository) ?? styleOfFiles(repository) ?? usual
  );
}

/** What a formatter's settings say: read by their names, whichever language they are in. */
class Settings {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  get(...names: readonly string[]): string | undefined {
    return names.map((name) => this.#one(name)).find((value) => value !== undefined);
  }

  number(...names: readonly string[]): number | undefined {
    const value = Number(this.get(...names));
    return Number.isInteger(value) && value > 0 ? value : undefined;
  }

  #one(name: string): string | undefined {
    return new RegExp(`(?:^|[\\s{,"'])${name}["']?\\s*[:=]\\s*["']?([\\w-]+)`).exec(this.#text)?.[1];
  }
}

const prettierFiles = /^(\.prettierrc(\.\w+)?|prettier\.config\.\w+)$/;

function prettierStyle(repository: Repository): CodeStyle | undefined {
  const manifest = repository.readJson("package.json");
  const file = repository.entries.find((entry) => prettierFiles.test(entry));
  const isUsed = file !== undefined || "prettier" in manifest || usesPackage(manifest, "prettier");
  if (!isUsed) return undefined;
  const own = file === undefined ? JSON.stringify(manifest.prettier ?? {}) : repository.read(file);
  const shared = typeof manifest.prettier === "string" ? manifest.prettier : sharedSettings(own);
  return prettierSettings(repository, shared === undefined ? own : `${own}\n${textOfPackage(repository, shared)}`, 80);
}

/** It has its settings by the names that Prettier has them. */
function oxfmtStyle(repository: Repository): CodeStyle | undefined {
  const file = repository.entries.find((entry) => /^(\.oxfmtrc\.jsonc?|oxfmt\.config\.\w+)$/.test(entry));
  return file === undefined ? undefined : prettierSettings(repository, repository.read(file), 100);
}

function prettierSettings(repository: Repository, text: string, width: number): CodeStyle {
  const settings = new Settings(text);
  const editor = new Settings(editorSection(repository.read(".editorconfig")));
  const tabWidth = settings.number("tabWidth") ?? editor.number("indent_size", "tab_width") ?? 2;
  const usesTabs = (settings.get("useTabs") ?? String(editor.get("indent_style") === "tab")) === "true";
  return {
    width: settings.number("printWidth") ?? editor.number("max_line_length") ?? width,
    indent: usesTabs ? "\t" : " ".repeat(tabWidth),
    tabWidth,
    quote: settings.get("singleQuote") === "true" ? "'" : '"',
    semicolons: settings.get("semi") !== "false",
    trailingCommas: settings.get("trailingComma") !== "none",
    bracketSpacing: settings.get("bracketSpacing") !== "false",
  };
}

/** Settings that are a package's: the only name of a package in a small file. */
function sharedSettings(text: string): string | undefined {
  return /^\s*["']((?:@[\w.-]+\/)?[\w.-]+)["']\s*$/.exec(text)?.[1] ?? /from\s+["'](@?[\w./-]+)["']/.exec(text)?.[1];
}

function textOfPackage(repository: Repository, name: string): string {
  const folder = `node_modules/${name}`;
  const { main } = repository.readJson(`${folder}/package.json`);
  const files = [String(main ?? "index.js"), "index.json", "index.js", "index.mjs"];
  return files.map((file) => repository.read(`${folder}/${file}`)).find((text) => text !== "") ?? "";
}

/** The section of all files. */
function editorSection(text: string): string {
  const start = /^\[\*\]\s*$/m.exec(text);
  return start === null ? "" : text.slice(start.index + start[0].length).split(/^\[/m)[0]!;
}

function biomeStyle(repository: Repository): CodeStyle | undefined {
  const file = ["biome.json", "biome.jsonc", ".biome.json", ".biome.jsonc"].find((name) => repository.has(name));
  if (file === undefined) return undefined;
  const settings = new Settings(repository.read(file));
  const tabWidth = settings.number("indentWidth") ?? 2;
  return {
    width: settings.number("lineWidth") ?? 80,
    indent: settings.get("indentStyle") === "space" ? " ".repeat(tabWidth) : "\t",
    tabWidth,
    quote: settings.get("quoteStyle") === "single" ? "'" : '"',
    semicolons: settings.get("semicolons") !== "asNeeded",
    trailingCommas: settings.get("trailingCommas") !== "none",
    bracketSpacing: settings.get("bracketSpacing") !== "false",
  };
}

/** As the project's other settings are written, where there are some in JavaScript or TypeScript. */
function styleOfFiles(repository: Repository): CodeStyle | undefined {
  const files = repository.entries.filter((entry) => /^[^.].*\.config\.[cm]?[jt]s$/.test(entry));
  const lines = files.flatMap((file) => repository.read(file).split(/\r?\n/));
  const imports = lines.filter((line) => /^(import|export)\b.*from ['"].*['"];?$/.test(line));
  if (imports.length === 0) return undefined;
  const isMost = (pattern: RegExp) => imports.filter((line) => pattern.test(line)).length * 2 > imports.length;
  const step = lines.find((line) => /^\s+\S/.test(line) && !/^\s+\*/.test(line));
  const indent = /^\s+/.exec(step ?? "")?.[0] ?? usual.indent;
  return {
    ...usual,
    indent: indent.startsWith("\t") ? "\t" : indent,
    quote: isMost(/'/) ? "'" : '"',
    semicolons: isMost(/;$/),
  };
}

function usesPackage(manifest: Readonly<Record<string, unknown>>, name: string): boolean {
  return [manifest.dependencies, manifest.devDependencies].some(
    (kind) => typeof kind === "object" && kind !== null && Object.hasOwn(kind, name),
  );
}
