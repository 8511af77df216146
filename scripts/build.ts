import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { type BuildOptions, build, type ChunkingContext, type OutputOptions } from "rolldown";
import { builtIns } from "./build/built-ins.ts";
import { withoutFacades } from "./build/facades.ts";

const root = join(import.meta.dirname, "..");

/** Source files by the name they get in the package. */
const entries = {
  bin: "src/cli/bin.ts",
  main: "src/cli/main.ts",
  index: "src/index.ts",
  "definition-worker": "src/app/watch/definition-worker.ts",
  agent: "src/agent/process/main.ts",
  job: "src/drivers/local/job/main.ts",
  gateway: "src/gateway/embedded/main.ts",
} as const;

export interface PackageOptions {
  /** The folder to make; replaced when it is there. */
  readonly out: string;
  /** Whether the declarations of `index` are written beside it. Default: true. */
  readonly types?: boolean;
}

/** Builds the publishable package beside `out`, then swaps the folders. */
export async function buildPackage({ out, types = true }: PackageOptions): Promise<void> {
  const fresh = `${out}.${process.pid}.tmp`;
  try {
    const bundles = [
      bundleBin(fresh),
      bundleCli(fresh),
      bundleProcess(fresh, "agent"),
      bundleProcess(fresh, "job"),
      bundleProcess(fresh, "gateway"),
    ];
    if (types) writeTypes(fresh);
    await Promise.all(bundles);
    chmodSync(join(fresh, "bin.js"), 0o755);
    swap(fresh, out);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

/**
 * What verbs have in common, by chunk; a chunk leaves to the ones before it what they have. Each further file costs a
 * start some time, and so does each line that a verb does not need.
 */
const chunks: Readonly<Record<string, readonly string[]>> = {
  core: ["src/cli/main.ts", "src/cli/verb.ts", "src/cli/version.ts", "src/cli/render/table.ts"],
  render: ["src/cli/render/create.ts"],
  run: ["src/cli/verbs/run.ts"],
  restore: ["src/cache/standing/restore-missing.ts"],
  project: ["src/app/open-project.ts"],
  pipeline: ["src/cli/verbs/run/run-tasks.ts"],
  execute: ["src/run/execute/execute-task.ts", "src/inputs/git/tracked-outputs.ts"],
};

/** The command line: a chunk per verb, loaded when it is called. */
async function bundleCli(folder: string): Promise<void> {
  const groups = Object.entries(chunks).map(([name, files]) => ({ debugName: name, name: withImports(files, name) }));
  const input = {
    main: entries.main,
    index: entries.index,
    "definition-worker": entries["definition-worker"],
  };
  const plugins = [builtIns(false), withoutFacades()];
  await build({ ...common("node24"), input, plugins, output: { ...output(folder), codeSplitting: { groups } } });
}

/** Puts modules and all they import, directly or not, into one chunk. */
function withImports(files: readonly string[], name: string): (id: string, graph: ChunkingContext) => string | null {
  let members: ReadonlySet<string> | undefined;
  const missing = files.filter((file) => !existsSync(join(root, file)));
  if (missing.length > 0)
    throw new Error(`The chunk "${name}" begins with files that are not there: ${missing.join(", ")}`);
  return (id, graph) => {
    members ??= importedBy(files, graph);
    return members.has(id) ? name : null;
  };
}

function importedBy(files: readonly string[], graph: ChunkingContext): Set<string> {
  const found = new Set(files.map((file) => join(root, file)));
  for (const id of found) for (const imported of graph.getModuleInfo(id)?.importedIds ?? []) found.add(imported);
  return found;
}

/** A process that lives on while the package is replaced: all of it in one file, nothing left to load. */
async function bundleProcess(folder: string, name: "agent" | "job" | "gateway"): Promise<void> {
  await build({
    ...common("node24"),
    input: { [name]: entries[name] },
    output: { ...output(folder), codeSplitting: false },
  });
}

/** One file that any Node with modules can parse, to say that it is too old; and that `--version` needs alone. */
async function bundleBin(folder: string): Promise<void> {
  const main = { name: "main", resolveId: (id: string) => (id.endsWith("/main.ts") ? mainBeside : undefined) };
  const mainBeside = { id: "./main.js", external: true };
  await build({
    ...common("node16"),
    input: { bin: entries.bin },
    plugins: [main, builtIns(true)],
    output: output(folder),
  });
}

function common(target: string): BuildOptions {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  return {
    cwd: root,
    platform: "node",
    // The user's schemas come from the user's zod: there must not be a second one.
    external: [/^node:/, "zod"],
    // Nothing about how it is asked for: who requires a package must not get what is made for imports.
    // jsonc-parser: its main file asks for its parts in a way that no bundler sees.
    resolve: { conditionNames: ["node"], alias: { "jsonc-parser": "jsonc-parser/lib/esm/main.js" } },
    transform: { target, define: { TIDEGATE_VERSION: JSON.stringify(version) } },
    tsconfig: false,
    logLevel: "warn",
  };
}

function output(dir: string): OutputOptions {
  return {
    dir,
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: "[name]-[hash].js",
    keepNames: true,
    minify: { compress: true, mangle: false, codegen: { removeWhitespace: true } },
    comments: { legal: true },
  };
}

/** The declarations of the public builders. They import only `@standard-schema/spec`, a dependency. */
function writeTypes(folder: string): void {
  const config = join(root, `tsconfig.build.${process.pid}.tmp.json`);
  const compilerOptions = {
    noEmit: false,
    declaration: true,
    emitDeclarationOnly: true,
    rootDir: "src",
    outDir: relative(root, folder),
    paths: {},
  };
  try {
    writeFileSync(config, JSON.stringify({ extends: "./tsconfig.json", compilerOptions, include: [entries.index] }));
    execFileSync(process.execPath, [join(root, "node_modules/.bin/tsc"), "-p", config], {
      cwd: root,
      stdio: "inherit",
    });
  } finally {
    rmSync(config, { force: true });
  }
}

/** Two renames: whoever starts in between fails to start, whoever has started has its files open. */
function swap(fresh: string, out: string): void {
  const old = `${out}.${process.pid}.old`;
  mkdirSync(out, { recursive: true });
  renameSync(out, old);
  renameSync(fresh, out);
  rmSync(old, { recursive: true, force: true });
}

if (import.meta.main) {
  const started = performance.now();
  await buildPackage({ out: join(root, "dist") });
  console.log(`built dist/ in ${((performance.now() - started) / 1000).toFixed(1)} s`);
}
