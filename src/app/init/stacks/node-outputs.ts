import { posix } from "node:path";
import { type Json, objectOf, parseRelaxedJson } from "../relaxed-json.ts";
import type { Repository } from "../repository.ts";

/** A tool, the options and the settings that say where it writes, and its usual place. */
interface Tool {
  readonly command: RegExp;
  /** Options whose value is the folder, or a file in it. */
  readonly option?: RegExp;
  /** Its settings at the top of the repository. */
  readonly settings?: RegExp;
  /** What in the settings names the place. */
  readonly setting?: RegExp;
  /** "": it is not known. */
  readonly usual: string;
  /** Beside the place itself. */
  readonly also?: readonly string[];
}

const outDir = /\boutDir["']?\s*:\s*["'`]([^"'`]+)["'`]/g;
const outOption = /(?:--out-?[dD]ir|--dist-dir|--dest|--output-path|-d)[ =](\S+)/;

const tools: readonly Tool[] = [
  { command: /\b(nuxt|nuxi) (build|generate)\b/, usual: ".output" },
  { command: /\b(vinxi|nitro|nitropack) build\b/, usual: ".output" },
  { command: /\bremix build\b/, usual: "build", also: ["public/build"] },
  { command: /\b(remix vite:build|react-router build)\b/, usual: "build" },
  { command: /\bastro build\b/, settings: /^astro\.config\./, setting: outDir, option: outOption, usual: "dist" },
  {
    command: /\b(eleventy|11ty)\b(?!.*--(serve|watch))/,
    option: /--output[ =](\S+)/,
    settings: /^(\.eleventy|eleventy\.config)\./,
    setting: /\boutput["']?\s*:\s*["'`]([^"'`]+)|setOutputDirectory\(\s*["'`]([^"'`]+)/g,
    usual: "_site",
  },
  { command: /\bdocusaurus build\b/, option: /--out-dir[ =](\S+)/, usual: "build" },
  { command: /\bgatsby build\b/, usual: "public" },
  { command: /\b(hexo generate|hexo g)\b/, usual: "public" },
  {
    command: /\bvue-cli-service build\b/,
    option: /--dest[ =](\S+)/,
    settings: /^vue\.config\./,
    setting: /outputDir\s*:\s*["'`]([^"'`]+)/g,
    usual: "dist",
  },
  { command: /\b(react-scripts|react-app-rewired|craco) build\b/, usual: "build" },
  { command: /\bcontentlayer2? build\b/, usual: ".contentlayer" },
  {
    command: /\bvite(-(react-)?ssg)? build\b/,
    option: /--outDir[ =](\S+)/,
    settings: /^vite\.config\./,
    setting: outDir,
    usual: "dist",
  },
  {
    command: /\b(tsup|tsdown)\b/,
    option: outOption,
    settings: /^(tsup|tsdown)\.config\./,
    setting: outDir,
    usual: "dist",
  },
  { command: /\bunbuild\b/, settings: /^build\.config\./, setting: outDir, usual: "dist" },
  {
    command: /\b(rslib|rsbuild|bunchee|pkgroll|father|microbundle|ncc) build\b|\b(bunchee|pkgroll|microbundle)\b/,
    option: outOption,
    usual: "",
  },
  { command: /\bparcel build\b/, option: /--dist-dir[ =](\S+)|(?:^| )-d (\S+)/, usual: "dist" },
  {
    command: /\brollup\b/,
    option: /(?:-d|--dir|-o|--file)[ =](\S+)/,
    settings: /^rollup\.config\./,
    setting: /\b(?:dir|file)["']?\s*:\s*["'`]([^"'`$]+)/g,
    usual: "",
  },
  {
    command: /\bwebpack\b/,
    option: /(?:--output-path|-o)[ =](\S+)/,
    settings: /^webpack(\.[\w.]+)?\.[cm]?[jt]s$/,
    setting: /\bpath\s*:\s*(?:path\.)?(?:resolve|join)\(\s*__dirname\s*,\s*["'`]([^"'`]+)/g,
    usual: "dist",
  },
  {
    command: /\bnx build\b/,
    settings: /^project\.json$/,
    setting: /"outputPath"\s*:\s*"([^"{]+)"/g,
    usual: "",
  },
  { command: /\besbuild\b/, option: /--out(?:dir|file)=(\S+)/, usual: "" },
  { command: /\b(babel|swc)\b/, option: /(?:--out-dir|--out-file|-d|-o)[ =](\S+)/, usual: "" },
  { command: /\bbun build\b/, option: /--out(?:dir|file)[ =](\S+)/, usual: "" },
];

/**
 * Where a build writes; [] when it cannot be told. A wrong guess would fail every run, so only what options and settings, a
 * tool's known habit or package.json itself say is taken. `command`: what the script comes to. `folder`: where the repository
 * lies in the one that outputs count from, so that they may lie beside it.
 */
export function nodeOutputs(repository: Repository, command: string, folder = ""): string[] {
  const steps = command.split(/&&|;|\|\|/).map((step) => step.trim());
  const known = steps.flatMap((step) => [
    ...(/\b(tsc|vue-tsc)\b/.test(step) ? compilerOutputs(repository, step) : []),
    ...(/\bnest build\b/.test(step) ? nestOutputs(repository) : []),
    ...(/\bsvelte-kit\b|\bvite build\b/.test(step) && isSvelteKit(repository)
      ? svelteOutputs(repository)
      : toolOutputs(repository, step)),
    ...(/\bnext build\b/.test(step) ? nextOutputs(repository) : []),
    ...(/\bng build\b/.test(step) ? angularOutput(repository) : []),
    ...(/\bvitepress build\b/.test(step)
      ? [`${/vitepress build (\w\S*)/.exec(step)?.[1] ?? "."}/.vitepress/dist`]
      : []),
  ]);
  const all = [
    ...new Set(
      (known.length > 0 ? known : entryFolder(repository)).flatMap((place) => asOutput(posix.join(folder, place))),
    ),
  ];
  return all.filter(
    (output) => !all.some((other) => other !== output && other.endsWith("/") && output.startsWith(other)),
  );
}

function toolOutputs(repository: Repository, step: string): string[] {
  const found = tools.filter(({ command }) => command.test(step));
  return found.flatMap((tool) => {
    const chosen = tool.option
      ?.exec(step)
      ?.slice(1)
      .find((value) => value !== undefined);
    const settings = repository.entries.filter((entry) => tool.settings?.test(entry) === true);
    const said = settings.flatMap((file) => [...repository.read(file).matchAll(tool.setting ?? /(?!)/g)]);
    const places =
      chosen !== undefined ? [chosen] : said.map((match) => match.slice(1).find((value) => value !== undefined)!);
    const folders = places.map((place) => (/\.[a-z]+$/i.test(posix.basename(place)) ? posix.dirname(place) : place));
    return [...(folders.length > 0 ? folders : [tool.usual].filter((usual) => usual !== "")), ...(tool.also ?? [])];
  });
}

/** Folders of the compiler's files, and its notes of what is up to date where they stand elsewhere. */
function compilerOutputs(repository: Repository, step: string): string[] {
  if (/--noEmit\b/.test(step)) return [];
  const chosen = /(?:-p|--project|-b|--build)[ =]([^\s-]\S*)/.exec(step)?.[1] ?? ".";
  const file = chosen.endsWith(".json") ? chosen : posix.join(chosen, "tsconfig.json");
  const options = compilerOptions(repository, file);
  const spoken = /--outDir[ =](\S+)/.exec(step)?.[1];
  if (options.noEmit === true && spoken === undefined) return [];
  const folder = posix.dirname(file);
  const places = [spoken, options.outDir, options.declarationDir].filter((place) => typeof place === "string");
  if (spoken === undefined && options.outDir === undefined) return [];
  const notes = typeof options.tsBuildInfoFile === "string" ? [options.tsBuildInfoFile] : [];
  return [...places, ...notes].map((place) => (place === spoken ? place : posix.join(folder, place)));
}

/** With those of the configurations that it extends; a path counts from the file that says it. */
export function compilerOptions(repository: Repository, file: string, depth = 0): Json {
  const config = objectOf(parseRelaxedJson(repository.read(file)));
  const bases = [config.extends].flat().filter((base): base is string => typeof base === "string");
  const extended = bases.map((base) => {
    if (depth > 8) return {};
    const path = base.startsWith(".") ? posix.join(posix.dirname(file), base) : `node_modules/${base}`;
    return compilerOptions(repository, path.endsWith(".json") ? path : `${path}.json`, depth + 1);
  });
  return Object.assign({}, ...extended, objectOf(config.compilerOptions));
}

function nestOutputs(repository: Repository): string[] {
  const file = repository.has("tsconfig.build.json") ? "tsconfig.build.json" : "tsconfig.json";
  const { outDir: folder } = compilerOptions(repository, file);
  return [typeof folder === "string" ? folder : "dist"];
}

/** With exported pages `distDir` says where these are, and the build itself stays where it always is. */
function nextOutputs(repository: Repository): string[] {
  const pages = exportedPages(repository);
  return pages === undefined ? [nextFolder(repository) ?? ".next"] : [".next", pages];
}

/** Next.js without a server: the folder of its pages, which are files; `undefined` where there is one. */
export function exportedPages(repository: Repository): string | undefined {
  if (nextOutput(repository) !== "export") return undefined;
  const said = nextFolder(repository);
  return `${(said === ".next" ? undefined : said)?.replace(/\/$/, "") ?? "out"}/`;
}

function nextFolder(repository: Repository): string | undefined {
  const settings = repository.entries.filter((entry) => /^next\.config\./.test(entry));
  const said = settings.map((file) => /^[^/\n]*?\bdistDir["']?\s*:\s*["'`]([^"'`]+)/m.exec(repository.read(file))?.[1]);
  return said.find((folder) => folder !== undefined);
}

/** What the settings of Next.js make of the build: `standalone`, `export`; `undefined` where they say neither. */
export function nextOutput(repository: Repository): string | undefined {
  const settings = repository.entries.filter((entry) => /^next\.config\./.test(entry));
  const said = settings.map((file) => /^[^/\n]*?\boutput["']?\s*:\s*["'](\w+)["']/m.exec(repository.read(file))?.[1]);
  return said.find((output) => output !== undefined);
}

export function isSvelteKit(repository: Repository): boolean {
  return /"@sveltejs\/kit"/.test(repository.read("package.json"));
}

/** Where SvelteKit is told its adapter: in a file of its own, or among the settings of Vite. */
export function svelteSettings(repository: Repository): string {
  const files = repository.entries.filter((entry) => /^(svelte|vite)\.config\./.test(entry));
  return files.map((entry) => repository.read(entry)).join("\n");
}

function svelteOutputs(repository: Repository): string[] {
  const settings = svelteSettings(repository);
  if (/adapter-vercel["']/.test(settings)) return [".svelte-kit", ".vercel/output"];
  if (!/adapter-(node|static)["']/.test(settings)) return [".svelte-kit"];
  return [/\b(?:out|pages)\s*:\s*["'`]([^"'`]+)/.exec(settings)?.[1] ?? "build", ".svelte-kit"];
}

function angularOutput(repository: Repository): string[] {
  const said = /"outputPath"\s*:\s*(?:\{\s*"base"\s*:\s*)?"([^"]+)"/.exec(repository.read("angular.json"))?.[1];
  return [said ?? "dist"];
}

/** `"main": "dist/index.js"`: what the package hands out, it has to build first. */
function entryFolder(repository: Repository): string[] {
  const { main, module, exports, bin, types } = repository.readJson("package.json");
  const entries = JSON.stringify([main, module, exports, bin, types]);
  const folders = [...entries.matchAll(/"(?:\.\/)?(dist|build|out|distribution|lib|es|esm|cjs)\//g)].map(
    ([, folder]) => folder!,
  );
  // `lib` may well hold what somebody wrote.
  const ignored = repository.read(".gitignore");
  return folders.filter(
    (folder) => !/^(lib|es|esm|cjs)$/.test(folder) || new RegExp(`^/?${folder}/?$`, "m").test(ignored),
  );
}

function asOutput(path: string): string[] {
  const clean = posix.normalize(path).replace(/^\.\//, "").replace(/\/$/, "");
  if (clean === "" || clean === "." || clean.startsWith("..") || clean.startsWith("/") || /[*?{$]/.test(clean))
    return [];
  return [/\.(tsbuildinfo|json|js|css)$/.test(clean) ? clean : `${clean}/`];
}
