import { describe, expect, it } from "vitest";
import { safeColoredLine, safeLine, safeText } from "../../../src/cli/render/safe-text.ts";

const controls = /(?![\t\n])\p{Cc}/u;

describe("text from outside", () => {
  it.each([
    ["sets the window title", "a\u001b]0;title\u0007b", "ab"],
    ["moves the cursor", "a\u001b[2A\u001b[1;1Hb", "ab"],
    ["clears the screen", "a\u001b[2Jb", "ab"],
    ["is coloured", "\u001b[31mred\u001b[0m", "red"],
    ["rings", "a\u0007b", "ab"],
    ["hides a link", "\u001b]8;;http://evil\u0007text\u001b]8;;\u0007", "text"],
    ["writes from right to left", "abc\u202edef", "abcdef"],
    ["is a progress bar", "10 %\r50 %\r100 %", "100 %"],
    ["ends in a carriage return", "line\r", "line"],
    ["has tabs", "a\tb", "a    b"],
    ["leaves a lone escape", "a\u001b", "a"],
    ["uses the 8-bit introducer", "a\u009b31mb", "ab"],
  ])("that %s is shown without doing it", (_, text, shown) => {
    expect(safeLine(text)).toBe(shown);
    expect(safeText(text)).not.toMatch(controls);
  });

  it("keeps its colours where colours are wanted, and nothing else", () => {
    expect(safeColoredLine("\u001b[1;31mred\u001b[0m \u001b[2Aup\u0007")).toBe("\u001b[1;31mred\u001b[0m up\u001b[0m");
  });
});
