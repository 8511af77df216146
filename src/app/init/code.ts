/** How a project writes its code, as far as it concerns the definition. */
export interface CodeStyle {
  /** What a line may take, in columns. */
  readonly width: number;
  /** One step of indentation: spaces, or a tab. */
  readonly indent: string;
  /** What a tab takes, in columns. */
  readonly tabWidth: number;
  readonly quote: '"' | "'";
  readonly semicolons: boolean;
  readonly trailingCommas: boolean;
  readonly bracketSpacing: boolean;
}

/** A value of the definition before it is laid out. A string stands as it is: a name, a number, a call without breaks. */
export type Code = string | { readonly text: string } | ListCode | ObjectCode | CallCode;

interface ListCode {
  readonly list: readonly Code[];
}

interface ObjectCode {
  readonly object: readonly (Entry | undefined)[];
  /** Each entry on a line of its own, whether they fit in one or not. */
  readonly open?: boolean;
}

interface CallCode {
  readonly call: string;
  readonly with: Code;
}

/** `name: value`, or `name` alone where that is the value. */
export interface Entry {
  readonly name: string;
  readonly value: Code;
  /** Stands at the end of the line. */
  readonly comment?: string;
}

/** A text, in quotes. */
export function text(value: string): Code {
  return { text: value };
}

/** Texts, in a list. */
export function texts(values: readonly string[]): Code {
  return { list: values.map(text) };
}

/**
 * Lays code out as the usual formatters do, so that their checks stay quiet: in one line what fits in it, else each
 * part on its own. `before`: what already stands in the line; `after`: what follows on it.
 */
export class Layout {
  readonly #style: CodeStyle;

  constructor(style: CodeStyle) {
    this.#style = style;
  }

  /** `const name = value;` */
  constant(name: string, value: Code): string {
    return this.statement(`const ${name} = `, value);
  }

  statement(before: string, value: Code): string {
    const end = this.#style.semicolons ? ";" : "";
    return before + this.#print(value, { depth: 0, before: before.length, after: end.length }) + end;
  }

  /** The statement that brings names from a module. */
  imports(module: string, names: readonly string[]): string {
    const keyword = "import";
    const end = ` from ${this.#text(module)}${this.#style.semicolons ? ";" : ""}`;
    const entries = names.map((name): Entry => ({ name, value: name }));
    const inner = this.#print({ object: entries }, { depth: 0, before: keyword.length + 1, after: end.length });
    return [keyword, inner].join(" ") + end;
  }

  /** Lines of at most the width; what is in `remark` cannot end the comment. */
  comment(remark: string): string[] {
    const lines: string[] = [];
    for (const word of oneLine(remark).split(" ")) {
      const last = lines.at(-1);
      if (last !== undefined && last.length + word.length + 1 <= this.#style.width)
        lines[lines.length - 1] = `${last} ${word}`;
      else lines.push(`// ${word}`);
    }
    return lines;
  }

  #print(code: Code, place: Place): string {
    const flat = this.#flat(code);
    if (flat !== undefined && place.before + flat.length + place.after <= this.#style.width) return flat;
    if (typeof code === "string") return code;
    if ("text" in code) return this.#text(code.text);
    if ("call" in code) return `${code.call}(${this.#print(code.with, place)})`;
    return "list" in code ? this.#brokenList(code, place) : this.#block(code, place);
  }

  /** In one line; `undefined` for what must not be. */
  #flat(code: Code): string | undefined {
    if (typeof code === "string") return code;
    if ("text" in code) return this.#text(code.text);
    if ("call" in code) {
      const inner = this.#flat(code.with);
      return inner === undefined ? undefined : `${code.call}(${inner})`;
    }
    const parts = "list" in code ? code.list.map((item) => this.#flat(item)) : this.#flatEntries(code);
    if (parts === undefined || !parts.every((part) => part !== undefined)) return undefined;
    const [open, close] = "list" in code ? "[]" : "{}";
    if (parts.length === 0) return `${open}${close}`;
    const space = "object" in code && this.#style.bracketSpacing ? " " : "";
    return `${open}${space}${parts.join(", ")}${space}${close}`;
  }

  #flatEntries({ object, open }: ObjectCode): (string | undefined)[] | undefined {
    const entries = object.filter((entry) => entry !== undefined);
    if ((open && entries.length > 0) || entries.some(({ comment }) => comment !== undefined)) return undefined;
    return entries.map((entry) => {
      const value = this.#flat(entry.value);
      return value === undefined ? undefined : `${this.#named(entry)}${isShort(entry) ? "" : value}`;
    });
  }

  #brokenList({ list }: ListCode, { depth }: Place): string {
    const inside = this.#margin(depth + 1);
    const lines = list.map((item, index) => {
      const comma = this.#comma(index === list.length - 1);
      return inside.text + this.#print(item, { depth: depth + 1, before: inside.columns, after: 1 }) + comma;
    });
    return `[\n${lines.join("\n")}\n${this.#margin(depth).text}]`;
  }

  #block({ object }: ObjectCode, { depth }: Place): string {
    const inside = this.#margin(depth + 1);
    const entries = object.filter((entry) => entry !== undefined);
    const lines = entries.map((entry, index) => {
      const comma = this.#comma(index === entries.length - 1);
      const comment = entry.comment === undefined ? "" : ` // ${oneLine(entry.comment)}`;
      return `${inside.text}${this.#entry(entry, depth + 1)}${comma}${comment}`;
    });
    return `{\n${lines.join("\n")}\n${this.#margin(depth).text}}`;
  }

  #entry(entry: Entry, depth: number): string {
    const name = this.#named(entry);
    if (isShort(entry)) return name;
    const margin = this.#margin(depth);
    const value = this.#print(entry.value, { depth, before: margin.columns + name.length, after: 1 });
    const isTooLong = margin.columns + name.length + value.length + 1 > this.#style.width;
    // A long text goes on the next line, except after names so short that it would gain nothing.
    const isText = typeof entry.value === "object" && "text" in entry.value;
    if (!isText || !isTooLong || name.length - 2 < this.#style.tabWidth + 3) return name + value;
    return `${name.trimEnd()}\n${this.#margin(depth + 1).text}${value}`;
  }

  #named(entry: Entry): string {
    if (isShort(entry)) return entry.name;
    return `${/^[A-Za-z_$][\w$]*$/.test(entry.name) ? entry.name : this.#text(entry.name)}: `;
  }

  #comma(isLast: boolean): string {
    return isLast && !this.#style.trailingCommas ? "" : ",";
  }

  #margin(depth: number): { readonly text: string; readonly columns: number } {
    const { indent, tabWidth } = this.#style;
    return { text: indent.repeat(depth), columns: depth * (indent === "\t" ? tabWidth : indent.length) };
  }

  /** The other kind of quotes where the text has more of this kind. */
  #text(value: string): string {
    const { quote } = this.#style;
    const other = quote === '"' ? "'" : '"';
    const count = (mark: string) => value.split(mark).length - 1;
    const chosen = count(quote) > count(other) ? other : quote;
    const inner = JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"');
    return chosen + inner.replaceAll(chosen, `\\${chosen}`) + chosen;
  }
}

/** Where in its line a value begins: how deep, after how many columns, and what has to follow. */
interface Place {
  readonly depth: number;
  readonly before: number;
  readonly after: number;
}

function isShort({ name, value }: Entry): boolean {
  return value === name && /^[A-Za-z_$][\w$]*$/.test(name);
}

function oneLine(remark: string): string {
  return remark.replace(/[\p{Cc}\u2028\u2029]+/gu, " ").trim();
}
