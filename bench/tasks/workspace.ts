import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** A package of a generated workspace: ten sources of 2 KB, one task that reads them and one that reads its output. */
export interface Package {
  readonly name: string;
  /** Relative to the workspace. */
  readonly folder: string;
  /** Names of the packages it needs. */
  readonly needs: readonly string[];
}

export const commands = {
  build: "mkdir -p dist && cat src/*.js > dist/index.js",
  test: "cat dist/index.js > /dev/null",
} as const;

const sources = 10;
const sourceBytes = 2048;

/** Each package needs the one that stands above it in a binary heap: the graph is about log₂ n deep. */
export function packagesOf(count: number): Package[] {
  const name = (index: number) => `@bench/p${index}`;
  return Array.from({ length: count }, (_, index) => ({
    name: name(index),
    folder: `packages/p${index}`,
    needs: index === 0 ? [] : [name(Math.floor((index - 1) / 2))],
  }));
}

export interface WorkspaceOptions {
  readonly folder: string;
  readonly packages: readonly Package[];
  /** What a package's package.json says of its tasks, besides name, version and dependencies. */
  readonly manifest: (each: Package) => object;
  /** Files of the root by path; package.json's fields under `rootManifest`. */
  readonly files: Readonly<Record<string, string>>;
  readonly rootManifest?: object;
  /** Folders whose links stand in node_modules, by name. */
  readonly modules: Readonly<Record<string, string>>;
}

/** Writes an npm workspace as `npm install` would leave it, and commits it. */
export function writeWorkspace(options: WorkspaceOptions): void {
  const { folder, packages, manifest, files, rootManifest, modules } = options;
  const put = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  const root = {
    name: "bench",
    version: "1.0.0",
    private: true,
    workspaces: ["packages/*"],
    packageManager: "npm@11.0.0",
  };
  put("package.json", `${JSON.stringify({ ...root, ...rootManifest }, undefined, 2)}\n`);
  put("package-lock.json", lockFile(packages));
  put(
    ".gitignore",
    ["node_modules", "dist", ".turbo", ".nx", ".wireit", ".tidegate", ".moon/cache", "*.log", ""].join("\n"),
  );
  for (const [path, text] of Object.entries(files)) put(path, text);
  for (const each of packages) {
    const dependencies = Object.fromEntries(each.needs.map((need) => [need, "1.0.0"]));
    const own = { name: each.name, version: "1.0.0", private: true, dependencies, ...manifest(each) };
    put(`${each.folder}/package.json`, `${JSON.stringify(own, undefined, 2)}\n`);
    for (let index = 0; index < sources; index += 1)
      put(`${each.folder}/src/${index}.js`, sourceText(each.name, index));
  }
  linkModules(folder, packages, modules);
  commit(folder);
}

/** 2 KB that no other source has. */
function sourceText(name: string, index: number): string {
  const line = `// ${name} ${index}\n`;
  return line
    .repeat(Math.ceil(sourceBytes / line.length))
    .slice(0, sourceBytes - 1)
    .concat("\n");
}

/** Changes one source of a package that nobody needs. */
export function changeLeaf(folder: string, packages: readonly Package[], round: number): void {
  writeFileSync(
    join(folder, packages.at(-1)!.folder, "src/0.js"),
    `// changed ${round} ${Date.now()}\n${"x".repeat(1000)}\n`,
  );
}

export function removeOutputs(folder: string, packages: readonly Package[]): void {
  for (const each of packages) rmSync(join(folder, each.folder, "dist"), { recursive: true, force: true });
}

/** As if the workspace had just been cloned. Removing would cost the file system more than moving, and slow down what comes next. */
export function putAside(folder: string, paths: readonly string[], trash: string): void {
  mkdirSync(trash, { recursive: true });
  const into = mkdtempSync(join(trash, "aside-"));
  for (const [index, path] of paths.entries())
    if (existsSync(join(folder, path))) renameSync(join(folder, path), join(into, String(index)));
}

function lockFile(packages: readonly Package[]): string {
  const entries: Record<string, object> = { "": { name: "bench", version: "1.0.0", workspaces: ["packages/*"] } };
  for (const { name, folder, needs } of packages) {
    entries[`node_modules/${name}`] = { resolved: folder, link: true };
    entries[folder] = {
      name,
      version: "1.0.0",
      dependencies: Object.fromEntries(needs.map((need) => [need, "1.0.0"])),
    };
  }
  const lock = { name: "bench", version: "1.0.0", lockfileVersion: 3, requires: true, packages: entries };
  return `${JSON.stringify(lock, undefined, 2)}\n`;
}

function linkModules(folder: string, packages: readonly Package[], modules: Readonly<Record<string, string>>): void {
  const links = [
    ...packages.map(({ name, folder: target }) => [name, join("../..", target)] as const),
    ...Object.entries(modules),
  ];
  for (const [name, target] of links) {
    const path = join(folder, "node_modules", name);
    mkdirSync(dirname(path), { recursive: true });
    symlinkSync(target, path);
  }
}

function commit(folder: string): void {
  const git = (...args: string[]) => execFileSync("git", args, { cwd: folder, stdio: "ignore" });
  const author = ["-c", "user.name=bench", "-c", "user.email=bench@localhost", "-c", "commit.gpgsign=false"];
  git("init", "-q", "-b", "main");
  git("add", "-A");
  git(...author, "commit", "-q", "--no-verify", "-m", "workspace");
}
