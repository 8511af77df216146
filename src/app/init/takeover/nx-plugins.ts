import type { Repository } from "../repository.ts";
import { type Json, objectOf } from "./relaxed-json.ts";

/** A target that a plugin finds out by a file in the project's folder: the option that names it, and its usual name. */
interface Inferred {
  readonly option: string;
  readonly name: string;
  readonly files: RegExp;
}

const vite = /^vite\.config\.[cm]?[jt]s$/;
const vitest = /^(vite|vitest)\.config\.[cm]?[jt]s$/;

/** What the usual plugins infer. Servers are left out: they never end. */
const plugins: Readonly<Record<string, readonly Inferred[]>> = {
  "@nx/js/typescript": [
    { option: "build", name: "build", files: /^tsconfig\.lib\.json$/ },
    { option: "typecheck", name: "typecheck", files: /^tsconfig\.json$/ },
  ],
  "@nx/eslint/plugin": [{ option: "targetName", name: "lint", files: /^(eslint\.config\.[cm]?[jt]s|\.eslintrc.*)$/ }],
  "@nx/jest/plugin": [{ option: "targetName", name: "test", files: /^jest\.config\.[cm]?[jt]s$/ }],
  "@nx/vite/plugin": [
    { option: "buildTargetName", name: "build", files: vite },
    { option: "testTargetName", name: "test", files: vitest },
  ],
  "@nx/vitest": [{ option: "testTargetName", name: "test", files: vitest }],
  "@nx/webpack/plugin": [{ option: "buildTargetName", name: "build", files: /^webpack\.config\.[cm]?[jt]s$/ }],
  "@nx/rspack/plugin": [{ option: "buildTargetName", name: "build", files: /^rspack\.config\.[cm]?[jt]s$/ }],
  "@nx/rollup/plugin": [{ option: "buildTargetName", name: "build", files: /^rollup\.config\.[cm]?[jt]s$/ }],
  "@nx/next/plugin": [{ option: "buildTargetName", name: "build", files: /^next\.config\.[cm]?[jt]s$/ }],
};

/** Names of the targets that nx's plugins infer for a project, and the plugins that are not known here. */
export function inferredTargets(
  config: Json,
  project: Repository,
): { readonly targets: string[]; readonly unknown: string[] } {
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
      .map(({ option, name }) => chosenName(objectOf(options)[option]) ?? name),
  );
  return { targets: [...new Set(targets)], unknown };
}

function chosenName(option: unknown): string | undefined {
  if (typeof option === "string") return option;
  const { targetName } = objectOf(option);
  return typeof targetName === "string" ? targetName : undefined;
}
