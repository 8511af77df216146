import { locateFailure } from "./locate-failure.ts";
import { longestMessage, longestText, type Place } from "./test-result.ts";

/**
 * The block between `---` and `...` behind a result. It is YAML, of which only what reporters write is understood: keys
 * with a value on their line or indented below it. Nothing is evaluated.
 */
export class Diagnosis {
  #indent: number | undefined;
  #isOver = false;
  #text = "";

  /** Whether the line belongs to the diagnosis. */
  take(line: string): boolean {
    if (this.#isOver) return false;
    const body = line.trim();
    const indent = line.length - line.trimStart().length;
    if (this.#indent === undefined) {
      this.#isOver = body !== "---" || indent < 2;
      this.#indent = indent;
      return !this.#isOver;
    }
    if (body === "..." && indent <= this.#indent) this.#isOver = true;
    else if (this.#text.length < longestText) this.#text += `${line.slice(this.#indent)}\n`;
    return true;
  }

  get durationMs(): number | undefined {
    const value = Number(this.#value("duration_ms") ?? Number.NaN);
    return Number.isFinite(value) && value >= 0 ? value : undefined;
  }

  get message(): string {
    const message = this.#value("error") ?? this.#value("message") ?? "";
    return message.trim().slice(0, longestMessage);
  }

  get place(): Place | undefined {
    const location = this.#value("location") ?? this.#value("at") ?? "";
    const [, file, line] = /^(.+?):(\d{1,7})(?::\d+)?$/.exec(location) ?? [];
    const own = file ?? this.#value("fileName") ?? this.#value("file");
    const number = Number(line ?? this.#value("lineNumber") ?? this.#value("line") ?? Number.NaN);
    const known = own?.replace(/^file:\/\//, "");
    const stack = locateFailure(this.#text, { file: known, line: undefined, classname: "" });
    if (known === undefined) return stack;
    if (stack?.line !== undefined && stack.file.endsWith(known)) return { file: known, line: stack.line };
    return { file: known, ...(Number.isSafeInteger(number) && { line: number }) };
  }

  /** The value of the first such key at any depth, without its quotes; of a block (`|-`), its lines. */
  #value(key: string): string | undefined {
    const lines = this.#text.split("\n");
    const start = lines.findIndex((line) => line.trimStart().startsWith(`${key}:`));
    if (start === -1) return undefined;
    const first = lines[start]!;
    const value = first.slice(first.indexOf(":") + 1).trim();
    if (!/^[|>][-+]?$/.test(value)) return value === "" ? undefined : unquoted(value);
    const indent = first.length - first.trimStart().length;
    const end = lines.findIndex(
      (line, at) => at > start && line.trim() !== "" && line.length - line.trimStart().length <= indent,
    );
    const block = lines.slice(start + 1, end === -1 ? undefined : end);
    return block.map((line) => line.trim()).join("\n");
  }
}

function unquoted(value: string): string {
  const [, quote, inner] = /^(["'])(.*)\1$/.exec(value) ?? [];
  if (quote === undefined) return value;
  return quote === "'" ? inner!.replaceAll("''", "'") : inner!.replace(/\\(["\\])/g, "$1").replaceAll("\\n", "\n");
}
