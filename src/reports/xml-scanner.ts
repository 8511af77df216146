/**
 * What a scanner finds, in the order of the text. Names and values are as written, entities resolved; elements come
 * without the prefix of their namespace.
 */
export interface XmlListener {
  open(name: string, attributes: ReadonlyMap<string, string>): void;
  close(name: string): void;
  /** A piece of text: of one text there may be several, none longer than a chunk that was written. */
  text(piece: string): void;
}

export interface XmlOptions {
  /** Whether `<!DOCTYPE name SYSTEM "…">` is passed over. It is never fetched, and may never declare anything. */
  readonly allowsDoctype: boolean;
}

const limits = { depth: 100, tag: 1 << 20, attributes: 200, doctype: 4096 };

const entities: ReadonlyMap<string, string> = new Map([
  ["amp", "&"],
  ["lt", "<"],
  ["gt", ">"],
  ["quot", '"'],
  ["apos", "'"],
]);

/** The longest entity there is: `&#x10FFFF;`. */
const longestEntity = 12;

type State = "content" | "comment" | "instruction" | "cdata";

const ends = { comment: "-->", instruction: "?>", cdata: "]]>" } as const;

/**
 * Reads XML as reports use it, piece by piece, holding no more than one tag: a text of any length is passed on as it
 * comes. There are no entities but the five of XML and numbers, so that nothing can be expanded or fetched; depth and
 * size of tags are bounded. It is as strict as it must be to notice a report that was cut off, and forgives characters
 * that XML forbids, which many reporters let through from coloured output.
 */
export class XmlScanner {
  readonly #listener: XmlListener;
  readonly #allowsDoctype: boolean;
  readonly #open: string[] = [];
  #rest = "";
  #state: State = "content";
  #hasRoot = false;

  constructor(listener: XmlListener, { allowsDoctype }: XmlOptions) {
    this.#listener = listener;
    this.#allowsDoctype = allowsDoctype;
  }

