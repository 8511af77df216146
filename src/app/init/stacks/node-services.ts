import type { Left, ServiceDraft } from "../draft.ts";
import { isInProgramme } from "../programme.ts";
import type { Repository } from "../repository.ts";
import { sourcePatterns } from "../sources.ts";
import { stepsOf } from "../steps.ts";
import { standaloneRemark, standaloneService } from "./next-standalone.ts";
import { frameworkService, type Made, usesRouter } from "./node-frameworks.ts";
import { compilerOptions, exportedPages, isSvelteKit } from "./node-outputs.ts";
import { isDevServer, type Scripts } from "./node-scripts.ts";
import { programFacts, programFiles } from "./node-sources.ts";
import { nxProgram } from "./nx-program.ts";

/** What is served, and what could not be made out. */
export interface FoundServices {
  readonly services: readonly ServiceDraft[];
  readonly left: readonly Left[];
}

interface Found {
  readonly repository: Repository;
  readonly scripts: Scripts;
  /** What the build comes to, and writes. */
  readonly build: string;
  readonly outputs: readonly string[];
  readonly hasModules: boolean;
}

/** A command that somebody wrote down, and where. */
interface Said {
  readonly where: string;
  readonly command: string;
}

const startScripts = ["start:prod", "start:production", "serve:prod", "production", "prod", "start", "serve", "server"];

/** The services of one package: what its scripts and platform files start, else what its framework makes. */
export function nodeServices(found: Found): FoundServices {
  const { repository, scripts } = found;
  const left: Left[] = [];
  for (const said of commandsOf(repository, scripts)) {
    const command = scripts.resolved(said.command);
    if (isDevServer(lastStep(command))) {
      left.push({ where: said.where, why: `"${said.command}" is a server for development` });
      continue;
    }
    const service = fromCommand(found, command);
    if (service !== undefined) return { services: [service], left: [] };
  }
  const program = nxProgram(repository);
  if (program !== undefined)
    return { services: [programService({ ...found, outputs: [program.folder] }, program.run)], left: [] };
  const made = frameworkService(repository, found.build, found.outputs) ?? listeningProgram(repository);
  if (made === undefined) return { services: [], left };
  if ("where" in made) return { services: [], left: [...left, made] };
  return { services: ["run" in made ? programService(found, made.run) : { name: "web", ...made }], left: [] };
}

function commandsOf(repository: Repository, scripts: Scripts): Said[] {
  const procfile = /^web:\s*(.+)$/m.exec(repository.read("Procfile"))?.[1];
  const render = /^\s*startCommand:\s*["']?(.+?)["']?\s*$/m.exec(repository.read("render.yaml"))?.[1];
  const railway = /"?startCommand"?\s*[:=]\s*"([^"]+)"/;
  const onRailway = ["railway.json", "railway.toml"].map((file) => railway.exec(repository.read(file))?.[1]);
  const platform = [procfile, render, ...onRailway].find((command) => command !== undefined);
  return [
    ...(platform === undefined ? [] : [{ where: "Procfile", command: platform.trim() }]),
    ...startScripts.flatMap((name) => {
      const command = scripts.get(name);
      return command === undefined ? [] : [{ where: `package.json: scripts.${name}`, command }];
    }),
  ];
}

/** What comes before the last step prepares; the pipeline and the deployment do that. */
function lastStep(command: string): string {
  return stepsOf(command).at(-1)!;
}

const migration =
  /\b(prisma migrate deploy|knex migrate:latest|sequelize(-cli)? db:migrate|typeorm \S*migration:run|drizzle-kit migrate|db-migrate up|migrate-mongo up|node-pg-migrate up)\b/;

function fromCommand(found: Found, command: string): ServiceDraft | undefined {
  const { repository } = found;
  const steps = stepsOf(command);
  const run = plainCommand(repository, steps.at(-1)!);
  const folder = servedFolder(run, found);
  if (folder !== undefined) return { name: "web", static: folder, ...(usesRouter(repository) && { fallback: true }) };
  if (/^(echo|exit|true)\b|\b(test|lint|build)$/.test(run) || run === "") return undefined;
  const migrate = steps.slice(0, -1).find((step) => migration.test(step));
  return programService(found, run, migrate === undefined ? undefined : fromModules(plainCommand(repository, migrate)));
}

