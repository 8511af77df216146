import { describe, expect, it } from "vitest";
import { padTo, textWidth, truncate } from "../../../src/cli/render/text-width.ts";

describe("the width of text in a terminal", () => {
  it.each([
    ["", 0],
    ["plain", 5],
    ["\u001b[31mred\u001b[0m", 3],
    ["日本語", 6],
    ["e\u0301", 1],
    ["é", 1],
    ["👩‍👩‍👧", 2],
    ["🇩🇪", 2],
    ["✔ done", 6],
    ["한글", 4],
    ["ｆｕｌｌ", 8],
    ["zero\u200bwidth", 9],
  ])("%j takes %i cells", (text, width) => {
    expect(textWidth(text)).toBe(width);
  });

  it.each([
    ["short", 10, "short"],
    ["exactly", 7, "exactly"],
    ["much too long", 6, "much…"],
    ["日本語テスト", 6, "日本…"],
    ["日本語", 4, "日…"],
    ["anything", 1, "…"],
    ["anything", 0, ""],
  ])("%j cut to %i cells is %j", (text, width, cut) => {
    expect(truncate(text, width)).toBe(cut);
    expect(textWidth(truncate(text, width))).toBeLessThanOrEqual(width);
  });

  it("is what columns are filled up to", () => {
    expect(padTo("日本", 6)).toBe("日本  ");
  });
});
