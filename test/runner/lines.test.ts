import { describe, expect, it } from "vitest";
import { LastLines } from "../../src/runner/commands/last-lines.ts";
import { Lines, longestLine } from "../../src/runner/commands/lines.ts";

function linesOf(chunks: readonly (string | Uint8Array)[]): string[] {
  const taken: string[] = [];
  const lines = new Lines((line) => taken.push(line));
  for (const chunk of chunks) lines.push(Buffer.from(chunk as string));
  lines.end();
  return taken;
}

describe("lines", () => {
  it.each([
    [["a\nb\n"], ["a", "b"]],
    [["a\n\nb"], ["a", "", "b"]],
    [
      ["a", "b", "\nc\n"],
      ["ab", "c"],
    ],
    [
      ["a\r\nb\r", "\nc\r"],
      ["a", "b", "c"],
    ],
    [[""], []],
    [["\n"], [""]],
  ])("of the chunks %j are %j", (chunks, expected) => {
    expect(linesOf(chunks)).toEqual(expected);
  });

  it("keep characters whole wherever the chunks are cut", () => {
    const bytes = Buffer.from("grüße 🎉\nzwei\n");
    for (let cut = 0; cut <= bytes.length; cut++)
      expect(linesOf([bytes.subarray(0, cut), bytes.subarray(cut)])).toEqual(["grüße 🎉", "zwei"]);
  });

  it("are cut when they never end, without losing anything", () => {
    const long = `${"x".repeat(longestLine - 1)}🎉${"y".repeat(longestLine * 3)}`;
    const lines = linesOf([...long.match(/.{1,1000}/gsu)!, "\nnext\n"]);
    expect(lines.at(-1)).toBe("next");
    expect(lines.slice(0, -1).join("")).toBe(long);
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(longestLine);
    expect(lines.every((line) => line.isWellFormed())).toBe(true);
  });
});

describe("the last lines", () => {
  it("are as many as asked for", () => {
    const last = new LastLines(3);
    for (let number = 0; number < 100; number++) last.push(`line ${number}`);
    expect(last.text()).toBe("line 97\nline 98\nline 99");
  });
});
