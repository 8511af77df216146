import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import type { Context } from "../../../src/cli/context.ts";
import { renderFailures } from "../../../src/cli/render/failure.ts";
import { foldingWriter, foldLine } from "../../../src/cli/render/fold.ts";
import { plainRenderer } from "../../../src/cli/render/plain.ts";
import { textWidth } from "../../../src/cli/render/text-width.ts";
import { showHelp, showVerbs } from "../../../src/cli/show-help.ts";
import { verbTable } from "../../../src/cli/verb-table.ts";
import { eventfulRun, goodDeployment, revertedDeployment } from "./events.ts";
import { textWriter } from "./text-writer.ts";

const red = (text: string) => `\u001b[31m${text}\u001b[39m`;

/** Lines that are too wide although they have a space where they could have been broken. */
function tooWide(text: string, width: number): string[] {
  const lines = stripVTControlCharacters(text).split("\n");
  return lines.filter((line) => textWidth(line) > width && line.trim().includes(" "));
}

describe("a line that is too long for the terminal", () => {
  it.each([
    ["below its text, not below its mark", "✔ one two three four five six", 26, ["✔ one two three four five", "  six"]],
    [
      "below the text of a hint",
      "  hint: Do this and then do that other thing.",
      36,
      ["  hint: Do this and then do that", "        other thing."],
    ],
    [
      "further in than the message of a failure",
      "error[a-code]: one two three four",
      29,
      ["error[a-code]: one two three", "  four"],
    ],
    ["behind the bar of a cause", "  | one two three four five six", 28, ["  | one two three four five", "  | six"]],
    [
      "behind the bar of a task's output",
      "test | one two three four five six seven",
      34,
      ["test | one two three four five six", "     | seven"],
    ],
    [
      "below the last column",
      "  -f, --force  Run everything again, and then again",
      40,
      ["  -f, --force  Run everything again, and", "               then again"],
    ],
  ])("goes on %s", (_, line, width, expected) => {
    expect(foldLine(line, width)).toEqual(expected);
  });

  it("keeps colours over the break", () => {
    expect(foldLine(red("one two three four five six seven"), 28)).toEqual([
      "\u001b[31mone two three four five six",
      "  seven\u001b[39m",
    ]);
  });

  it("is never broken inside a word: a path is copied as it is", () => {
    const path = `/srv/${"deep/".repeat(20)}file.ts`;
    expect(foldLine(`  hint: Look at ${path} for it`, 80)).toEqual([
      "  hint: Look at",
      `        ${path}`,
      "        for it",
    ]);
  });

  it("has what is quoted, and code of one line, in one piece", () => {
    expect(foldLine("Write the line `const one = two` to the file", 31)).toEqual([
      "Write the line",
      "  `const one = two` to the file",
    ]);
    expect(foldLine('  driver: local({ url: "x" }), // in production', 40)).toEqual([
      '  driver: local({ url: "x" }),',
      "  // in production",
    ]);
  });

  it("has a command on one line; a longer one goes on as shells have it, and never inside a quoted word", () => {
    expect(foldLine("  hint: Create it: tidegate env create staging now, then go on", 48)).toEqual([
      "  hint: Create it:",
      "        tidegate env create staging now, then go",
      "        on",
    ]);
    expect(foldLine("  hint: Run it: tidegate secrets set SESSION_KEY --env 'two words' --undeclared", 48)).toEqual([
      "  hint: Run it:",
      "        tidegate secrets set SESSION_KEY --env \\",
      "        'two words' --undeclared",
    ]);
  });
});

describe.each([60, 80, 120])("on a terminal of %i columns", (columns) => {
  const contextOf = () => {
    const out = textWriter({ isTTY: true, columns, color: true });
    const stdout = foldingWriter(out);
    return { out, context: { stdout, stderr: stdout, json: false } as unknown as Context };
  };

  it.each(verbTable.map((entry) => [entry.name, entry] as const))("the help of %s fits", async (_, entry) => {
    const { out, context } = contextOf();
    const verb = await entry.load();
    showHelp(context, verb, verb.name);
    for (const inner of verb.verbs ?? []) {
      showHelp(context, inner, `${verb.name} ${inner.name}`);
      for (const innermost of inner.verbs ?? [])
        showHelp(context, innermost, `${verb.name} ${inner.name} ${innermost.name}`);
    }
    showVerbs(context, verbTable);
    expect(tooWide(out.text(), columns)).toEqual([]);
  });

  it("what a run and deployments tell fits", () => {
    const { out, context } = contextOf();
    const renderer = plainRenderer(context.stderr, { now: () => 0, explain: true, quietHits: false });
    for (const event of [...eventfulRun, ...goodDeployment, ...revertedDeployment]) renderer.emit(event);
    renderer.close();
    expect(tooWide(out.text(), columns)).toEqual([]);
  });

  it("failures fit, with the code that they show", () => {
    const { out, context } = contextOf();
    const source = `const web = service({ run: "node dist/server.js", files: [${'"dist/", '.repeat(30)}] });`;
    const failure = {
      code: "invalid-definition",
      message: "word ".repeat(40),
      cause: `${"word ".repeat(40)}\n${"word ".repeat(4)}`,
      hint: `${"word ".repeat(40)}: tidegate ${"word ".repeat(40)}`,
      location: { file: "/projects/shop/tidegate.config.ts", line: 12, column: 40, source, length: 10 },
    } as const;
    context.stderr.write(renderFailures([failure], { color: true, columns, cwd: "/work" }));
    expect(tooWide(out.text(), columns)).toEqual([]);
  });
});

describe("what is written past the folding", () => {
  it("is only what has to arrive as it is, and what says that Tidegate cannot be loaded", () => {
    const cli = join(import.meta.dirname, "../../../src/cli");
    const files = readdirSync(cli, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
    const direct = files.filter((name) => /process\.std(out|err)/.test(readFileSync(join(cli, name), "utf8")));
    expect(direct.sort()).toEqual(["bin.ts", "writer.ts"]);
  });

  it("is everything where there is no terminal: a program and a file get lines as they are", () => {
    const out = textWriter({ isTTY: false, columns: 80 });
    foldingWriter(out).write("word ".repeat(100));
    expect(out.text()).toBe("word ".repeat(100));
  });
});
