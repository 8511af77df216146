/** A stretch that belongs to secrets; offsets count from the beginning of everything. */
export interface Cover {
  start: number;
  end: number;
  /** Its mark was shown when its first part was let go. */
  marked: boolean;
}

/** The stretches that belong to secrets. Those that overlap are one; two that only touch are two. */
export class Covers {
  #covers: Cover[] = [];
  #isTidy = true;

  get isEmpty(): boolean {
    return this.#covers.length === 0;
  }

  add(start: number, end: number): void {
    this.#covers.push({ start, end, marked: false });
    this.#isTidy = false;
  }

  /** In their order. */
  all(): readonly Cover[] {
    if (!this.#isTidy) this.#tidy();
    return this.#covers;
  }

  /** Where the first one begins. */
  get start(): number | undefined {
    return this.all()[0]?.start;
  }

  forgetUntil(position: number): void {
    if (this.#covers.length > 0) this.#covers = this.all().filter(({ end }) => end > position);
  }

  #tidy(): void {
    const tidy: Cover[] = [];
    for (const cover of this.#covers.sort((a, b) => a.start - b.start)) {
      const last = tidy.at(-1);
      if (last === undefined || last.end <= cover.start) tidy.push(cover);
      else {
        last.end = Math.max(last.end, cover.end);
        last.marked ||= cover.marked;
      }
    }
    this.#covers = tidy;
    this.#isTidy = true;
  }
}