  /** @throws an error whose message completes "The report cannot be read:". */
  write(chunk: string): void {
    const text = this.#rest + chunk;
    let at = 0;
    for (let next = this.#step(text, at); next > at; next = this.#step(text, at)) at = next;
    this.#rest = text.slice(at);
    if (this.#rest.length > limits.tag) throw new Error(`One of its tags is longer than ${limits.tag} characters`);
  }

  /** Call when all was written. @throws when something is still open, or there was no element. */
  end(): void {
    if (this.#state === "content" && !this.#rest.startsWith("<")) this.#pass(this.#rest);
    else throw new Error("It ends in the middle of a tag: unclosed");
    const open = this.#open.at(-1);
    if (open !== undefined) throw new Error(`It ends early: ${shown(open)} is unclosed`);
    if (!this.#hasRoot) throw new Error("It has no element");
  }

  /** Where to go on; `at` itself when more text is needed. */
  #step(text: string, at: number): number {
    if (at >= text.length) return at;
    if (this.#state !== "content") return this.#skipTo(text, at, ends[this.#state]);
    return text[at] === "<" ? this.#markup(text, at) : this.#plain(text, at);
  }

  #plain(text: string, at: number): number {
    const end = text.indexOf("<", at);
    if (end !== -1) {
      this.#pass(text.slice(at, end));
      return end;
    }
    const ampersand = text.lastIndexOf("&");
    const isCut = ampersand >= at && text.length - ampersand < longestEntity && !text.includes(";", ampersand);
    const safe = isCut ? ampersand : text.length;
    this.#pass(text.slice(at, safe));
    return safe;
  }

  #pass(text: string): void {
    if (text === "") return;
    if (this.#open.length > 0) this.#listener.text(resolveEntities(text));
    else if (text.replace("\ufeff", "").trim() !== "")
      throw new Error("It is not XML: there is text around the element");
  }

  /** Passes over a comment or an instruction, and passes the text of a CDATA section on. */
  #skipTo(text: string, at: number, end: string): number {
    const found = text.indexOf(end, at);
    const until = found === -1 ? Math.max(at, text.length - end.length + 1) : found;
    if (this.#state === "cdata" && until > at) this.#listener.text(text.slice(at, until));
    if (found === -1) return until;
    this.#state = "content";
    return found + end.length;
  }

  #markup(text: string, at: number): number {
    if (text.startsWith("<!--", at)) return this.#enter("comment", at + 4);
    if (text.startsWith("<?", at)) return this.#enter("instruction", at + 2);
    if (text.startsWith("<![CDATA[", at)) {
      if (this.#open.length === 0) throw new Error("It is not XML: there is text around the element");
      return this.#enter("cdata", at + 9);
    }
    if (text.startsWith("<!", at)) return this.#declaration(text, at);
    const end = endOfTag(text, at);
    if (end === -1) return at;
    const tag = text.slice(at + 1, end);
    if (tag.startsWith("/")) this.#close(tag.slice(1).trim());
    else this.#tag(tag);
    return end + 1;
  }

  #enter(state: State, at: number): number {
    this.#state = state;
    return at;
  }

  /** The whole of `<!…` may not have come yet: then it could still be a comment. */
  #declaration(text: string, at: number): number {
    if ("<![CDATA[".startsWith(text.slice(at)) || "<!--".startsWith(text.slice(at))) return at;
    const end = text.indexOf(">", at);
    const declaration = text.slice(at, end === -1 ? undefined : end);
    const isPlain = !declaration.includes("[") && declaration.length < limits.doctype && !this.#hasRoot;
    if (!this.#allowsDoctype || !isPlain) throw new Error("It declares a document type, which reports do not need");
    return end === -1 ? at : end + 1;
  }

  #tag(tag: string): void {
    const isEmpty = tag.endsWith("/");
    const { name, attributes } = parseTag(isEmpty ? tag.slice(0, -1) : tag);
    if (this.#open.length === 0 && this.#hasRoot) throw new Error("It has more than one root element");
    if (this.#open.length >= limits.depth)
      throw new Error(`Its elements are nested more than ${limits.depth} levels deep`);
    this.#hasRoot = true;
    this.#open.push(name);
    this.#listener.open(localName(name), attributes);
    if (isEmpty) this.#close(name);
  }

  #close(name: string): void {
    const open = this.#open.pop();
    if (open !== name) throw new Error(`It closes ${shown(name)}, but ${shown(open ?? "nothing")} is open`);
    this.#listener.close(localName(name));
  }
}

/** `ns:testsuite` → `testsuite`. */
function localName(name: string): string {
  return name.slice(name.lastIndexOf(":") + 1);
}

/** The position of the `>` that ends the tag, or -1. A `>` in a quoted value does not. */
function endOfTag(text: string, at: number): number {
  for (let from = at + 1; ; ) {
    const end = text.indexOf(">", from);
    if (end === -1) return -1;
    const quote = firstQuote(text, from, end);
    if (quote === -1) return end;
    const closing = text.indexOf(text[quote]!, quote + 1);
    if (closing === -1) return -1;
    from = closing + 1;
  }
}

function firstQuote(text: string, from: number, end: number): number {
  for (let at = from; at < end; at++) if (text[at] === '"' || text[at] === "'") return at;
  return -1;
}

const nameForm = /^[^\s"'<>/=&]{1,256}/;
const attributeForm = /\s+([^\s"'<>/=]{1,256})\s*=\s*(?:"([^"]*)"|'([^']*)')/y;

function parseTag(tag: string): { readonly name: string; readonly attributes: Map<string, string> } {
  const name = nameForm.exec(tag)?.[0];
  if (name === undefined) throw new Error(`It is not XML: <${shown(tag)}`);
  const attributes = new Map<string, string>();
  let at = name.length;
  attributeForm.lastIndex = at;
  for (let found = attributeForm.exec(tag); found !== null; found = attributeForm.exec(tag)) {
    if (attributes.size >= limits.attributes)
      throw new Error(`One of its tags has more than ${limits.attributes} attributes`);
    attributes.set(found[1]!, resolveEntities(found[2] ?? found[3] ?? ""));
    at = attributeForm.lastIndex;
  }
  if (tag.slice(at).trim() !== "") throw new Error(`It is not XML: <${shown(tag)}>`);
  return { name, attributes };
}

function resolveEntities(text: string): string {
  if (!text.includes("&")) return text;
  return text.replace(/&([^;&<\s]{0,10};)?/g, (whole, named: string | undefined) => {
    if (named === undefined) throw new Error("It contains an & that does not begin an entity");
    const name = named.slice(0, -1);
    const known = entities.get(name) ?? numbered(name);
    if (known === undefined) throw new Error(`It names an entity that does not exist: ${shown(whole)}`);
    return known;
  });
}

/** `#65` and `#x41` → "A". What is no character becomes the replacement character. */
function numbered(name: string): string | undefined {
  const [, hexadecimal, decimal] = /^#(?:x([0-9a-fA-F]+)|([0-9]+))$/.exec(name) ?? [];
  if (hexadecimal === undefined && decimal === undefined) return undefined;
  const code = hexadecimal === undefined ? Number(decimal) : Number.parseInt(hexadecimal, 16);
  return code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff) ? String.fromCodePoint(code) : "\ufffd";
}

function shown(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
