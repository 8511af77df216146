import { spawn } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";

/**
 * Takes repositories that nobody here wrote through what a new user would do, unchanged: init, check, run, run again,
 * run after a source was touched, ship, ship a change, roll back. Prints one row of bench/strangers.md for each.
 *
 *     npm run bench:strangers -- GIT-REPOSITORY…
 *
 * Each is cloned into a temporary folder with a state and caches of its own, which are removed in the end; the
 * `tidegate` that runs is the built one of this checkout. A step that hangs is ended after a quarter of an hour.
 */
const program = resolve(import.meta.dirname, "../dist/bin.js");
const limitMs = 15 * 60_000;
const keep = process.argv.includes("--keep");
/** Files whose comments are most likely in what is served: pages, which no compiler strips. */
const shown =
  /(^|\/)index\.html$|^(public|static|src|app|views|templates|_includes|content|source)\/.*\.(html|njk|ejs|md)$/;

interface Outcome {
  readonly code: number;
  readonly seconds: number;
  readonly events: readonly Record<string, unknown>[];
  readonly failures: readonly {
    readonly code: string;
    readonly message: string;
    readonly cause?: string;
    readonly hint?: string;
  }[];
}

interface Row {
  readonly name: string;
  readonly cells: string[];
  readonly notes: string[];
}

for (const repository of process.argv.slice(2).filter((word) => !word.startsWith("--"))) {
  const row = await take(resolve(repository));
  console.log(`| ${row.name} | ${row.cells.join(" | ")} | ${row.notes.join("; ")} |`);
}

async function take(repository: string): Promise<Row> {
  const home = mkdtempSync(join(tmpdir(), "tidegate-stranger-"));
  const folder = join(home, "project");
  const begun = performance.now();
  const place = repository.replace(/\/\.git$/, "");
  const name = basename(place) === "repo" ? basename(resolve(place, "..")) : basename(place);
  const row: Row = { name, cells: [], notes: [] };
  const env = placesIn(home);
  const tidegate = (...args: string[]) => call(process.execPath, [program, ...args], { cwd: folder, env });
  try {
    await call("git", ["clone", "--quiet", `file://${repository}`, folder], { cwd: home, env });
    await steps(row, folder, tidegate);
    await tidegate("env", "stop", "--all");
  } finally {
    row.cells.push(`${((performance.now() - begun) / 60_000).toFixed(1)} min`);
    if (keep) console.error(`kept: ${home}`);
    else rmSync(home, { recursive: true, force: true, maxRetries: 3 });
  }
  return row;
}

/** Cells: init, check, run, again, touched, ship, ship a change, rollback. The first failure leaves the rest empty. */
async function steps(row: Row, folder: string, tidegate: (...args: string[]) => Promise<Outcome>): Promise<void> {
  const step = async (args: readonly string[], cell: (outcome: Outcome) => string = told) => {
    const outcome = await tidegate(...args, "--json");
    const heading = () => `${row.name}: ${args.join(" ")}: ${row.cells.at(-1)}`;
    row.cells.push(outcome.code === 0 ? cell(outcome) : `exit ${outcome.code}`);
    row.notes.push(...outcome.failures.slice(0, 3).map(inShort));
    if (process.argv.includes("--verbose")) console.error([heading(), ...outcome.failures.map(inFull)].join("\n"));
    return outcome.code === 0 ? outcome : undefined;
  };
  const all = async () => {
    if (!(await step(["init"]))) return;
    if (!(await step(["check"], () => "ok"))) return;
    if (!(await step(["run"], counts))) return;
    if (!(await step(["run"], counts))) return;
    const touched = touch(folder);
    if (!(await step(["run"], (outcome) => `${counts(outcome)}${touched === undefined ? " (nothing touched)" : ""}`)))
      return;
    if (!/services:/.test(definitionOf(folder))) return void row.cells.push("no service", "", "");
    const first = await step(["ship"]);
    if (!first) return;
    change(folder);
    const second = await step(["ship"]);
    if (!second) return;
    // What was touched is not in what is served: a comment that the build leaves out.
    if (releaseOf(first) === releaseOf(second)) return void row.cells.push("same release");
    await step(["rollback", "production"]);
  };
  await all();
  while (row.cells.length < 8) row.cells.push("");
}

function told({ seconds }: Outcome): string {
  return `${seconds.toFixed(1)} s`;
}

function counts({ events, seconds }: Outcome): string {
  const finished = events.findLast(({ type }) => type === "runFinished");
  const { hits = 0, ran = 0, failed = 0 } = (finished?.counts ?? {}) as Record<string, number>;
  return `${hits} hits, ${ran} ran${failed > 0 ? `, ${failed} failed` : ""}, ${seconds.toFixed(1)} s`;
}

