import { posix } from "node:path";
import { type Json, objectOf } from "../relaxed-json.ts";
import type { Repository } from "../repository.ts";
import { compilerOptions, nodeOutputs } from "../stacks/node-outputs.ts";

/** A target that a plugin finds out by a file in the project's folder: the option that names it, and its usual name. */
interface Inferred {
  readonly option: string;
  readonly name: string;
  readonly files: RegExp;
  /** What it comes to, as far as its settings say where that writes; "": it looks and writes nothing. Absent: not known. */
  readonly command?: string;
  /** What the plugin looks at besides, before it infers the target. */
  readonly when?: (project: Repository) => boolean;
}

const vite = /^vite\.config\.[cm]?[jt]s$/;
const vitest = /^(vite|vitest)\.config\.[cm]?[jt]s$/;

/** What the usual plugins infer. Servers are left out: they never end. */
const plugins: Readonly<Record<string, readonly Inferred[]>> = {
  "@nx/js/typescript": [
    {
      option: "build",
      name: "build",
      files: /^tsconfig\.lib\.json$/,
      command: "tsc -b tsconfig.lib.json",
      when: isHandedOutBuilt,
    },
    { option: "typecheck", name: "typecheck", files: /^tsconfig\.json$/ },
  ],
  "@nx/eslint/plugin": [
    { option: "targetName", name: "lint", files: /^(eslint\.config\.[cm]?[jt]s|\.eslintrc.*)$/, command: "" },
  ],
  "@nx/jest/plugin": [{ option: "targetName", name: "test", files: /^jest\.config\.[cm]?[jt]s$/ }],
  "@nx/vite/plugin": [
    { option: "buildTargetName", name: "build", files: vite, command: "vite build", when: hasEntry },
    { option: "testTargetName", name: "test", files: vitest, when: saysTests },
  ],
  "@nx/vitest": [{ option: "testTargetName", name: "test", files: vitest, when: saysTests }],
  "@nx/webpack/plugin": [
    { option: "buildTargetName", name: "build", files: /^webpack\.config\.[cm]?[jt]s$/, command: "webpack" },
  ],
  "@nx/rspack/plugin": [{ option: "buildTargetName", name: "build", files: /^rspack\.config\.[cm]?[jt]s$/ }],
  "@nx/rollup/plugin": [
    { option: "buildTargetName", name: "build", files: /^rollup\.config\.[cm]?[jt]s$/, command: "rollup" },
  ],
  "@nx/next/plugin": [
    { option: "buildTargetName", name: "build", files: /^next\.config\.[cm]?[jt]s$/, command: "next build" },
  ],
};

/** A target that some plugin infers for a project. */
export interface InferredTarget {
  readonly name: string;
  /** Where it writes, in the project's folder; absent where that is not known. */
  readonly outputs?: readonly string[];
  /** What it comes to; absent where that is not known, or it writes nothing. */
  readonly command?: string;
}

/** What nx infers that the build of a project comes to; "" where no plugin infers one that is known. */
export function inferredBuild(config: Json, project: Repository): string {
  const { targets } = inferredTargets(config, project);
  return targets.find(({ outputs = [], command }) => command !== undefined && outputs.length > 0)?.command ?? "";
}

/** The targets that nx's plugins infer for a project, and the plugins that are not known here. */
export function inferredTargets(
  config: Json,
  project: Repository,
): { readonly targets: readonly InferredTarget[]; readonly unknown: string[] } {
  const listed = Array.isArray(config.plugins) ? config.plugins : [];
  const used = listed.map((each) => (typeof each === "string" ? { plugin: each } : objectOf(each)));
  const unknown = used.flatMap(({ plugin }) =>
    typeof plugin === "string" && !Object.hasOwn(plugins, plugin) ? [plugin] : [],
  );
  const targets = used.flatMap(({ plugin, options }) =>
    (plugins[String(plugin)] ?? [])
      .filter(
        ({ files, option, when }) =>
          project.entries.some((entry) => files.test(entry)) &&
          objectOf(options)[option] !== false &&
          when?.(project) !== false,
      )
      .map(({ option, name, command }) => ({
        name: chosenName(objectOf(options)[option]) ?? name,
        ...outputsOf(project, command),
      })),
  );
  return { targets: [...new Map(targets.map((target) => [target.name, target])).values()], unknown };
}

/** Whether what the package hands out is what the compiler writes, and not its sources. */
function isHandedOutBuilt(project: Repository): boolean {
  const { exports, main, module } = project.readJson("package.json");
  const { outDir } = compilerOptions(project, "tsconfig.lib.json");
  const isSource = (path: string) =>
    typeof outDir === "string"
      ? !posix.join("/", path).startsWith(posix.join("/", outDir))
      : /(?<!\.d)\.[cm]?tsx?$/.test(path);
  const own = typeof exports === "object" && exports !== null && "." in exports ? exports["."] : exports;
  const handed = exports === undefined ? [main, module] : pathsIn(own);
  return project.has("package.json") && !handed.some((path) => typeof path === "string" && isSource(path));
}

/** Of `exports`, without those for types and for developing. */
function pathsIn(exported: unknown): unknown[] {
  if (typeof exported !== "object" || exported === null) return [exported];
  const entries = Object.entries(exported).filter(([condition]) => !/^(types|development)$|\/source$/.test(condition));
  return entries.flatMap(([, value]) => pathsIn(value));
}

function settingsOf(project: Repository, files: RegExp): string {
  return project.entries
    .filter((entry) => files.test(entry))
    .map((entry) => project.read(entry))
    .join("\n");
}

/** A page, or what its settings call a library. */
function hasEntry(project: Repository): boolean {
  return project.has("index.html") || /\b(lib|rollupOptions)\b/.test(settingsOf(project, vite));
}

function saysTests(project: Repository): boolean {
  return (
    project.entries.some((entry) => vitest.test(entry) && entry.startsWith("vitest")) ||
    /\btest\s*:/.test(settingsOf(project, vite))
  );
}

function outputsOf(project: Repository, command: string | undefined): Omit<InferredTarget, "name"> {
  if (command === undefined || command === "") return command === "" ? { outputs: [] } : {};
  const outputs = nodeOutputs(project, command);
  return { command, ...(outputs.length > 0 && { outputs }) };
}

function chosenName(option: unknown): string | undefined {
  if (typeof option === "string") return option;
  const { targetName } = objectOf(option);
  return typeof targetName === "string" ? targetName : undefined;
}
