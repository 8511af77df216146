import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..");

/** Numbers of the promises by whether they are built, as docs/architecture.md says. */
function promised(): { readonly built: number[]; readonly planned: number[] } {
  const page = readFileSync(join(root, "docs/architecture.md"), "utf8");
  const rows = [...page.matchAll(/^\| (\d+) \|.*\| (built|planned) \|$/gm)];
  const of = (state: string) => rows.filter((row) => row[2] === state).map((row) => Number(row[1]));
  return { built: of("built"), planned: of("planned") };
}

test("every promise that is built has tests that name it, and no test names one that is not listed", () => {
  const { built, planned } = promised();
  expect([...built, ...planned].sort((one, other) => one - other)).toEqual(Array.from({ length: 24 }, (_, n) => n + 1));
  const files = globSync(["test/**/*.ts", "packages/*/test/**/*.ts"], { cwd: root });
  const texts = files.map((file) => readFileSync(join(root, file), "utf8")).join("\n");
  const named = new Set([...texts.matchAll(/["'`]promise (\d+): /g)].map((match) => Number(match[1])));
  expect(built.filter((number) => !named.has(number))).toEqual([]);
  expect([...named].filter((number) => !built.includes(number) && !planned.includes(number))).toEqual([]);
});
