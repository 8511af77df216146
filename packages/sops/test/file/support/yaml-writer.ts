import type { PlainValue } from "../../../src/file/types.ts";
import type { Random } from "./random.ts";

const comments = [" a comment", "no space", " sops:enc", " sops:plain", "# two", " ünïcödé", " key: value", ""];

/** Writes a mapping as people do: with comments everywhere, blank lines, all styles of scalars and indentation. */
export class YamlWriter {
  readonly #random: Random;
  readonly #indent: number;
  readonly #lines: string[] = [];

  constructor(random: Random) {
    this.#random = random;
    this.#indent = random.pick([2, 2, 4, 3]);
  }

  write(value: ReadonlyMap<string, PlainValue>): string {
    if (this.#random.chance(0.3)) this.#comment(0);
    if (this.#random.chance(0.1)) this.#lines.push("---");
    this.#map(value, 0, "");
    if (this.#random.chance(0.3)) this.#comment(0);
    return this.#lines.map((line) => `${line}\n`).join("");
  }

  #map(value: ReadonlyMap<string, PlainValue>, column: number, lead: string): void {
    let first = lead;
    for (const [key, child] of value) {
      if (first === "") this.#above(column);
      const name =
        /^[a-zA-Z_][\w-]*$/.test(key) && !/^(y|n|yes|no|on|off|true|false|null)$/i.test(key)
          ? key
          : JSON.stringify(key);
      this.#entry(`${first === "" ? " ".repeat(column) : first}${name}:`, child, column, false);
      first = "";
      if (this.#random.chance(0.1)) this.#comment(column);
    }
  }

  #list(value: readonly PlainValue[], column: number, lead: string): void {
    let first = lead;
    for (const child of value) {
      if (first === "") this.#above(column);
      this.#entry(`${first === "" ? " ".repeat(column) : first}-`, child, column, true);
      first = "";
    }
  }

  #entry(lead: string, value: PlainValue, column: number, isItem: boolean): void {
    const isNested = value instanceof Map ? value.size > 0 : Array.isArray(value) && value.length > 0;
    if (!isNested || this.#random.chance(0.15)) {
      this.#leaf(lead, value, column);
      return;
    }
    const isList = Array.isArray(value);
    const inner = column + (isItem ? 2 : isList && this.#random.chance(0.3) ? 0 : this.#indent);
    if (isItem && this.#random.chance(0.7)) {
      if (isList) this.#list(value as readonly PlainValue[], inner, `${lead} `);
      else this.#map(value as ReadonlyMap<string, PlainValue>, inner, `${lead} `);
      return;
    }
    this.#lines.push(lead + this.#inline(0.15));
    if (isList) this.#list(value as readonly PlainValue[], inner, "");
    else this.#map(value as ReadonlyMap<string, PlainValue>, inner, "");
  }

  #leaf(lead: string, value: PlainValue, column: number): void {
    if (
      typeof value === "string" &&
      this.#random.chance(0.3) &&
      /^[^\s\p{C}\u2028\u2029][^\p{C}\u2028\u2029]*$/u.test(value.replaceAll("\n", "")) &&
      !/^\s|\n\s/.test(value)
    ) {
      const keep = value.endsWith("\n\n") ? "+" : value.endsWith("\n") ? "" : "-";
      const body = " ".repeat(column + this.#indent);
      this.#lines.push(`${lead} |${keep}${this.#inline(0.1)}`);
      for (const line of value.replace(/\n$/, "").split("\n")) this.#lines.push(line === "" ? "" : body + line);
      return;
    }
    this.#lines.push(`${lead}${printFlow(value, this.#random)}${this.#inline(0.15)}`);
  }

  #above(column: number): void {
    if (this.#random.chance(0.1)) this.#lines.push("");
    while (this.#random.chance(0.2)) this.#comment(column);
    if (this.#random.chance(0.05)) this.#lines.push("");
  }

  #comment(column: number): void {
    this.#lines.push(`${" ".repeat(column)}#${this.#random.pick(comments)}`);
  }

  #inline(probability: number): string {
    return this.#random.chance(probability) ? ` #${this.#random.pick(comments)}` : "";
  }
}

function printFlow(value: PlainValue, random: Random): string {
  if (value === null) return random.pick(["", " null", " ~", " Null"]);
  const printed = printValue(value, random);
  return ` ${printed}`;
}

function printValue(value: PlainValue, random: Random): string {
  if (value === null) return "null";
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Map)
    return `{${[...value].map(([key, child]) => `${quote(key)}: ${printValue(child, random)}`).join(", ")}}`;
  if (Array.isArray(value)) return `[${value.map((child) => printValue(child as PlainValue, random)).join(", ")}]`;
  if (typeof value === "boolean") return random.pick(value ? ["true", "True", "TRUE"] : ["false", "False", "FALSE"]);
  if (typeof value === "bigint")
    return value >= 0n
      ? random.pick([
          `${value}`,
          `+${value}`,
          `0x${value.toString(16)}`,
          `0o${value.toString(8)}`,
          `0b${value.toString(2)}`,
        ])
      : `${value}`;
  if (typeof value === "number") return Number.isInteger(value) && Math.abs(value) < 1e15 ? `${value}.0` : `${value}`;
  const text = String(value);
  if (/^[\x20-\x7e]*$/.test(text) && random.chance(0.3)) return `'${text.replaceAll("'", "''")}'`;
  return quote(text);
}

function quote(text: string): string {
  return JSON.stringify(text).replaceAll(
    /[\u007f-\u009f\u2028\u2029\ufeff]/g,
    (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
