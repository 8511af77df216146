import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join, relative } from "node:path";
import { type BuildOptions, build, type ChunkingContext, type OutputOptions } from "rolldown";
import { contentDigest, isContent } from "../src/launcher/own-copy.ts";
import { builtIns } from "./build/built-ins.ts";
import { withoutFacades } from "./build/facades.ts";

const root = join(import.meta.dirname, "..");

/** Source files by the name they get in the package. */
const entries = {
  bin: "src/cli/bin.ts",
  launch: "src/launcher/launch.ts",
  fold: "src/cli/render/fold.ts",
  main: "src/cli/main.ts",
  index: "src/index.ts",
  "definition-worker": "src/app/watch/definition-worker.ts",
  agent: "src/agent/process/main.ts",
  job: "src/drivers/local/job/main.ts",
  gateway: "src/gateway/embedded/main.ts",
  static: "src/static-site/main.ts",
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
      bundleLauncher(fresh, "launch"),
      bundleLauncher(fresh, "fold"),
      bundleCli(fresh),
      bundleProcess(fresh, "agent"),
      bundleProcess(fresh, "job"),
      bundleProcess(fresh, "gateway"),
      bundleProcess(fresh, "static"),
    ];
    if (types) writeTypes(fresh);
    await Promise.all(bundles);
    // Last: it knows the digest of all the others.
    const content = contentOf(fresh);
    await bundleLauncher(fresh, "bin", { TIDEGATE_CONTENT: JSON.stringify(content) });
    if (contentOf(fresh) !== content) throw new Error("bin.js must be one file: its chunks would not be in its digest");
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
async function bundleProcess(folder: string, name: "agent" | "job" | "gateway" | "static"): Promise<void> {
  await build({
    ...common("node24"),
    input: { [name]: entries[name] },
    output: { ...output(folder), codeSplitting: false },
  });
}

/**
 * One file each that Node 18 can parse: what starts Tidegate, and all that `--version` needs; what finds another Node; what
 * folds the errors of both.
 */
async function bundleLauncher(folder: string, name: "bin" | "launch" | "fold", define: Defined = {}): Promise<void> {
  const beside: Readonly<Record<string, string>> = {
    "/main.ts": "./main.js",
    "/launch.ts": "./launch.js",
    "/fold.ts": "./fold.js",
  };
  const external = {
    name: "beside",
    resolveId(id: string, importer: string | undefined) {
      const ending = importer && Object.keys(beside).find((each) => id.endsWith(each));
      return ending ? { id: beside[ending]!, external: true } : undefined;
    },
  };
  await build({
    ...common("node18", define),
    input: { [name]: entries[name] },
    plugins: [external, ...(name === "bin" ? [builtIns(true)] : [])],
    output: output(folder),
  });
}

/** The digest by which a copy of the package is known. */
function contentOf(folder: string): string {
  const names = readdirSync(folder).filter(isContent);
  return contentDigest(new Map(names.map((name) => [name, readFileSync(join(folder, name))])));
}

type Defined = Readonly<Record<string, string>>;

function common(target: string, define: Defined = {}): BuildOptions {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  return {
    cwd: root,
    platform: "node",
    // The user's schemas come from the user's zod: there must not be a second one.
    external: [/^node:/, "zod"],
    // Nothing about how it is asked for: who requires a package must not get what is made for imports.
    // jsonc-parser: its main file asks for its parts in a way that no bundler sees.
    resolve: { conditionNames: ["node"], alias: { "jsonc-parser": "jsonc-parser/lib/esm/main.js" } },
    transform: { target, define: { TIDEGATE_VERSION: JSON.stringify(version), ...define } },
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
    execFileSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", config], {
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
