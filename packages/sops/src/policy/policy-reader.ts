import type { Location, SopsFailure } from "../result.ts";
import { columnOf, lineCounter, lineStart } from "../text/columns.ts";
import { SyntaxProblem } from "../text/problems.ts";
import { type Collection, entriesOf, type ParsedText, type ScalarNode, type TreeNode } from "../text/tree.ts";
import { parseYamlText } from "../text/yaml/yaml-text.ts";

const deepestMerge = 10;
/** Aliases can make a small file a huge one. */
const mostSteps = 100_000;

/** Reads what is expected from a YAML file, and keeps every problem (`policy-invalid`) with its place. */
export class PolicyReader {
  readonly failures: SopsFailure[] = [];
  readonly #file: string;
  readonly #text: string;
  readonly #lineOf: (offset: number) => number;
  readonly #parsed: ParsedText | undefined;
  #steps = 0;

  constructor(file: string, text: string) {
    this.#file = file;
    this.#text = text;
    this.#lineOf = lineCounter(text);
    this.#parsed = this.#parse(text);
  }

  #parse(text: string): ParsedText | undefined {
    try {
      return parseYamlText(text);
    } catch (error) {
      if (!(error instanceof SyntaxProblem)) throw error;
      this.refuse(`It is not YAML that can be read: ${error.message}`, error.offset);
      return undefined;
    }
  }

  /** Like SOPS: only the first of several documents. */
  get root(): Collection | undefined {
    return this.#parsed?.documents[0];
  }

  /** Null counts as nothing. */
  present(node: TreeNode | undefined): TreeNode | undefined {
    if (++this.#steps > mostSteps) {
      if (this.#steps === mostSteps + 1) this.refuse("Its aliases multiply to too much", node);
      return undefined;
    }
    return node?.kind === "scalar" && node.plain.type === "null" ? undefined : node;
  }

  /** The members of a mapping, with those that are merged into it (`<<`). Anything else is a problem. */
  mapping(node: TreeNode | undefined, what: string, depth = 0): Map<string, TreeNode> {
    const map = this.present(node);
    const members = new Map<string, TreeNode>();
    if (map === undefined) return members;
    if (map.kind !== "map") {
      this.refuse(`${what} must be a mapping`, map);
      return members;
    }
    for (const { key = "", value } of entriesOf(map)) {
      if (key !== "<<" || depth >= deepestMerge) {
        members.set(key, value);
        continue;
      }
      for (const merged of value.kind === "list" ? entriesOf(value).map((entry) => entry.value) : [value]) {
        for (const [inner, one] of this.mapping(merged, what, depth + 1))
          if (!members.has(inner)) members.set(inner, one);
      }
    }
    return members;
  }

  /** The items of a list; nothing for null. Anything else is a problem. */
  list(node: TreeNode | undefined, what: string): readonly TreeNode[] {
    const list = this.present(node);
    if (list === undefined) return [];
    if (list.kind === "list") return entriesOf(list).map(({ value }) => value);
    this.refuse(`${what} must be a list`, list);
    return [];
  }

  /** A text; like Go's YAML it takes a number or a truth as it is written. `undefined` for null; else a problem. */
  text(node: TreeNode | undefined, what: string): string | undefined {
    const scalar = this.#scalar(node, `${what} must be a text`);
    if (scalar === undefined) return undefined;
    return scalar.plain.type === "str" ? scalar.plain.text : this.#source(scalar);
  }

  number(node: TreeNode | undefined, what: string): number | undefined {
    const message = `${what} must be a whole number`;
    const scalar = this.#scalar(node, message);
    if (scalar === undefined) return undefined;
    const number = scalar.plain.type === "int" ? Number(scalar.plain.text) : Number.NaN;
    if (Number.isSafeInteger(number)) return number;
    this.refuse(message, node);
    return undefined;
  }

  /** Go's YAML also takes `yes`, `on` and `y` for a truth, when they are not quoted. */
  truth(node: TreeNode | undefined, what: string): boolean {
    const message = `${what} must be true or false`;
    const scalar = this.#scalar(node, message);
    if (scalar === undefined) return false;
    const source = this.#source(scalar);
    if (scalar.plain.type === "bool") return scalar.plain.text === "True";
    if (/^(y|yes|on)$/i.test(source)) return true;
    if (!/^(n|no|off)$/i.test(source)) this.refuse(message, node);
    return false;
  }

  #scalar(node: TreeNode | undefined, problem: string): ScalarNode | undefined {
    const scalar = this.present(node);
    if (scalar === undefined || scalar.kind === "scalar") return scalar;
    this.refuse(problem, scalar);
    return undefined;
  }

  /** As it is written, without a tag or an anchor. */
  #source({ start, end }: ScalarNode): string {
    return this.#text.slice(start, end).replace(/^(?:[&!]\S*\s+)+/, "");
  }

  /** `at`: a node or an offset. */
  refuse(message: string, at: TreeNode | number | undefined, more: Partial<SopsFailure> = {}): void {
    this.failures.push({ code: "policy-invalid", message, file: this.#file, location: this.locate(at), ...more });
  }

  locate(at: TreeNode | number | undefined): Location {
    const offset = typeof at === "number" ? at : (at?.start ?? 0);
    const start = lineStart(this.#text, offset);
    const [source = ""] = /^[^\r\n]*/.exec(this.#text.slice(start, start + mostSource)) ?? [];
    const place = { file: this.#file, line: this.#lineOf(offset), column: columnOf(this.#text, offset) + 1 };
    // A private key that got into the file is not to be shown as well.
    return /age-secret-key/i.test(source) || source.length === mostSource ? place : { ...place, source };
  }
}

/** A longer line is nothing to show. */
const mostSource = 10_000;
