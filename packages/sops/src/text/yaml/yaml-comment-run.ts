import { columnOf } from "../columns.ts";
import type { Collection, Entry, Span } from "../tree.ts";
import { type CommentPlace, placeIn } from "./yaml-comment-place.ts";

/**
 * Lines of comments behind some content. go-yaml takes some for the foot of what comes before and the rest for the head
 * of what follows: a part ends where an empty line comes or the indentation changes, unless it goes on as far left as
 * what follows. `chain`: the collections around the content before, outermost first.
 */
export function placeRun(text: string, chain: readonly Collection[], run: readonly Span[]): CommentPlace[] {
  return new RunPlacer(text, chain, run).place();
}

/** Comments that head what follows, whatever they look like. */
export function placeHead(text: string, chain: readonly Collection[], run: readonly Span[]): CommentPlace {
  return new RunPlacer(text, chain, run).placeHead();
}

class RunPlacer {
  readonly #text: string;
  readonly #chain: readonly Collection[];
  readonly #run: readonly Span[];
  readonly #columns: readonly number[];
  readonly #indent: number;
  readonly #places: CommentPlace[] = [];
  /** The comments that are not placed yet, by their index in the run. */
  #open: number[] = [];

  constructor(text: string, chain: readonly Collection[], run: readonly Span[]) {
    this.#text = text;
    this.#chain = chain;
    this.#run = run;
    this.#columns = run.map(({ start }) => columnOf(text, start));
    this.#indent = columnOf(text, chain.at(-1)!.start);
  }

  place(): CommentPlace[] {
    const next = this.#next();
    const [first] = this.#run as [Span];
    let isBeforeGap = this.#gapBefore(first.start) === 0;
    for (const [index, { end }] of this.#run.entries()) {
      this.#splitAt(this.#columns[index]!);
      this.#open.push(index);
      const following = this.#run[index + 1]?.start ?? next.offset ?? this.#text.length;
      const hasGap = this.#text.slice(end, following).split("\n").length > 2;
      if (hasGap && isBeforeGap) this.#foot();
      if (hasGap) isBeforeGap = false;
    }
    this.#splitAt(next.column);
    this.#put(this.#collectionOfNext(next));
    return this.#places;
  }

  placeHead(): CommentPlace {
    return placeIn(this.#collectionOfNext(this.#next()), this.#run[0]!.start);
  }

  /** The rest is dedented, and not to where the open comments are: they belong to what comes before. */
  #splitAt(column: number): void {
    const [first] = this.#open;
    if (first === undefined || column >= this.#indent || column === this.#columns[first]) return;
    if (first === 0) this.#put(this.#chain.at(-1)!);
    else this.#dedented(first);
  }

  #foot(): void {
    const [first] = this.#open;
    if (first === undefined) return;
    if (this.#columns[first]! < this.#indent) this.#dedented(first);
    else if (first === 0) this.#put(this.#chain.at(-1)!);
  }

  /** Whatever ends at their column takes them: a mapping does, a list hands them on. */
  #dedented(first: number): void {
    const column = this.#columns[first]!;
    const next = this.#next();
    const at = this.#chain.findLastIndex((one) => columnOf(this.#text, one.start) === column);
    const list = this.#chain[at];
    const goesOn = list?.kind === "list" && next.column === column && this.#collectionOfNext(next) === list;
    const map = this.#chain.slice(0, at + 1).findLast(({ kind }) => kind === "map");
    if (goesOn) this.#putBehindNext(list);
    else this.#put(map ?? this.#collectionOfNext(next));
  }

  /** The list goes on: behind the first scalar of its next item. */
  #putBehindNext(list: Collection): void {
    let place = placeIn(list, this.#run[this.#open[0]!]!.start);
    for (;;) {
      const value = (place.collection.items[place.position] as Entry | undefined)?.value;
      if (value === undefined || value.kind === "scalar" || value.isFlow || value.items.length === 0) break;
      place = { collection: value, position: 0 };
    }
    for (const index of this.#open) this.#places[index] = { ...place, position: place.position + 1 };
    this.#open = [];
  }

  #collectionOfNext({ offset, column }: Next): Collection {
    const candidates = this.#chain.filter((one) => columnOf(this.#text, one.start) === column);
    const isItem = offset !== undefined && /^-(\s|$)/.test(this.#text.slice(offset, offset + 2));
    const fitting = candidates.findLast(({ kind }) => kind === (isItem ? "list" : "map"));
    return fitting ?? candidates.at(-1) ?? this.#chain[0]!;
  }

  #put(collection: Collection): void {
    for (const index of this.#open) this.#places[index] = placeIn(collection, this.#run[index]!.start);
    this.#open = [];
  }

  #next(): Next {
    const found = /\S/g;
    found.lastIndex = this.#run.at(-1)!.end;
    const offset = found.exec(this.#text)?.index;
    // At the end of the text SOPS's own entry follows, or will.
    return { offset, column: offset === undefined ? 0 : columnOf(this.#text, offset) };
  }

  /** How many empty lines come before. */
  #gapBefore(offset: number): number {
    const before = this.#text.slice(0, offset).trimEnd().length;
    return Math.max(0, this.#text.slice(before, offset).split("\n").length - 2);
  }
}

interface Next {
  /** Undefined at the end of the text. */
  readonly offset: number | undefined;
  readonly column: number;
}
