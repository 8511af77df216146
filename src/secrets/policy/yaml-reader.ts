import type { Document, LineCounter, Node, Scalar, YAMLMap, YAMLSeq } from "yaml";
import type { Failure, Location } from "../../errors/failure.ts";

type Yaml = typeof import("yaml");

/** A value in the file, with aliases followed. */
export type Value = Scalar | YAMLMap | YAMLSeq;

const deepestMerge = 10;
/** Aliases can make a small file a huge one. */
const mostSteps = 100_000;

/** Reads what is expected from a YAML file, and keeps every problem with its place. */
export class YamlReader {
  readonly failures: Failure[] = [];
  readonly #yaml: Yaml;
  readonly #document: Document;
  readonly #lines: LineCounter;
  readonly #file: string;
  readonly #text: readonly string[];
  readonly #targets = new Map<unknown, unknown>();
  #steps = 0;

  constructor(yaml: Yaml, file: string, text: string) {
    this.#yaml = yaml;
    this.#file = file;
    this.#text = text.split(/\r?\n/);
    this.#lines = new yaml.LineCounter();
    this.#document = this.#parse(text);
    for (const error of this.#document.errors) this.refuse(`It is not YAML: ${error.code}`, error.pos[0]);
    this.#findTargets();
  }

  /** Like SOPS: only the first of several documents. */
  #parse(text: string): Document {
    const { Document, parseAllDocuments } = this.#yaml;
    try {
      const [first] = parseAllDocuments(text, { lineCounter: this.#lines, prettyErrors: false });
      if (first instanceof Document) return first;
    } catch {
      // The parser throws at what is nested too deeply for it.
      this.refuse("It is not YAML that can be read: it nests too deeply", 0);
    }
    return new Document(null);
  }

  /** What each alias stands for: the last node before it that has its anchor. In one walk for all. */
  #findTargets(): void {
    const anchors = new Map<string, unknown>();
    this.#yaml.visit(this.#document, {
      Value: (_, node) => {
        if (node.anchor !== undefined) anchors.set(node.anchor, node);
      },
      Alias: (_, node) => {
        const target = anchors.get(node.source);
        if (target === undefined) this.refuse("An alias has no anchor before it", node);
        this.#targets.set(node, target);
      },
    });
  }

  /** `undefined`: it has none, or null. */
  get root(): Value | undefined {
    return this.follow(this.#document.contents);
  }

  /** What an alias stands for; null counts as nothing. */
  follow(node: unknown): Value | undefined {
    const yaml = this.#yaml;
    if (++this.#steps > mostSteps) {
      if (this.#steps === mostSteps + 1) this.refuse("Its aliases multiply to too much", node);
      return undefined;
    }
    const target = yaml.isAlias(node) ? this.#targets.get(node) : node;
    if (yaml.isScalar(target)) return target.value === null ? undefined : target;
    return yaml.isMap(target) || yaml.isSeq(target) ? target : undefined;
  }

  /** The members of a mapping, with those that are merged into it (`<<`). Anything else is a problem. */
  mapping(node: unknown, what: string, depth = 0): Map<string, Node> {
    const map = this.follow(node);
    const members = new Map<string, Node>();
    if (map === undefined) return members;
    if (!this.#yaml.isMap(map)) {
      this.refuse(`${what} must be a mapping`, node);
      return members;
    }
    for (const { key, value } of map.items) {
      const name = this.#yaml.isScalar(key) ? String(key.value) : "";
      if (name === "<<" && depth < deepestMerge) {
        for (const merged of this.#mergedInto(value)) {
          for (const [inner, one] of this.mapping(merged, what, depth + 1))
            if (!members.has(inner)) members.set(inner, one);
        }
      } else members.set(name, value as Node);
    }
    return members;
  }

  #mergedInto(value: unknown): readonly unknown[] {
    const followed = this.follow(value);
    return this.#yaml.isSeq(followed) ? followed.items : [value];
  }

  /** The items of a list; nothing for null. Anything else is a problem. */
  list(node: unknown, what: string): readonly unknown[] {
    const list = this.follow(node);
    if (list === undefined) return [];
    if (this.#yaml.isSeq(list)) return list.items;
    this.refuse(`${what} must be a list`, node);
    return [];
  }

  isList(node: unknown): boolean {
    return this.#yaml.isSeq(this.follow(node));
  }

  isMapping(node: unknown): boolean {
    return this.#yaml.isMap(this.follow(node));
  }

  /** A text; like Go's YAML it takes a number or a truth as it is written. `undefined` for null; else a problem. */
  text(node: unknown, what: string): string | undefined {
    const scalar = this.follow(node);
    if (scalar === undefined) return undefined;
    if (this.#yaml.isScalar(scalar)) return typeof scalar.value === "string" ? scalar.value : (scalar.source ?? "");
    this.refuse(`${what} must be a text`, node);
    return undefined;
  }

  number(node: unknown, what: string): number | undefined {
    const scalar = this.follow(node);
    if (scalar === undefined) return undefined;
    if (this.#yaml.isScalar(scalar) && Number.isSafeInteger(scalar.value)) return scalar.value as number;
    this.refuse(`${what} must be a whole number`, node);
    return undefined;
  }

  /** Go's YAML also takes `yes`, `on` and `y` for a truth, when they are not quoted. */
  truth(node: unknown, what: string): boolean {
    const scalar = this.follow(node);
    if (scalar === undefined) return false;
    if (this.#yaml.isScalar(scalar)) {
      if (typeof scalar.value === "boolean") return scalar.value;
      const isPlain = scalar.type === "PLAIN";
      if (isPlain && /^(y|yes|on)$/i.test(String(scalar.value))) return true;
      if (isPlain && /^(n|no|off)$/i.test(String(scalar.value))) return false;
    }
    this.refuse(`${what} must be true or false`, node);
    return false;
  }

  /** `at`: a node or an offset. */
  refuse(message: string, at: unknown, more: Partial<Failure> = {}): void {
    this.failures.push({ code: "secrets-policy", message, location: this.locate(at), ...more });
  }

  locate(at: unknown): Location {
    const offset = typeof at === "number" ? at : ((at as Node | null)?.range?.[0] ?? 0);
    const { line, col } = this.#lines.linePos(offset);
    const place = { file: this.#file, line: Math.max(line, 1), column: Math.max(col, 1) };
    const source = this.#text[place.line - 1];
    // A private key that got into the file is not to be shown as well.
    return source === undefined || /age-secret-key/i.test(source) ? place : { ...place, source };
  }
}
