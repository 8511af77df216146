import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { linesOf } from "./support/events.ts";

const root = join(import.meta.dirname, "..");
let folder: string;

/** Runs a program in the consumer's folder; the Node of these tests comes first on PATH. */
function run(file: string, ...args: readonly string[]): string {
  const PATH = `${join(process.execPath, "..")}${delimiter}${process.env.PATH}`;
  return execFileSync(file, args, {
    cwd: folder,
    env: { ...process.env, PATH },
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tidegate-consumer-"));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "consumer", private: true }));
  execFileSync("npm", ["pack", "--silent", "--pack-destination", folder], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz"));
  run("npm", "install", "--silent", "--no-audit", "--no-fund", "--prefer-offline", `./${tarball}`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const tidegate = (...args: readonly string[]) => run(join(folder, "node_modules", ".bin", "tidegate"), ...args);

test("the packed package installs in another folder and says its version", () => {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  expect(tidegate("--version")).toBe(`${version}\n`);
});

test("the package has the program, its declarations, the licence and the change log, and no sources or tests", () => {
  const packed = readdirSync(join(folder, "node_modules", "tidegate"));
  expect(packed.sort()).toEqual(["CHANGELOG.md", "LICENSE", "README.md", "dist", "docs", "package.json"]);
});

test("the installed package runs a pipeline from a typed definition", () => {
  writeFileSync(
    join(folder, "tidegate.config.ts"),
    `import { defineProject, task } from "tidegate";
const hello = task({ run: ["node", "-e", "require('fs').writeFileSync('hello.txt', 'hello')"], inputs: ["package.json"], outputs: ["hello.txt"] });
export default defineProject({ name: "consumer", pipeline: { hello } });
`,
  );
  tidegate("run");
  expect(readFileSync(join(folder, "hello.txt"), "utf8")).toBe("hello");
  const events = linesOf(tidegate("run", "--json"));
  expect(events.at(-1)).toMatchObject({ type: "runFinished", counts: { hits: 1, ran: 0 } });
});
