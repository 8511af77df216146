import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { gitEnd, startGit } from "./git-process.ts";

/** What git keeps. */
export type ObjectType = "blob" | "tree" | "commit" | "tag";

/** Takes the content of an object in pieces, which stay as they are. */
export interface ObjectReader {
  push(bytes: Uint8Array): void;
  end(): void;
}

/**
 * Reads objects one after the other, as git has them, whatever their size. `open` says who takes an object; nobody takes
 * one for which it answers `undefined`. The ids go through a pipe. @throws GitError
 */
export async function readObjects(
  folder: string,
  ids: AsyncIterable<string> | Iterable<string>,
  open: (id: string, type: ObjectType, size: number) => ObjectReader | undefined,
): Promise<void> {
  const child = startGit(folder, ["cat-file", "--batch", "--buffer"]);
  const end = gitEnd(child);
  const asked = pipeline(Readable.from(lines(ids)), child.stdin);
  // They are waited for below, in an order of their own.
  for (const one of [end, asked]) one.catch(() => undefined);
  const splitter = new BatchSplitter(open);
  try {
    for await (const bytes of child.stdout) splitter.push(bytes as Buffer);
    // Why git ended says more than that nobody took what it was asked.
    await end;
    await asked;
  } finally {
    child.kill();
  }
}

async function* lines(ids: AsyncIterable<string> | Iterable<string>): AsyncGenerator<string> {
  let batch = "";
  for await (const id of ids) {
    batch += `${id}\n`;
    if (batch.length < 16_384) continue;
    yield batch;
    batch = "";
  }
  if (batch !== "") yield batch;
}

const newline = 10;

/** Cuts `<id> <type> <size>\n<content>\n` … into objects (git-cat-file, "Batch output"). */
class BatchSplitter {
  readonly #open: (id: string, type: ObjectType, size: number) => ObjectReader | undefined;
  #header = Buffer.alloc(0);
  #reader: ObjectReader | undefined;
  /** Bytes of the object's content that are still to come, and the line end behind them; 0: a header comes. */
  #left = 0;

  constructor(open: (id: string, type: ObjectType, size: number) => ObjectReader | undefined) {
    this.#open = open;
  }

  push(bytes: Buffer): void {
    let at = 0;
    while (at < bytes.length) at = this.#left > 0 ? this.#content(bytes, at) : this.#headerLine(bytes, at);
  }

  #content(bytes: Buffer, at: number): number {
    const end = Math.min(bytes.length, at + this.#left);
    const contentEnd = Math.min(end, at + this.#left - 1);
    if (contentEnd > at) this.#reader?.push(bytes.subarray(at, contentEnd));
    this.#left -= end - at;
    if (this.#left === 0) this.#reader?.end();
    return end;
  }

  #headerLine(bytes: Buffer, at: number): number {
    const end = bytes.indexOf(newline, at);
    this.#header = Buffer.concat([this.#header, bytes.subarray(at, end === -1 ? bytes.length : end)]);
    if (end === -1) return bytes.length;
    const [id = "", type = "", size] = this.#header.toString("latin1").split(" ");
    this.#header = Buffer.alloc(0);
    // "missing": a shallow or partial clone does not have it.
    if (size === undefined) return end + 1;
    this.#left = Number(size) + 1;
    this.#reader = this.#open(id, type as ObjectType, Number(size));
    return end + 1;
  }
}