/** Without what only a developer's machine needs: files with variables, process managers, runners of packages. */
function plainCommand(repository: Repository, step: string): string {
  const bare = step
    .replace(/^exec /, "")
    .replace(/^cross-env(-shell)? +/, "")
    .replace(/^((?:\w+=\S+ +)*)(?:npx|pnpm exec|pnpm dlx|yarn|bunx) +(?=[\w@.-]+)/, "$1")
    .replace(/^((?:\w+=\S+ +)*)cross-env(-shell)? +/, "$1")
    .replace(/^(?:dotenv|env-cmd|dotenvx run)(?: +(?!--(?: |$))\S+)* +-- +/, "")
    .replace(/ +--env-file(?:-if-exists)?[= ]\S+/g, "")
    .replace(/ +-r dotenv\/config(?= )/g, "");
  const managed = /^pm2(?:-runtime)? (?:start )?(\S+)/.exec(bare)?.[1];
  if (managed === undefined) return nestProgram(bare);
  if (/\.[cm]?js$/.test(managed) && !/ecosystem|\.config\./.test(managed)) return `node ${managed}`;
  const script = /\bscript["']?\s*:\s*["']([^"']+)["']/.exec(repository.read(managed))?.[1];
  return script === undefined ? bare : `node ${script.replace(/^\.\//, "")}`;
}

/** `nest start` compiles first; what it then starts is this. */
function nestProgram(command: string): string {
  return command.replace(/^nest start\b.*$/, "node dist/main.js");
}

/** What shows a site that was built: it serves files, and knows no PORT. */
const previews =
  /^(vite preview|gatsby serve|hexo (s|server)|docusaurus serve|vitepress (preview|serve)|vuepress serve|astro preview)\b/;

/** The folder that a server of files serves; `undefined` when the command is something else. */
function servedFolder(run: string, found: Found): string | undefined {
  const { outputs } = found;
  const words = run.split(/\s+/);
  const pages = /^next start\b/.test(run) ? exportedPages(found.repository) : undefined;
  if (pages !== undefined) return pages;
  if (previews.test(run) && !isSvelteOrAstro(found)) return outputs.find((output) => output.endsWith("/"));
  if (!/^(serve|http-server|sirv|superstatic|ws|local-web-server)$/.test(words[0]!)) return undefined;
  const named = words.slice(1).find((word) => /^\.?\/?[\w][\w./-]*$/.test(word) && !/^\d+$/.test(word));
  return named === undefined ? outputs[0] : `${named.replace(/^\.\//, "").replace(/\/$/, "")}/`;
}

/** Programs of the system; others come with the packages. */
const systemPrograms = /^(node|sh|bash|env|deno|bun|python3?|java|npm|pnpm|yarn|\S*\/\S*|\w+=\S*)$/;

function fromModules(command: string): string {
  const [, variables = "", program = "", rest = ""] = /^((?:\w+=\S+ +)*)(\S+)(.*)$/s.exec(command) ?? [];
  return systemPrograms.test(program) ? command : `${variables}node_modules/.bin/${program}${rest}`;
}

