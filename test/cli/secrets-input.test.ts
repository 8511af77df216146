import { describe, expect, it } from "vitest";
import { HiddenInput } from "../../src/cli/ask/hidden-input.ts";

function type(...pieces: string[]): string {
  const input = new HiddenInput();
  for (const piece of pieces) {
    const state = input.push(piece);
    if (state !== "open") return `${state}: ${input.value}`;
  }
  return `open: ${input.value}`;
}

describe("a value that is typed unseen", () => {
  it.each([
    [["abc\r"], "done: abc"],
    [["a", "b", "\n"], "done: ab"],
    [["abx\u007fc\r"], "done: abc"],
    [["ü🗝\u007f\r"], "done: ü"],
    [["wrong\u0015right\r"], "done: right"],
    [["ab\u0003"], "interrupted: ab"],
    [["\u0004"], "interrupted: "],
    [["ab\u0004"], "done: ab"],
    [["ab"], "open: ab"],
    [["\u001b[200~one\rtwo\r\n\u001b[201~\r"], "done: one\ntwo\n"],
    [["\u001b[20", "0~one\r", "two\u001b[20", "1~", "\r"], "done: one\ntwo"],
    [["a\u001b[200~\u0003\u001b[201~b\r"], "done: a\u0003b"],
  ])("%j", (pieces, expected) => {
    expect(type(...pieces)).toBe(expected);
  });
});
