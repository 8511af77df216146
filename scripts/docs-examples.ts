import { spawnSync } from "node:child_process";
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { documentNames, factsName } from "../src/documents/names.ts";

/**
 * Writes the documents of the examples anew, as their definitions and this version have it, each in a copy that has no state: what
 * was measured stays. With `--measure` nothing stays but that the task is done: each copy is shipped twice and rolled back once at
 * the port that its definition names, with the real services that it needs, and the documents say what that has shown.
 */
const root = join(import.meta.dirname, "..");
const made = new Set(["node_modules", "dist", "reports", "data", ".tidegate"]);
const isMeasured = process.argv.includes("--measure");

interface Example {
  readonly name: string;
  readonly write: readonly string[];
  /** A file of the service, and what to change in it to have a second release. */
  readonly change: readonly [file: string, before: string, after: string];
}

const task = globSync("01_Machine/01_Workflow/**/P03-S09-T09-*.md", { cwd: join(root, "examples/dafnckmachine") })[0]!;
const examples: readonly Example[] = [
  { name: "shortlinks", write: ["docs", "--out", "docs"], change: ["src/pages.ts", "<h1>", "<h1 >"] },
  { name: "dafnckmachine", write: ["docs", "--task", task], change: ["service/page.ts", "<h1>", "<h1 >"] },
];
for (const example of examples) write(example);

function write({ name, write, change }: Example): void {
  const example = join(root, "examples", name);
  const home = mkdtempSync(join(tmpdir(), `tidegate-${name}-`));
  const folder = join(home, name);
  try {
    cpSync(example, folder, { recursive: true, filter: (path) => !made.has(basename(path)) });
    if (isMeasured) measure(folder, change);
    tidegate(folder, ...write);
    if (isMeasured) destroy(folder);
    const documents = new Set<string>([...documentNames, factsName]);
    const paths = isMeasured ? globSync("**/*.{md,json}", { cwd: folder, exclude: (path) => made.has(path) }) : ["."];
    const written = isMeasured ? paths.filter((path) => documents.has(basename(path))) : paths;
    for (const path of written)
      cpSync(join(folder, path), join(example, path), {
        recursive: true,
        filter: (from) => basename(from) !== ".tidegate",
      });
  } finally {
    // What runs from a release cannot change it: its files are read-only.
    spawnSync("chmod", ["-R", "u+w", home]);
    rmSync(home, { recursive: true, force: true });
  }
}

function measure(folder: string, [file, before, after]: Example["change"]): void {
  for (const name of [...documentNames, factsName])
    for (const path of globSync(`**/${name}`, { cwd: folder })) rmSync(join(folder, path));
  run(folder, "git", "init", "--quiet");
  commit(folder, "The example");
  const text = readFileSync(join(folder, file), "utf8");
  try {
    tidegate(folder, "ship");
    writeFileSync(join(folder, file), text.replace(before, after));
    commit(folder, "A change");
    tidegate(folder, "ship");
    tidegate(folder, "rollback", "production", "--reason", "to see how long it takes");
  } catch (error) {
    destroy(folder);
    throw error;
  }
}

/** Databases too. Production is protected until that is taken out of the definition. */
function destroy(folder: string): void {
  const file = join(folder, "tidegate.config.ts");
  writeFileSync(file, readFileSync(file, "utf8").replace("production: {", "production: {\n      protected: false,"));
  tidegate(folder, "env", "destroy", "--all", "--yes");
}

function commit(folder: string, message: string): void {
  run(folder, "git", "add", "--all");
  const who = ["-c", "user.name=example", "-c", "user.email=example@localhost"];
  run(folder, "git", ...who, "commit", "--quiet", "--message", message);
}

function tidegate(folder: string, ...args: readonly string[]): void {
  run(folder, process.execPath, join(root, "src/cli/bin.ts"), ...args);
}

function run(cwd: string, file: string, ...args: readonly string[]): void {
  const env = { ...process.env, TIDEGATE_STATE: join(cwd, "../states"), SOPS_AGE_KEY_FILE: "demo-key.txt" };
  const { status } = spawnSync(file, args, { cwd, env, stdio: "inherit" });
  if (status !== 0) throw new Error(`${basename(file)} ${args.join(" ")} ended with ${status} in ${basename(cwd)}`);
}
