import type { DemandNeed } from "./command-need.ts";
import type { ProjectFiles } from "./project-files.ts";

type Words = readonly (string | undefined)[];

/**
 * What a command asks of the place it runs in, beyond files and programs: the network, somebody at a terminal, or to run
 * for ever. Only what is certain by its words; `undefined` otherwise.
 */
export function demandOf(
  program: string,
  words: Words,
  folder: string,
  files: ProjectFiles,
): DemandNeed["demand"] | undefined {
  if (words.includes(undefined)) return undefined;
  const known = words as readonly string[];
  if (isWatching(program, known)) return "forever";
  if (asksForTerminal(program, known)) return "terminal";
  return fetches(program, known, folder, files) ? "network" : undefined;
}

/** By its program, the options with which it goes on until somebody stops it. */
const watches: Readonly<Record<string, readonly string[]>> = {
  tsc: ["-w", "--watch"],
  "vue-tsc": ["-w", "--watch"],
  jest: ["--watch", "--watchAll"],
  mocha: ["-w", "--watch"],
  ava: ["-w", "--watch"],
  rollup: ["-w", "--watch"],
  webpack: ["-w", "--watch"],
  tsup: ["--watch"],
  node: ["--watch"],
  tsx: ["watch"],
};
/** By its program, the first words that start a development server. */
const serves: Readonly<Record<string, readonly string[]>> = {
  vite: ["dev", "serve", "preview"],
  next: ["dev"],
  nuxt: ["dev"],
  astro: ["dev", "preview"],
  webpack: ["serve"],
  ng: ["serve"],
  remix: ["dev"],
};

function isWatching(program: string, words: readonly string[]): boolean {
  if (words.some((word) => word === "--help" || word === "--version")) return false;
  if (program === "nodemon") return true;
  if (Object.hasOwn(watches, program) && watches[program]!.some((option) => words.includes(option))) return true;
  return Object.hasOwn(serves, program) && serves[program]!.includes(words[0] ?? "");
}

/** `docker run -it`: there is no terminal where a task runs. */
function asksForTerminal(program: string, [verb = "", ...words]: readonly string[]): boolean {
  if (program !== "docker" && program !== "podman") return false;
  if (verb !== "run" && verb !== "exec") return false;
  const image = words.findIndex((word) => !word.startsWith("-"));
  const options = image === -1 ? words : words.slice(0, image);
  return options.some((word) => /^-[id]*t[id]*$/.test(word) || word === "--tty");
}

function fetches(program: string, words: readonly string[], folder: string, files: ProjectFiles): boolean {
  const [verb = ""] = words.filter((word) => !word.startsWith("-"));
  if (words.some((word) => /^--(prefer-)?offline$|^--no-index$|^--(help|version)$/.test(word))) return false;
  switch (program) {
    case "npm":
    case "pnpm":
    case "bun":
      return /^(ci|i|install)$/.test(verb) && hasPackages(folder, files);
    case "yarn":
      return (verb === "install" || words.length === 0) && hasPackages(folder, files);
    case "pip":
    case "pip3":
      return verb === "install";
    case "go":
      return words[0] === "mod" && words[1] === "download";
    case "curl":
    case "wget":
      return words.some((word) => /^https?:\/\/(?!localhost|127\.|\[?::1)/.test(word));
    case "git":
      return words[0] === "clone" && words.some((word) => /^(https?|ssh):\/\//.test(word));
    default:
      return false;
  }
}

/** Of a project that depends on nothing, nothing is fetched. */
function hasPackages(folder: string, files: ProjectFiles): boolean {
  return files.packageIn(folder)?.dependencies.size !== 0;
}
