import { posix } from "node:path";
import { isBuiltIn } from "../../process/built-in.ts";
import { toArgv } from "../../process/command.ts";
import { type CommandNeed, inProject } from "./command-need.ts";
import { type SimpleCommand, simpleCommands } from "./commands.ts";
import { demandOf } from "./demands.ts";
import { moduleNeeds, pythonNeeds } from "./needs-python.ts";
import type { ProjectFiles } from "./project-files.ts";

/** What a command line needs, its package.json scripts followed. Says nothing of what only a run can tell. */
export function needsOf(
  command: Parameters<typeof simpleCommands>[0],
  files: ProjectFiles,
  folder = "",
): CommandNeed[] {
  if (isBuiltIn(command)) return siteNeeds(toArgv(command).args);
  return lineNeeds(command, { files, folder, depth: 0 });
}

/** Of a site at the top of a release it is the files that count, and `files` names them. */
function siteNeeds([site = ""]: readonly string[]): CommandNeed[] {
  const path = site.replace(/^(\.\/)+|\/$/g, "");
  return path === "" || path === "." ? [] : [{ is: "folder", path, of: "the static site" }];
}

interface Within {
  readonly files: ProjectFiles;
  readonly folder: string;
  readonly script?: string;
  readonly depth: number;
}

/** Scripts that call each other deeper than this call themselves. */
const depthLimit = 6;

function lineNeeds(command: Parameters<typeof simpleCommands>[0], within: Within): CommandNeed[] {
  return simpleCommands(command).flatMap((one, at) => {
    const needs = one.mayFail ? [] : simpleNeeds(one, within);
    return at === 0 ? needs : needs.map((need) => ({ ...need, isFirst: false }));
  });
}

function simpleNeeds(command: SimpleCommand, within: Within): CommandNeed[] {
  const [program, ...words] = command.words;
  if (program === undefined || isOfShell.has(program)) return [];
  const folder = posix.join(within.folder, command.folder).replace(/^\.$/, "");
  const here = { ...within, folder };
  const own: CommandNeed[] = program.startsWith("/") ? [] : [programNeed(program, here)];
  const demand = command.isBeside ? undefined : demandOf(program, words, folder, within.files);
  return [
    ...own,
    ...(demand === undefined ? [] : [{ is: "demand", demand, command: [program, ...words].join(" ") } as const]),
    ...argumentNeeds(posix.basename(program), words, here),
  ];
}

const isOfShell = new Set(": [ cd echo exit false kill printf pwd read test times true ulimit umask wait".split(" "));

function programNeed(name: string, { folder, script }: Within): CommandNeed {
  return { is: "program", name, folder, isFirst: true, ...(script !== undefined && { script }) };
}

type Words = readonly (string | undefined)[];

function argumentNeeds(program: string, words: Words, within: Within): CommandNeed[] {
  const { folder, files } = within;
  if (program === "node") return nodeNeeds(words, within);
  if (/^python(\d(\.\d+)?)?$/.test(program)) return pythonNeeds(words, folder, files);
  if (program === "java") return afterFlag(words, "-jar", folder);
  if (/^(ba|da|z)?sh$/.test(program) || program === "tsx" || program === "ts-node") return firstFile(words, folder);
  if (program === "remix-serve" || program === "react-router-serve") return firstFile(words, folder);
  if (/^(npm|pnpm|yarn|bun)$/.test(program)) return scriptNeeds(program, words, within);
  if (program === "next" && words[0] === "start") return builtNeeds("next start", ".next", within);
  if (program === "nuxt" && words[0] === "start") return builtNeeds("nuxt start", ".output", within);
  return moduleNeeds(program, words, folder, files);
}

/** Unless its configuration says that what is built goes elsewhere. */
function builtNeeds(of: string, built: string, { folder, files }: Within): CommandNeed[] {
  const isElsewhere = files
    .namesIn(folder)
    .some(
      (name) =>
        /^(next|nuxt)\.config\.\w+$/.test(name) &&
        /distDir|outputDir|buildDir|output/.test(files.read(posix.join(folder, name))),
    );
  return isElsewhere ? [] : [{ is: "folder", path: posix.join(folder, built), of }];
}

/** Options of Node's that take the next word. */
const nodeValues = new Set("-r --require --import --loader --experimental-loader -C --conditions".split(" "));
/** With these there is no script. */
const nodeAlone = new Set(
  "-e --eval -p --print --test -c --check --run -i --interactive -h --help -v --version".split(" "),
);

