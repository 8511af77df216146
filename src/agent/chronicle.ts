import { setTimeout as wait } from "node:timers/promises";
import { failed, ok, type Result } from "../errors/result.ts";
import { unexpectedFailure } from "../errors/unexpected-failure.ts";
import { type Envelope, subjectOf, type Tell } from "../events/envelope.ts";
import { toEnvelope, toNewEvent } from "../records/envelope.ts";
import type { Store } from "../store/store.ts";

export interface ChronicleWorld {
  readonly store: Pick<Store, "appendEvents" | "events" | "highWater">;
  /** The project's name. */
  readonly project: string;
  readonly report: (problem: unknown) => void;
}

/** Something that happened, before it has its number. */
export type Happened = Pick<Envelope, "at" | "by" | "event">;

interface Waiting {
  readonly happened: Happened;
  readonly told: Tell;
}

export interface Follower {
  /** Gets one envelope after the other; the next one once this has resolved, so that nothing piles up. */
  readonly take: (envelope: Envelope) => Promise<void>;
  /** Events that are no longer kept, though they came after what the follower has seen. */
  readonly missed: (count: number) => Promise<void>;
  /** Aborted when nobody listens any more. */
  readonly gone: AbortSignal;
}

const batch = 200;
/** Others write to the same store: what they wrote is looked for so often. */
const lookEveryMs = 1_000;

/**
 * What happens in a project's environments, in one order. There is one of it in an agent; everybody may call `tell` and
 * `follow` at any time.
 *
 * - An event is numbered and kept by the store before anybody is told of it; all are told in the order of the numbers.
 * - Nobody waits for the chronicle: not the one who tells, and not the store for a slow follower. A follower reads from
 *   the store at its own pace and holds no more than a page, so what was kept and what comes have no seam.
 * - A store that refuses (a full disk) keeps nothing from happening. Those who are there are told all the same, under the
 *   last number that was given; whoever comes later does not hear of it.
 * - The events of an environment are told by whoever holds its lease. When the lease is lost they end; what was told before
 *   is kept, for it has happened.
 */
export class Chronicle {
  readonly #world: ChronicleWorld;
  readonly #waiting: Waiting[] = [];
  #writing: Promise<void> | undefined;
  #latest = 0;
  #wake: () => void = () => {};
  #news: Promise<void>;

  constructor(world: ChronicleWorld) {
    this.#world = world;
    this.#news = this.#nextNews();
  }

  /** Keeps it, then tells `told`. */
  tell(happened: Happened, told: Tell): void {
    this.#waiting.push({ happened, told });
    this.#writing ??= this.#write();
  }

  /** Resolves once everything that was told so far has been passed on. */
  async settled(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
  }

  /** The number of the last event that was kept. */
  async latest(): Promise<Result<number>> {
    await this.settled();
    const marks = await this.#world.store.highWater();
    return marks.ok ? ok(marks.value.event) : marks;
  }

  /** What was kept after `seq`, then what comes, until the follower is gone: no gap, and nothing twice. */
  async follow(seq: number, { take, missed, gone }: Follower): Promise<Result<void>> {
    let after = seq;
    while (!gone.aborted) {
      const news = this.#news;
      const page = await this.#world.store.events({ after, limit: batch });
      if (!page.ok) return page;
      if (page.value.missed > 0) await missed(page.value.missed);
      for (const stored of page.value.events) {
        const envelope = toEnvelope(this.#world.project, stored);
        if (!envelope.ok) return envelope;
        if (gone.aborted) return ok();
        await take(envelope.value);
        after = stored.seq;
      }
      if (page.value.events.length === 0) await untilNews(news, gone);
    }
    return ok();
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0) await this.#writeSome();
    // In the same moment in which nothing waits: what is told from now on begins anew.
    this.#writing = undefined;
  }

  async #writeSome(): Promise<void> {
    const some = this.#waiting.splice(0, batch);
    const kept = await this.#keep(some.map(({ happened }) => happened));
    for (const [index, { happened, told }] of some.entries()) {
      this.#latest = kept?.[index] ?? this.#latest;
      told(this.#envelope(happened, this.#latest));
    }
    this.#wake();
    this.#news = this.#nextNews();
  }

  /** The numbers, or `undefined` when the store refused. */
  async #keep(events: readonly Happened[]): Promise<readonly number[] | undefined> {
    const kept = await this.#world.store
      .appendEvents(events.map(toNewEvent))
      .catch((error) => failed(unexpectedFailure(error, "Keeping events")));
    if (kept.ok) return kept.value.map(({ seq }) => seq);
    this.#world.report({ failures: kept.failures });
    return undefined;
  }

  #envelope({ at, by, event }: Happened, seq: number): Envelope {
    const { project } = this.#world;
    return { seq, at, project, subject: subjectOf(event), ...(by === undefined ? {} : { by }), event };
  }

  #nextNews(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}

async function untilNews(news: Promise<void>, gone: AbortSignal): Promise<void> {
  const slept = new AbortController();
  const signal = AbortSignal.any([gone, slept.signal]);
  await Promise.race([news, wait(lookEveryMs, undefined, { signal }).catch(() => {})]);
  slept.abort();
}
