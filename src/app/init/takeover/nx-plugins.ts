import { type Json, objectOf } from "../relaxed-json.ts";
import type { Repository } from "../repository.ts";
import { nodeOutputs } from "../stacks/node-outputs.ts";

/** A target that a plugin finds out by a file in the project's folder: the option that names it, and its usual name. */
interface Inferred {
  readonly option: string;
  readonly name: string;
  readonly files: RegExp;
  /** What it comes to, as far as its settings say where that writes; "": it looks and writes nothing. Absent: not known. */
  readonly command?: string;
}

const vite = /^vite\.config\.[cm]?[jt]s$/;
const vitest = /^(vite|vitest)\.config\.[cm]?[jt]s$/;

/** What the usual plugins infer. Servers are left out: they never end. */
const plugins: Readonly<Record<string, readonly Inferred[]>> = {
  "@nx/js/typescript": [
    { option: "build", name: "build", files: /^tsconfig\.lib\.json$/, command: "tsc -b tsconfig.lib.json" },
    { option: "typecheck", name: "typecheck", files: /^tsconfig\.json$/ },
  ],
  "@nx/eslint/plugin": [
    { option: "targetName", name: "lint", files: /^(eslint\.config\.[cm]?[jt]s|\.eslintrc.*)$/, command: "" },
  ],
  "@nx/jest/plugin": [{ option: "targetName", name: "test", files: /^jest\.config\.[cm]?[jt]s$/ }],
  "@nx/vite/plugin": [
    { option: "buildTargetName", name: "build", files: vite, command: "vite build" },
    { option: "testTargetName", name: "test", files: vitest },
  ],
  "@nx/vitest": [{ option: "testTargetName", name: "test", files: vitest }],
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
        ({ files, option }) =>
          project.entries.some((entry) => files.test(entry)) && objectOf(options)[option] !== false,
      )
      .map(({ option, name, command }) => ({
        name: chosenName(objectOf(options)[option]) ?? name,
        ...outputsOf(project, command),
      })),
  );
  return { targets: [...new Map(targets.map((target) => [target.name, target])).values()], unknown };
}

function outputsOf(project: Repository, command: string | undefined): Pick<InferredTarget, "outputs"> {
  if (command === undefined || command === "") return command === "" ? { outputs: [] } : {};
  const outputs = nodeOutputs(project, command);
  return outputs.length === 0 ? {} : { outputs };
}

function chosenName(option: unknown): string | undefined {
  if (typeof option === "string") return option;
  const { targetName } = objectOf(option);
  return typeof targetName === "string" ? targetName : undefined;
}
