import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { type BuildOptions, build, type OutputOptions } from "rolldown";

const root = join(import.meta.dirname, "..");

const binEntry = "src/cli/bin.ts";

/** What becomes a file of its own name in the package; everything else is in chunks beside it. */
const entries = {
  main: "src/cli/main.ts",
  index: "src/index.ts",
  agent: "src/agent/main.ts",
  gateway: "src/gateway/embedded/main.ts",
};

export interface PackageOptions {
  /** The folder to make; replaced when it is there. */
  readonly out: string;
  /** Whether the declarations of `index` are written beside it. Default: true. */
  readonly types?: boolean;
}

/** Builds the publishable package: bundles it beside `out`, then swaps the folders. Returns what it left out. */
export async function buildPackage({ out, types = true }: PackageOptions): Promise<readonly string[]> {
  const fresh = `${out}.${process.pid}.tmp`;
  const [present, missing] = divide(Object.entries(entries), ([, file]) => existsSync(join(root, file)));
  try {
    const bundling = Promise.all([bundle(fresh, Object.fromEntries(present)), bundleBin(fresh)]);
    if (types) writeTypes(fresh);
    await bundling;
    chmodSync(join(fresh, "bin.js"), 0o755);
    swap(fresh, out);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
  return missing.map(([, file]) => file);
}

async function bundle(folder: string, input: Record<string, string>): Promise<void> {
  // The user's schemas come from the user's zod: there must not be a second one.
  await build({ ...common("node24"), input, external: [/^node:/, "zod"], output: output(folder) });
}

/** One file that any Node with modules can parse, to say that it is too old; and that `--version` needs alone. */
async function bundleBin(folder: string): Promise<void> {
  const main = { name: "main", resolveId: (id: string) => (id.endsWith("/main.ts") ? mainBeside : undefined) };
  const mainBeside = { id: "./main.js", external: true };
  await build({ ...common("node16"), input: { bin: binEntry }, plugins: [main], output: output(folder) });
}

function common(target: string): BuildOptions {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  return {
    cwd: root,
    platform: "node",
    resolve: { conditionNames: ["node", "import"] },
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

function divide<T>(items: readonly T[], test: (item: T) => boolean): [T[], T[]] {
  return [items.filter(test), items.filter((item) => !test(item))];
}

if (import.meta.main) {
  const started = performance.now();
  const missing = await buildPackage({ out: join(root, "dist") });
  for (const file of missing) console.log(`left out: ${file} is not there`);
  console.log(`built dist/ in ${((performance.now() - started) / 1000).toFixed(1)} s`);
}
