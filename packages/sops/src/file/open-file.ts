import { fileFailed, ok, type Result, showPath } from "../result.ts";
import { changeText } from "../text/change-text.ts";
import { checkDotenvText } from "../text/dotenv/dotenv-layout.ts";
import { isSamePlain, type Plain, plainBytes, plainText, toPlain } from "../text/plain.ts";
import { ChangeProblem, SyntaxProblem } from "../text/problems.ts";
import { findEntry, type ScalarNode, type TreeNode, walkTree } from "../text/tree.ts";
import { treeValue } from "../text/tree-value.ts";
import { type Contents, plainContents, plaintextOf } from "./contents.ts";
import { newDataKey } from "./data-key.ts";
import type { OpenState } from "./internal-file.ts";
import { decodeText, explain, openLeaf } from "./parse-sops.ts";
import { printFile } from "./print-file.ts";
import type {
  Change,
  KeyPath,
  Leaf,
  LeafType,
  OpenSops,
  PlainValue,
  PrintOptions,
  Recipients,
  Scalar,
  SopsFile,
} from "./types.ts";

/** See `OpenSops`; made by `openSops` and `createSops`. */
export class OpenFile implements OpenSops {
  readonly #state: OpenState;

  constructor(state: OpenState) {
    this.#state = state;
  }

  get file(): SopsFile {
    return this.#state.file;
  }

  get leaves(): readonly Leaf[] {
    const { contents, selection } = this.#state;
    const leaves: Leaf[] = [];
    walkTree(contents.parsed.content, {
      scalar: ({ node, document, path, keys, above }) => {
        const plain = contents.plains[node.index] ?? node.plain;
        if (plain.type === "comment") return;
        const comments = above.map((indices) => indices.map((index) => contents.comments[index] ?? ""));
        const isEncrypted = plain.type !== "null" && selection.encrypts(keys, comments);
        leaves.push({
          path,
          document,
          type: plain.type as LeafType,
          isEncrypted,
          isExposed: false,
          stored: node.plain.text,
          ...openLeaf(plain),
        });
      },
      comment: () => undefined,
    });
    return leaves;
  }

  get(path: KeyPath): PlainValue | undefined {
    const { contents } = this.#state;
    const node = this.#find(path);
    return node === undefined ? undefined : treeValue(node, contents.plains);
  }

  with(changes: readonly Change[]): OpenSops {
    let open: OpenFile = this;
    for (let done = 0; done < changes.length; ) {
      const [next, count] = open.#changed(changes.slice(done) as [Change, ...Change[]]);
      open = next;
      done += count;
    }
    return open;
  }

  plaintext(): Uint8Array {
    const { contents, layout, file } = this.#state;
    if (file.format === "binary") return this.#binary();
    return Buffer.from(plaintextOf(contents, layout), "utf8");
  }

  withPlaintext(bytes: Uint8Array): Result<OpenSops> {
    const { file } = this.#state;
    if (file.format === "binary") return ok(this.#withData(plainBytes("str", bytes)));
    const text = decodeText(file.path, bytes);
    if (!text.ok) return text;
    try {
      const { problem: _, ...state } = this.#state;
      return ok(new OpenFile({ ...state, contents: this.#plainContents(text.value) }));
    } catch (error) {
      return explain(file.path, text.value, error);
    }
  }

  rotated(): OpenSops {
    return this.#derived({ dataKey: newDataKey(), isRekeyed: true });
  }

  withRecipients(recipients: Recipients): OpenSops {
    return this.#derived({ recipients });
  }

  async print(options: PrintOptions): Promise<Result<Uint8Array>> {
    const { problem, file } = this.#state;
    if (problem !== undefined)
      return fileFailed("change-impossible", file.path, "A secrets file cannot hold a change", { cause: problem });
    return printFile(this.#state, options);
  }

  /** With the first of some changes, or with more of them. */
  #changed(changes: readonly [Change, ...Change[]]): [changed: OpenFile, count: number] {
    const { problem, file, contents, layout } = this.#state;
    if (problem !== undefined) return [this, changes.length];
    const [first] = changes;
    try {
      const quick = this.#changedInPlace(first);
      if (quick !== undefined) return [quick, 1];
      if (file.format === "binary") throw new ChangeProblem("a binary file holds nothing but its data");
      const { text, count } = changeText(file.format, layout, plaintextOf(contents, layout), changes);
      return [this.#derived({ contents: this.#plainContents(text) }), count];
    } catch (error) {
      const isKnown = error instanceof ChangeProblem || error instanceof SyntaxProblem;
      if (!isKnown) throw error;
      return [this.#derived({ problem: `${showPath(first.path)}: ${error.message}` }), 1];
    }
  }

  /** A scalar in the place of another: the text of everything else stays as it was. */
  #changedInPlace(change: Change): OpenFile | undefined {
    const { contents, file } = this.#state;
    if ("remove" in change || !isScalar(change.value) || contents.parsed.hasAliases) return undefined;
    const node = this.#find(change.path);
    if (node?.kind !== "scalar") return undefined;
    const plain = this.#fitting(change.value);
    if (file.format === "dotenv") checkDotenvText(plain.text);
    return this.#withScalar(node, plain);
  }

  #fitting(value: Scalar): Plain {
    const isText = this.#state.file.format === "dotenv" || this.#state.file.format === "binary";
    if (!isText || typeof value === "string") return toPlain(value);
    if (value === null) throw new ChangeProblem("the file holds text only");
    return plainText(value instanceof Date ? value.toISOString() : String(value));
  }

  #withScalar(node: ScalarNode, plain: Plain): OpenFile {
    const { contents } = this.#state;
    if (isSamePlain(contents.plains[node.index]!, plain)) return this;
    const plains = contents.plains.with(node.index, plain);
    return this.#derived({ contents: { ...contents, plains } });
  }

  #plainContents(text: string): Contents {
    const { file, layout } = this.#state;
    const contents = plainContents(file.format, layout, text);
    const [own] = contents.parsed.own.flat();
    if (own !== undefined) throw new SyntaxProblem(own.span.start, `the key ${own.key} belongs to SOPS`);
    return contents;
  }

  #find(path: KeyPath): TreeNode | undefined {
    return path.reduce<TreeNode | undefined>(
      (node, step) => findEntry(node, step)?.value,
      this.#state.contents.parsed.content[0],
    );
  }

  #binary(): Uint8Array {
    const node = this.#find(["data"]);
    const plain = node?.kind === "scalar" ? this.#state.contents.plains[node.index] : undefined;
    return plain?.bytes ?? Buffer.from(plain?.text ?? "", "utf8");
  }

  #withData(plain: Plain): OpenFile {
    const node = this.#find(["data"]);
    return node?.kind === "scalar"
      ? this.#withScalar(node, plain)
      : this.#derived({ problem: "there is no data in it" });
  }

  #derived(change: Partial<OpenState>): OpenFile {
    return new OpenFile({ ...this.#state, ...change });
  }
}

function isScalar(value: PlainValue): value is Scalar {
  return value === null || typeof value !== "object" || value instanceof Date;
}
