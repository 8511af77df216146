import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { errorsPage } from "../../scripts/docs/errors-page.ts";
import { findVerb } from "../../src/cli/find-verb.ts";
import { parseCall } from "../../src/cli/parse-call.ts";
import { verbTable } from "../../src/cli/verb-table.ts";
import { compile } from "./compile.ts";
import { blocks, pages, root, shellLines } from "./pages.ts";

test("every TypeScript example is a whole definition or config that compiles", () => {
  const examples = blocks("ts");
  expect(examples.length).toBeGreaterThan(2);
  expect(examples.filter((block) => !block.words.includes("definition"))).toEqual([]);
  expect(compile(examples)).toBe("");
});

test("an example that does not compile is found", () => {
  const wrong = 'import { task } from "tidegate";\nexport default task({ run: "x", input: ["a"] });\n';
  const said = compile([{ page: "wrong.md", line: 1, language: "ts", words: [], text: wrong }]);
  expect(said).toMatch(/wrong-md-line-1\.ts.*'input' does not exist/);
});

test("every tidegate command in the docs is one that Tidegate takes", async () => {
  const commands = shellLines()
    .map(({ place, words }) => ({ place, words: words[0] === "npx" ? words.slice(1) : words }))
    .filter(({ words }) => words[0] === "tidegate");
  expect(commands.length).toBeGreaterThan(15);
  const refused: string[] = [];
  for (const { place, words } of commands) {
    const problem = await whatIsWrong(words.slice(1));
    if (problem !== undefined) refused.push(`${place} ${words.join(" ")}: ${problem}`);
  }
  expect(refused).toEqual([]);
});

async function whatIsWrong(args: readonly string[]): Promise<string | undefined> {
  const found = await findVerb(args, verbTable);
  if (!found.ok) return found.failures[0]?.message;
  const { verb, path, tokens } = found.value;
  const call = parseCall(verb, path, tokens);
  return call.ok ? undefined : call.failures[0]?.message;
}

test("README's table has exactly the verbs there are", () => {
  const table = readFileSync(join(root, "README.md"), "utf8").split("## The verbs")[1]!.split("\n\n")[1]!;
  const named = [...table.matchAll(/`([a-z]+)[^`]*`(?=.*\|.*\|)/g)].map((match) => match[1]!);
  const inner = new Set([
    ...["show", "verify", "use", "new", "accept"],
    ...["list", "exec", "start", "stop", "destroy", "backup", "snapshots", "restore"],
  ]);
  const verbs = verbTable.map((entry) => entry.name).filter((name) => name !== "help" && name !== "version");
  expect(named.filter((name) => !inner.has(name)).sort()).toEqual(verbs.sort());
});

test("every npm script that the docs name exists", () => {
  const { scripts = {} } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const named = pages().flatMap(({ path, text }) =>
    path === "README.md" || path === "CONTRIBUTING.md" ? [...text.matchAll(/\bnpm run ([\w:]+)(?!")\b/g)] : [],
  );
  const missing = named.map((match) => match[1]!).filter((name) => !(name in scripts) && name !== "build");
  expect([...new Set(missing)]).toEqual([]);
});

test("every link between pages leads somewhere", () => {
  const dead = pages().flatMap(({ path, text }) =>
    [...text.matchAll(/\]\((?!https?:)([^)#]+)(#[^)]*)?\)/g)]
      .map((match) => match[1]!)
      .filter((target) => !existsSync(join(root, dirname(path), target)))
      .map((target) => `${path}: ${target}`),
  );
  expect(dead).toEqual([]);
});

test("docs/errors.md says what the code says", () => {
  expect(readFileSync(join(root, "docs/errors.md"), "utf8")).toBe(errorsPage());
});
