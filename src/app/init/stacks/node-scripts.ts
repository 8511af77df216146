/** The scripts of a package.json, and what they come to. */
export class Scripts {
  readonly #all: Readonly<Record<string, string>>;

  constructor(manifest: Readonly<Record<string, unknown>>) {
    const entries = Object.entries((manifest.scripts as object | undefined) ?? {});
    this.#all = Object.fromEntries(
      entries.filter(([, run]) => typeof run === "string" && !isPlaceholder(run)),
    ) as Record<string, string>;
  }

  get names(): readonly string[] {
    return Object.keys(this.#all);
  }

  get(name: string): string | undefined {
    return Object.hasOwn(this.#all, name) ? this.#all[name] : undefined;
  }

  /** The first of the names that is there. */
  first(names: readonly string[]): string | undefined {
    return names.find((name) => this.get(name) !== undefined);
  }

  /**
   * The commands that a script comes to: scripts that it runs are in their places, what runs before and after it is in
   * front and behind. "" when there is no such script.
   */
  expanded(name: string, depth = 0): string {
    if (this.get(name) === undefined || depth > 6) return "";
    const parts = [`pre${name}`, name, `post${name}`].flatMap((each) => this.get(each) ?? []);
    return this.resolved(parts.join(" && "), depth);
  }

  /** A command, with what the scripts that it runs come to in their places. */
  resolved(command: string, depth = 0): string {
    const one = (whole: string, called: string) => this.expanded(called, depth + 1) || whole;
    const several = (whole: string, names: string) => {
      const called = names
        .trim()
        .split(/ +/)
        .flatMap((each) => this.#named(each));
      return called.map((each) => this.expanded(each, depth + 1)).join(" && ") || whole;
    };
    return withoutQuotes(command)
      .replace(/\b(?:npm-run-all2?|run-s|run-p)((?: +[\w:*.@/-]+)+)/g, several)
      .replace(
        /\b(?:npm|pnpm|yarn|bun)(?: +(?:run|run-script))?(?: +(?:-s|--silent))* +([\w:.-]+)(?: +--(?= |$))?/g,
        one,
      )
      .replace(/\bnode +--run +([\w:.-]+)/g, one);
  }

  /** `build:*` is all of them. */
  #named(pattern: string): string[] {
    if (pattern.startsWith("-")) return [];
    if (!pattern.includes("*")) return [pattern];
    const expression = new RegExp(`^${pattern.replace(/[.+]/g, "\\$&").replace(/\*+/g, ".*")}$`);
    return this.names.filter((name) => expression.test(name));
  }
}

/** `npm init` and templates write a test that says that there is none, and always fails: it is none. */
export function isPlaceholder(script: string): boolean {
  return /no test specified|^\s*echo\b[^&|;]*(&&|;)\s*exit 1\s*$/.test(script);
}

/** `npm-run-all "test -- --run" lint`: the quotes go, the words stay. */
function withoutQuotes(script: string): string {
  return /\b(npm-run-all|run-[sp])\b/.test(script) ? script.replace(/["']([\w:.-]+)( --[^"']*)?["']/g, "$1") : script;
}

/** Starts something that goes on until it is stopped, and is for whoever is writing the code. */
const devServers = [
  /\b(nodemon|ts-node-dev|tsnd|node-dev|live-server|browser-sync|concurrently|electron|expo|react-native)\b/,
  /\b(tsx|ts-node|bun|deno run|nest start|astro|vitest) +(\S+ +)*?(watch|--watch|-w|dev)\b/,
  /\bnode +(\S+ +)*--watch\b/,
  /\b(next|nuxt|nuxi|vinxi|astro|svelte-kit|remix|react-router|vitepress|wrangler|netlify|contentlayer|rsbuild|farm|storybook|turbo|turbo run|gatsby) +(dev|develop)\b/,
  /(^|[&|;] *|\bnpx +)vite(?! +(build|preview|optimize))\b/,
  /\b(react-scripts|react-app-rewired|craco|docusaurus|preact|webpack-cli|gulp|umi) +(start|serve|watch)\b/,
  /\b(webpack(-cli)? +serve|webpack-dev-server|ng +serve|nx +serve|vue-cli-service +serve|parcel +(serve|watch)|hugo +serve?r?)\b/,
  /\beleventy\b.* --(serve|watch)\b/,
  /(^|\s)--serve\b/,
  /\bparcel +(?!build)\S*\.html\b/,
];

export function isDevServer(command: string): boolean {
  return devServers.some((pattern) => pattern.test(command));
}

/** Never ends by itself. */
export function watches(command: string): boolean {
  return /\s(--watch|--watchAll|--watch-all)(?!=false)\b/.test(command) || /\b(ng|karma) +(test|start)\b/.test(command);
}

/** The form that looks and changes nothing; `undefined` when it is the command itself. */
export function checkForm(command: string): string | undefined {
  const changed = command
    .replace(/\bprettier((?: +(?!--write|-w\b)\S+)*) +(?:--write|-w)\b/g, "prettier$1 --check")
    .replace(
      /\b((?:eslint|xo|standard|oxlint|stylelint|biome|rome|tslint)\b[^&|;]*?) +(?:--fix|--write|--apply(?:-unsafe)?)\b/g,
      "$1",
    )
    .replace(/\b(biome|rome) +format\b/g, "$1 format");
  return changed === command ? undefined : changed.trim();
}
