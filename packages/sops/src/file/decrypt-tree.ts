import type { ParsedFile } from "../text/parsed-file.ts";
import { type Plain, plainText } from "../text/plain.ts";
import { aadOf, type CommentNode, type ScalarNode, type Visit, walkTree } from "../text/tree.ts";
import { decryptValue, type EncryptedValue, parseEncrypted } from "./cipher.ts";
import { Mac } from "./mac.ts";
import { Reuse } from "./reuse.ts";
import type { Selection } from "./selector.ts";

/** Everything that a file says, and the MAC of it. */
export interface DecryptedTree {
  /** By the index of scalars. */
  readonly plains: readonly Plain[];
  /** By the index of comments; one that cannot be decrypted is taken as it is, as SOPS does. */
  readonly comments: readonly string[];
  readonly mac: string;
  readonly reuse: Reuse;
}

/** The first value that is not as it was encrypted, or is not encrypted at all. */
export interface DecryptProblem {
  readonly visit: Visit<ScalarNode>;
  readonly reason: "not-encrypted" | "not-authentic";
}

interface Context {
  readonly selection: Selection;
  readonly key: Uint8Array;
  readonly macOnlyEncrypted: boolean;
}

/** Source: getsops/sops `sops.go`, `Tree.Decrypt`. */
export function decryptTree(parsed: ParsedFile, context: Context): DecryptedTree | DecryptProblem {
  return new Decryption(parsed, context).run();
}

class Decryption {
  readonly #parsed: ParsedFile;
  readonly #context: Context;
  readonly #mac: Mac;
  readonly #reuse = new Reuse();
  readonly #plains: Plain[];
  readonly #comments: string[];
  readonly #places: (readonly string[])[] = [];
  readonly #openComments: {
    readonly visit: Visit<CommentNode>;
    readonly place: number;
    readonly value: EncryptedValue;
  }[] = [];
  #problem: DecryptProblem | undefined;

  constructor(parsed: ParsedFile, context: Context) {
    this.#parsed = parsed;
    this.#context = context;
    this.#mac = new Mac(context.macOnlyEncrypted);
    this.#plains = parsed.scalars.map(({ plain }) => plain);
    this.#comments = parsed.comments.map(({ text }) => text);
  }

  run(): DecryptedTree | DecryptProblem {
    walkTree(this.#parsed.content, {
      scalar: (visit) => this.#scalar(visit),
      comment: (visit) => this.#comment(visit),
    });
    if (this.#problem !== undefined) return this.#problem;
    for (const { visit, place, value } of this.#openComments) this.#openComment(visit, place, value);
    return { plains: this.#plains, comments: this.#comments, mac: this.#mac.digest(), reuse: this.#reuse };
  }

  #scalar(visit: Visit<ScalarNode>): void {
    const { node, keys } = visit;
    this.#places.push(keys);
    const isEncrypted = node.plain.type !== "null" && this.#context.selection.encrypts(keys, this.#above(visit));
    const plain = isEncrypted ? this.#decrypt(visit) : node.plain;
    if (plain === undefined) return;
    this.#plains[node.index] = plain;
    this.#mac.add(plain, isEncrypted);
  }

  #decrypt(visit: Visit<ScalarNode>): Plain | undefined {
    const { type, text } = visit.node.plain;
    if (type === "str" && text === "") return plainText("");
    const value = type === "str" ? parseEncrypted(text) : undefined;
    const aad = aadOf(visit.keys);
    const plain = value === undefined ? undefined : decryptValue(value, this.#context.key, aad);
    if (plain === undefined)
      this.#problem ??= { visit, reason: value === undefined ? "not-encrypted" : "not-authentic" };
    else this.#reuse.remember(aad, plain, text);
    return plain;
  }

  #comment(visit: Visit<CommentNode>): void {
    const value = parseEncrypted(visit.node.text);
    if (value === undefined || !this.#context.selection.encryptsComment(visit.keys, this.#above(visit))) return;
    this.#openComments.push({ visit, place: this.#places.length, value });
  }

  /** Which collection a comment is in is a matter of taste where it stands between two: those around are tried, too. */
  #openComment({ node, keys }: Visit<CommentNode>, place: number, value: EncryptedValue): void {
    const around = [this.#places[place - 1] ?? [], this.#places[place] ?? []];
    const candidates = [keys, ...around.flatMap((path) => path.map((_, length) => path.slice(0, length)))];
    for (const aad of new Set(candidates.map(aadOf))) {
      const plain = decryptValue(value, this.#context.key, aad);
      if (plain === undefined || plain.bytes !== undefined || /[\r\n]/.test(plain.text)) continue;
      this.#comments[node.index] = plain.text;
      this.#reuse.remember(aad, { type: "comment", text: plain.text }, node.text);
      return;
    }
  }

  #above(visit: Visit<ScalarNode | CommentNode>): readonly (readonly string[])[] {
    return visit.above.map((indices) => indices.map((index) => this.#parsed.comments[index]?.text ?? ""));
  }
}