function inShort({ code, message, cause }: Outcome["failures"][number]): string {
  const first = (cause ?? "").split("\n").find((line) => line.trim() !== "");
  return `\`${code}\` ${message}${first === undefined ? "" : `: ${first}`}`.replaceAll("|", "\\|").slice(0, 240);
}

function inFull({ code, message, cause, hint }: Outcome["failures"][number]): string {
  return [`  ${code}: ${message}`, cause, hint].join("\n").replaceAll("\n", "\n    ");
}

function releaseOf({ events }: Outcome): unknown {
  return events.findLast(({ type }) => type === "releasePacked")?.release;
}

function definitionOf(folder: string): string {
  const names = ["ts", "mts"].flatMap((ending) => ["", ".config/"].map((place) => `${place}tidegate.config.${ending}`));
  const places = names.map((name) => join(folder, name));
  return places.filter((file) => existsSync(file)).map((file) => readFileSync(file, "utf8"))[0] ?? "";
}

/** Adds a comment to a source file, as an edit would; which, or `undefined` where there is none. */
function touch(folder: string, preferred?: RegExp): string | undefined {
  const comments: Readonly<Record<string, string>> = {
    ts: "//",
    tsx: "//",
    js: "//",
    mjs: "//",
    jsx: "//",
    go: "//",
    py: "#",
    html: "<!-- touched -->",
    njk: "<!-- touched -->",
    css: "/* touched */",
    md: "<!-- touched -->",
  };
  const tracked = readTracked(folder);
  const endings = Object.keys(comments);
  const isSource = (file: string) =>
    endings.some((ending) => file.endsWith(`.${ending}`)) && !/(^|\/)\.|config|test|spec|\.d\.ts$/.test(file);
  const file =
    tracked.find((path) => preferred?.test(path) && isSource(path)) ??
    tracked.find((path) => /^(src|app|cmd|lib|content|packages|apps|source)\//.test(path) && isSource(path)) ??
    tracked.find((path) => !/^[A-Z]+\.md$|^\./.test(path) && isSource(path));
  if (file === undefined) return undefined;
  const comment = comments[file.slice(file.lastIndexOf(".") + 1)] as string;
  appendFileSync(join(folder, file), /^[/#]+$/.test(comment) ? `${comment} Touched.\n` : `${comment}\n`);
  if (process.argv.includes("--verbose")) console.error(`touched ${file}`);
  return file;
}

/** Changes what is served: a page, or a file beside those that the build copies; else what is touched. */
function change(folder: string): void {
  const copied = ["public", "static"].find((each) => readTracked(folder).some((file) => file.startsWith(`${each}/`)));
  const isPage = readTracked(folder).some((file) => shown.test(file));
  if (isPage || copied === undefined) touch(folder, shown);
  else writeFileSync(join(folder, copied, "changed.txt"), "Changed.\n");
}

function readTracked(folder: string): string[] {
  const { execFileSync } = process.getBuiltinModule("node:child_process");
  return execFileSync("git", ["-C", folder, "ls-files"], { encoding: "utf8" }).split("\n");
}

function placesIn(home: string): NodeJS.ProcessEnv {
  const places = Object.fromEntries(
    ["STATE_HOME", "CONFIG_HOME", "CACHE_HOME", "RUNTIME_DIR"].map((name) => [
      `XDG_${name}`,
      join(home, name.toLowerCase()),
    ]),
  );
  for (const place of Object.values(places)) mkdirSync(place, { mode: 0o700 });
  // The caller's Node is the one that the machine has, not the one that npm put first for this script.
  const path = (process.env.PATH ?? "").split(":").filter((entry) => !entry.includes("node_modules"));
  const { npm_config_cache: _cache, ...env } = process.env;
  return { ...env, ...places, PATH: path.join(":"), NO_COLOR: "1" };
}

async function call(
  command: string,
  args: readonly string[],
  options: { cwd: string; env: NodeJS.ProcessEnv },
): Promise<Outcome> {
  const begun = performance.now();
  const child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  let out = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr.resume();
  const timer = setTimeout(() => child.kill("SIGINT"), limitMs);
  const code = await new Promise<number>((settle) => child.once("close", (exit) => settle(exit ?? 130)));
  clearTimeout(timer);
  const lines = out.split("\n").flatMap((line) => parsed(line));
  const events = lines.map((line) => (line.event ?? line) as Record<string, unknown>);
  const failures = lines.filter(({ type }) => type === "failure") as unknown as Outcome["failures"];
  return { code, seconds: (performance.now() - begun) / 1000, events, failures };
}

function parsed(line: string): Record<string, unknown>[] {
  try {
    return [JSON.parse(line) as Record<string, unknown>];
  } catch {
    return [];
  }
}
