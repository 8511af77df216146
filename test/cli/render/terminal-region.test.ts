import { describe, expect, it } from "vitest";
import { TerminalRegion } from "../../../src/cli/render/terminal-region.ts";
import type { Writer } from "../../../src/cli/writer.ts";
import { textWriter } from "./text-writer.ts";

/** As much of a terminal as the region uses: rows, a cursor, wrapping. */
class Screen {
  readonly rows: string[] = [""];
  columns = 20;
  #row = 0;

  feed(text: string): void {
    const [plain = "", ...sequences] = text.split("\u001b[");
    for (const character of plain) this.#put(character);
    for (const sequence of sequences) {
      const [, code = "", rest = ""] = /^([?\d]*[A-Za-z])(.*)$/s.exec(sequence) ?? [];
      this.#control(code);
      for (const character of rest) this.#put(character);
    }
  }

  #control(code: string): void {
    if (code.endsWith("A")) this.#row = Math.max(0, this.#row - Number.parseInt(code, 10));
    if (code === "2K") this.rows[this.#row] = "";
    if (code === "J") this.rows.splice(this.#row, Number.POSITIVE_INFINITY, "");
  }

  #put(character: string): void {
    if (character === "\r") return;
    if (character === "\n") this.#row++;
    else this.rows[this.#row] += character;
    this.rows[this.#row] ??= "";
  }
}

function terminal(columns = 20): { readonly screen: Screen; readonly region: TerminalRegion; readonly writer: Writer } {
  const screen = new Screen();
  const writer = textWriter({ isTTY: true, columns, write: (text) => screen.feed(text.toString()) });
  return { screen, region: new TerminalRegion(writer), writer };
}

describe("the region that is redrawn", () => {
  it("replaces what it drew and keeps what was printed above", () => {
    const { screen, region } = terminal();
    region.draw([], ["one", "two"]);
    region.draw(["done"], ["three"]);
    region.draw([], ["four", "five", "six"]);
    expect(screen.rows).toEqual(["done", "four", "five", "six", ""]);
    region.close();
    expect(screen.rows).toEqual(["done", ""]);
  });

  it("starts anew after it was closed", () => {
    const { screen, region } = terminal();
    region.draw([], ["one"]);
    region.close();
    region.draw([], ["two"]);
    region.close();
    expect(screen.rows).toEqual([""]);
  });
});