/** A program of a package, with what its sources say of how it is run. */
export function programService(found: Found, said: string, migrate?: string): ServiceDraft {
  // A migration's program is not among what that server needs.
  const isWhole = found.hasModules && migrate === undefined;
  const alone = isWhole ? standaloneService(found.repository, found.build, said) : undefined;
  if (alone !== undefined) return alone;
  const run = compiledProgram(found, said);
  const facts = programFacts(found.repository);
  const isFramework =
    /\b(next start|remix-serve|react-router-serve|fastify start|\.output\/|strapi|directus|n8n)\b/.test(run);
  const isToldPort = facts.readsPort || isFramework || /\$\{?PORT/.test(run) || isSvelteOrAstro(found);
  const prefix = !isToldPort && facts.portVariable !== undefined ? `${facts.portVariable}=$PORT ` : "";
  const moved = isToldPort || prefix !== "" ? undefined : withPortMoved(run, facts.fixedPort);
  const smaller = isWhole ? standaloneRemark(found.repository, run) : undefined;
  const notFound = "Nothing in its sources was seen to read PORT: it has to listen on the port in that variable.";
  return {
    name: "web",
    run: moved?.run ?? prefix + fromModules(run),
    files: filesOf(found, run),
    ...(usesDevelopment(found.repository, `${run} ${migrate ?? ""}`) && { nodeModules: "all" }),
    ...(facts.health !== undefined && { health: facts.health }),
    ...(migrate !== undefined && { migrate }),
    ...(smaller !== undefined && { remarks: [smaller] }),
    ...(!isToldPort && prefix === "" && { remarks: [moved?.remark ?? notFound] }),
  };
}

/**
 * A program whose sources say a port, made to listen on PORT: otherwise two releases of it, or two environments, could not run
 * on one machine. `undefined` where it is not Node that is started, or the port is not known.
 */
function withPortMoved(
  run: string,
  port: string | undefined,
): { readonly run: string; readonly remark: string } | undefined {
  const [, variables = "", rest] = /^((?:\w+=\S+ +)*)node (.*)$/s.exec(run) ?? [];
  if (port === undefined || rest === undefined) return undefined;
  // In a URL, which ends for Node at a `?` or `#`, and in double quotes, in which a shell still reads `$` and backticks.
  const first = `import{Server}from'net';import{env}from'process';const{prototype:p}=Server,{listen}=p,to=x=>x==${port}&&+env.PORT||x;p.listen=function(a,...b){return listen.call(this,a&&a.port&&{...a,port:to(a.port)}||to(a),...b)}`;
  return {
    run: `${variables}node --import "data:text/javascript,${first}" ${rest}`,
    remark: `Its sources say port ${port}; --import turns that into the one in PORT. Once they read PORT themselves, this is enough: ${run}`,
  };
}

function isSvelteOrAstro({ repository }: Found): boolean {
  return /"(@sveltejs\/adapter-node|@astrojs\/node)"/.test(repository.read("package.json"));
}

/** `ts-node src/index.ts` where the build compiles it: `node dist/index.js`. */
function compiledProgram({ repository, build, outputs }: Found, run: string): string {
  const [, path] = /^(?:ts-node|tsx)(?: -\S+)* (?:\.\/)?(\S+)\.ts$/.exec(run) ?? [];
  const folder = outputs.find((output) => output.endsWith("/"));
  if (path === undefined || folder === undefined || !/(^|&& *)tsc\b(?!.*(--noEmit|-p|--project|-b))/.test(build))
    return run;
  const root = compilerRoot(repository);
  return path.startsWith(root) ? `node ${folder}${path.slice(root.length)}.js` : run;
}

/** The folder whose files the compiler puts into its output: the one that is said, else what all of them are in. */
function compilerRoot(repository: Repository): string {
  const { rootDir } = compilerOptions(repository, "tsconfig.json");
  if (typeof rootDir === "string") return rootDir === "." ? "" : `${rootDir.replace(/^\.\//, "").replace(/\/$/, "")}/`;
  const holds = (folder: string) => programFiles(repository.below(folder)).some((file) => file.endsWith(".ts"));
  const isIn = (path: string) => isInProgramme(repository, "tsconfig.json", path);
  const folders = repository.entries.filter((entry) => /^[^.].*\/$/.test(entry) && entry !== "node_modules/");
  const own = folders.filter((folder) => isIn(`${folder}a.ts`) && holds(folder));
  const isAtRoot = repository.entries.some((entry) => /[^.]\.ts$/.test(entry) && isIn(entry));
  return own.length === 1 && !isAtRoot ? own[0]! : "";
}

/** Packages by the names of their programs, where those differ. */
const packageOf: Readonly<Record<string, string>> = {
  "remix-serve": "@remix-run/serve",
  "react-router-serve": "@react-router/serve",
  nest: "@nestjs/cli",
  sequelize: "sequelize-cli",
};

/** Whether a command is, or loads, what is installed for development alone. */
function usesDevelopment(repository: Repository, command: string): boolean {
  const { dependencies, devDependencies } = repository.readJson("package.json");
  const words = command.split(/[\s=]+/).map((word) => word.replace(/^node_modules\/\.bin\//, ""));
  const names = words.flatMap((word) => [packageOf[word] ?? word, word.split("/")[0]!, word.split("/", 2).join("/")]);
  const isIn = (kind: unknown, name: string) => typeof kind === "object" && kind !== null && Object.hasOwn(kind, name);
  return names.some((name) => isIn(devDependencies, name) && !isIn(dependencies, name));
}

/** Read while a program runs, beside what was built. */
const read =
  /^(public|static|assets|views|templates|locales|locale|i18n|lang|migrations|prisma|drizzle|config|content|data|posts|emails|proto|schemas?|sql|db|next\.config\..*|remix\.config\..*|nuxt\.config\..*|ecosystem\.config\..*|knexfile\..*|drizzle\.config\..*|tsconfig\.json|schema\.(json|graphql|prisma))\/?$/;

/** Settings of tools that no program reads while it runs. */
const tooling =
  /^(\.(eslint|prettier|lintstaged|editorconfig|travis|env\.|env$|nvmrc|node-version|npmrc|babelrc|c8rc|nycrc|mocharc|stylelint|cspell)\S*|(eslint|prettier|jest|vitest|babel|rollup|webpack|commitlint|playwright|cypress|knip)\.\S+|docker-compose\S*|compose\.\S+|Procfile|\S+-lock\.(json|yaml)|yarn\.lock|render\.yaml|fly\.toml|bun\.lockb?)$/;

/** What the release needs: what was built, or the sources where nothing is; packages; what programs read. */
function filesOf({ repository, build, outputs, hasModules }: Found, run: string): string[] {
  const modules = hasModules ? ["node_modules/"] : [];
  const compiles = /\b(ts-node|tsx)\b/.test(run);
  if (outputs.length === 0 || compiles || !startsBuilt(outputs, run)) {
    const sources = sourcePatterns(repository, { withTests: false }).filter((pattern) => !tooling.test(pattern));
    return unique([...(compiles ? [] : outputs), ...sources, "package.json", ...modules]);
  }
  const cache = outputs.includes(".next/") ? ["!.next/cache/**"] : [];
  const left = copiedBy(repository, build);
  const own = repository.entries.filter((entry) => read.test(entry) && entry !== "tsconfig.json");
  const released = [...outputs, ...own].filter((entry) => !left.includes(entry));
  return unique([...released, ...cache, "package.json", ...modules]);
}

/** What a framework has copied into what it built, or keeps for itself: nothing that runs reads it where it was. */
function copiedBy(repository: Repository, build: string): readonly string[] {
  if (isSvelteKit(repository)) return [".svelte-kit/", "static/"];
  return /\b(react-router|remix vite:|nuxt|nuxi|astro) ?build\b/.test(build) ? ["public/"] : [];
}

/** Whether the program is among what was built; that of a framework is. */
function startsBuilt(outputs: readonly string[], run: string): boolean {
  const paths = run.split(/\s+/).filter((word) => /^\.?\/?[\w.@-]+(\/[\w.@-]+)+$|\.[cm]?[jt]s$/.test(word));
  const own = paths.map((path) => path.replace(/^\.\//, "")).filter((path) => !path.startsWith("node_modules/"));
  return own.length === 0 || own.some((path) => outputs.some((output) => `${path}/`.startsWith(output)));
}

const usualPrograms = /^(src\/|server\/)?(index|server|app|main)\.[cm]?js$/;

/** A program that nothing starts, and that listens. What installs commands is no service. */
function listeningProgram(repository: Repository): Made | undefined {
  const { main, bin, exports, files } = repository.readJson("package.json");
  if (bin !== undefined || exports !== undefined || files !== undefined) return undefined;
  const { listening } = programFacts(repository);
  const chosen = typeof main === "string" ? main.replace(/^\.\//, "") : undefined;
  const program = listening.find((file) => file === chosen) ?? listening.find((file) => usualPrograms.test(file));
  return program === undefined || !/\.[cm]?js$/.test(program) ? undefined : { run: `node ${program}` };
}

function unique(patterns: readonly string[]): string[] {
  return [...new Set(patterns)];
}
