/**
 * Asks Tidegate and its peers the same questions: does the cache lie? Each case is run twice in a workspace of its own,
 * with something happening in between; afterwards the package is compared with what a run without a cache would give.
 * Prints a table, and with `--verbose` what the tools wrote. Argument: numbers of cases; all when there is none.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { parseArgs } from "node:util";
import { Stopwatch } from "../tasks/process.ts";
import { installTools, moduleLinks } from "../tasks/tools.ts";
import { type Case, type CaseWorld, cases, filesBelow } from "./cases.ts";
import { judge, type Verdict } from "./judge.ts";
import { type Tasks, type Tool, tools } from "./tools.ts";

const { values, positionals } = parseArgs({
  options: { verbose: { type: "boolean" }, tool: { type: "string" } },
  allowPositionals: true,
});
const home = mkdtempSync(join(realpathSync(tmpdir()), "tidegate-stale-green-"));
const processes = new Stopwatch(home);
const installed = installTools(tools.map(({ name, pins }) => ({ name, pins })) as never);

try {
  const wanted = cases.filter(({ number }) => positionals.length === 0 || positionals.includes(String(number)));
  const asked = tools.filter(({ name }) => values.tool === undefined || name.startsWith(values.tool));
  console.log(`| case | ${asked.map(heading).join(" | ")} |\n|---|${asked.map(() => "---|").join("")}`);
  for (const each of wanted) {
    const verdicts: string[] = [];
    for (const tool of asked) verdicts.push(await verdictOf(each, tool));
    console.log(`| ${each.number}: ${each.name} | ${verdicts.join(" | ")} |`);
  }
} finally {
  await processes.endAll();
  rmSync(home, { recursive: true, force: true });
}

function heading({ name, pins }: Tool): string {
  return [name, ...Object.values(pins)].join(" ");
}

async function verdictOf(each: Case, tool: Tool): Promise<Verdict> {
  const folder = mkdtempSync(join(home, "case-"));
  try {
    setUp(folder, each, tool, each.tasks);
    const first = await run(folder, each, tool, each.firstEnv);
    // Where even the first run was refused, nothing can be stale.
    const isFirstWrong = !first && !each.mayFailFirst;
    if (isFirstWrong) return "refused";
    const other = each.change(worldOf(folder, each, tool));
    const moved = typeof other === "string" ? other : folder;
    const second = await run(moved, each, tool, each.secondEnv);
    const world = worldOf(moved, each, tool);
    return judge(world.app, each.truth(world), second);
  } finally {
    await processes.endAll();
    for (const left of [folder, `${folder}-moved`]) rmSync(left, { recursive: true, force: true });
  }
}

async function run(folder: string, each: Case, tool: Tool, env: Case["firstEnv"]): Promise<boolean> {
  const command = { file: process.execPath, args: tool.args(installed, each.tasks) };
  const environment = { ...tool.environment, ...env };
  const { status, output } = await processes.time(command, { folder, environment, limitMs: 120_000 });
  if (values.verbose) console.log(`--- ${tool.name}: exit ${status}\n${output.trimEnd()}`);
  return status === 0;
}

function worldOf(folder: string, each: Case, tool: Tool): CaseWorld {
  return {
    folder,
    app: join(folder, "packages/app"),
    kept: () =>
      tool.kept.flatMap(({ folder: below, files }) =>
        filesBelow(join(folder, below)).filter((file) => files.test(relative(folder, file))),
      ),
    redefine: (task, command) => {
      const tasks = { ...each.tasks, [task]: { ...each.tasks[task]!, run: command } };
      writeToolFiles(folder, tool, tasks);
    },
  };
}

function setUp(folder: string, { files }: Case, tool: Tool, tasks: Tasks): void {
  put(folder, ".gitignore", "node_modules\n.turbo\n.nx\n.wireit\n.tidegate\n.moon/cache\n");
  for (const [path, text] of Object.entries(files))
    put(folder, path.startsWith("/") ? path.slice(1) : `packages/app/${path}`, text);
  writeToolFiles(folder, tool, tasks);
  mkdirSync(join(folder, "node_modules"), { recursive: true });
  for (const [name, target] of Object.entries(moduleLinks(installed))) {
    const link = join(folder, "node_modules", name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(target, link);
  }
  symlinkSync("../packages/app", join(folder, "node_modules/app"));
  const git = (...args: string[]) => execFileSync("git", args, { cwd: folder, stdio: "ignore" });
  git("init", "-q", "-b", "main");
  git("add", "-A");
  git("-c", "user.name=bench", "-c", "user.email=bench@localhost", "commit", "-q", "--no-verify", "-m", "cases");
}

function writeToolFiles(folder: string, tool: Tool, tasks: Tasks): void {
  const files = tool.files(tasks);
  const root = {
    name: "cases",
    version: "1.0.0",
    private: true,
    workspaces: ["packages/*"],
    packageManager: "npm@11.0.0",
  };
  const app = { name: "app", version: "1.0.0", private: true };
  const manifests = { "package.json": root, "packages/app/package.json": app };
  for (const [path, base] of Object.entries(manifests))
    put(folder, path, JSON.stringify({ ...base, ...(files[path] as object | undefined) }, undefined, 2));
  put(folder, "package-lock.json", lockFile());
  for (const [path, content] of Object.entries(files)) {
    if (!(path in manifests))
      put(folder, path, typeof content === "string" ? content : JSON.stringify(content, undefined, 2));
  }
}

function lockFile(): string {
  const packages = {
    "": { name: "cases", version: "1.0.0", workspaces: ["packages/*"] },
    "node_modules/app": { resolved: "packages/app", link: true },
    "packages/app": { name: "app", version: "1.0.0" },
  };
  return JSON.stringify({ name: "cases", version: "1.0.0", lockfileVersion: 3, requires: true, packages });
}

function put(folder: string, path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  if (readable(join(folder, path)) !== text) writeFileSync(join(folder, path), text);
}

function readable(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
