import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { runCli } from "../../support/cli.ts";
import { linesOf } from "../../support/events.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const json = (value: unknown) => `${JSON.stringify(value, undefined, 2)}\n`;

/** A script that copies src to dist, with what the packages it depends on have written. */
const copy = `import { cpSync, existsSync, readFileSync, writeFileSync, mkdirSync } from "node:fs";
mkdirSync("dist", { recursive: true });
cpSync("src", "dist", { recursive: true });
const { dependencies = {} } = JSON.parse(readFileSync("package.json", "utf8"));
for (const name of Object.keys(dependencies)) writeFileSync(\`dist/\${name}\`, readFileSync(\`../\${name}/dist/main.js\`));
`;

/** An npm workspace with the packages `lib` and `web`, which depends on it: there is nothing to install. */
export function workspaceWith(
  files: Readonly<Record<string, unknown>>,
  scripts: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {},
): string {
  const usual = { build: "node ../../copy.mjs", test: "node --check dist/main.js" };
  const packageFile = (name: string, more: object) =>
    json({ name, version: "1.0.0", scripts: { ...usual, ...scripts[name] }, ...more });
  const texts = Object.entries(files).map(([path, value]) => [path, typeof value === "string" ? value : json(value)]);
  return tempFolder({
    "package.json": json({ name: "acme", private: true, workspaces: ["packages/*"], scripts: scripts.acme ?? {} }),
    ".gitignore": "node_modules\ndist/\n*.log\n.env\n",
    "copy.mjs": copy,
    "packages/lib/package.json": packageFile("lib", {}),
    "packages/lib/src/main.js": "1;\n",
    "packages/web/package.json": packageFile("web", { dependencies: { lib: "*" } }),
    "packages/web/src/main.js": "2;\n",
    ...Object.fromEntries(texts),
  });
}

export interface TakenOver {
  /** The definition. */
  readonly text: string;
  /** What could not be carried over, as it was told. */
  readonly left: string[];
}

/** Runs `init`; what it wrote holds. */
export async function takeOver(cwd: string): Promise<TakenOver> {
  const { code, stdout, stderr } = await runCli(["init", "--json"], { cwd });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const { left } = JSON.parse(stdout) as { left: { where: string; why: string }[] };
  const checked = await runCli(["check"], { cwd });
  expect({ code: checked.code, stderr: checked.stderr }).toEqual({ code: 0, stderr: "" });
  const text = readFileSync(join(cwd, "tidegate.config.ts"), "utf8");
  for (const { where } of left) expect(text.replace(/\n\s*\/\/ /g, " ")).toContain(`Not carried over: ${where}`);
  return { text, left: left.map(({ where, why }) => `${where}: ${why}`) };
}

/** What became of the tasks of a run, sorted. */
export async function run(cwd: string, ...args: string[]): Promise<string[]> {
  const { stdout, stderr } = await runCli(["run", "--json", ...args], { cwd });
  expect(stderr).toBe("");
  const events = linesOf(stdout);
  const told = events.flatMap(({ type, task, outcome }) => {
    if (type === "taskHit") return [`${task} hit`];
    return type === "taskFinished" ? [`${task} ${outcome.outcome === "succeeded" ? "ran" : outcome.outcome}`] : [];
  });
  return told.sort();
}