function nodeNeeds(words: Words, within: Within): CommandNeed[] {
  const needs: CommandNeed[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at];
    if (word === undefined || nodeAlone.has(word)) return needs;
    if (nodeValues.has(word)) {
      const value = words[++at];
      if (value?.startsWith("./")) needs.push(...nodeFile(value, within));
    } else if (!word.startsWith("-")) return [...needs, ...nodeFile(word, within)];
  }
  return needs;
}

/** What `node FILE` may mean, as CommonJS finds it. */
function nodeFile(word: string, { folder, files }: Within): CommandNeed[] {
  const path = inProject(folder, word);
  if (path === undefined) return [];
  const main = files.packageIn(path)?.main;
  const inFolder = [
    ...(typeof main === "string" ? nodeNames(posix.join(path, main)) : []),
    posix.join(path, "index.js"),
  ];
  if (path === "" || word.endsWith("/"))
    return [{ is: "file", anyOf: inFolder as [string, ...string[]], isFirst: true }];
  return [{ is: "file", anyOf: [path, `${path}.js`, `${path}.json`, `${path}.node`, ...inFolder], isFirst: true }];
}

function nodeNames(path: string): string[] {
  return [path, `${path}.js`, posix.join(path, "index.js")];
}

function firstFile([word]: Words, folder: string): CommandNeed[] {
  if (word === undefined || word.startsWith("-")) return [];
  const path = inProject(folder, word);
  return path === undefined || path === "" ? [] : [{ is: "file", anyOf: [path], isFirst: true }];
}

function afterFlag(words: Words, flag: string, folder: string): CommandNeed[] {
  const at = words.indexOf(flag);
  return at === -1 ? [] : firstFile(words.slice(at + 1), folder);
}

/** `npm start`, `pnpm run build`, `yarn build`: the script, with what runs before it. */
function scriptNeeds(manager: string, words: Words, within: Within): CommandNeed[] {
  const name = scriptOf(manager, words);
  if (name === undefined || within.depth > depthLimit) return [];
  const file = posix.join(within.folder, "package.json");
  const known = within.files.packageIn(within.folder);
  const scripts = known?.scripts ?? {};
  const needs: CommandNeed[] = [{ is: "file", anyOf: [file] }];
  if (known === undefined) return needs;
  if (scripts[name.script] === undefined) {
    if (name.script === "start" && manager === "npm") return [...needs, ...nodeNeeds(["server.js"], within)];
    return name.isCertain ? [...needs, { is: "script", name: name.script, file, others: Object.keys(scripts) }] : [];
  }
  const run = [`pre${name.script}`, name.script].flatMap((one) =>
    scripts[one] === undefined ? [] : lineNeeds(scripts[one], { ...within, script: one, depth: within.depth + 1 }),
  );
  return [...needs, ...run];
}

/** `isCertain`: it can only mean a script. Not followed: what is run elsewhere (`--prefix`, `-w`, `--filter`), and what may be absent. */
function scriptOf(manager: string, words: Words): { readonly script: string; readonly isCertain: boolean } | undefined {
  const isQuiet = (word: string | undefined) => word === "-s" || word === "--silent" || word === "--if-present";
  if (words.includes(undefined) || words.includes("--if-present")) return undefined;
  const [verb, ...rest] = words.filter((word) => !isQuiet(word));
  if (verb === undefined || verb.startsWith("-")) return undefined;
  const mine = rest.slice(0, rest.includes("--") ? rest.indexOf("--") : rest.length);
  if (manager === "npm" && mine.some((word) => /^(-w|-C|--workspaces?\b|--prefix|-ws)/.test(word ?? "")))
    return undefined;
  if (verb === "run" || verb === "run-script") {
    const [script] = rest;
    // pnpm runs all scripts that `/^test:/` is true of.
    const isPattern = manager === "pnpm" && script?.startsWith("/");
    return script === undefined || script.startsWith("-") || isPattern
      ? undefined
      : { script, isCertain: manager !== "bun" };
  }
  if (verb === "start" || verb === "test") return manager === "bun" ? undefined : { script: verb, isCertain: true };
  if (manager === "npm" || manager === "bun") return undefined;
  return { script: verb, isCertain: false };
}
