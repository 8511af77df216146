import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Chronicle } from "../../src/agent/chronicle.ts";
import { failed, ok } from "../../src/errors/result.ts";
import type { Actor } from "../../src/events/actor.ts";
import type { Envelope } from "../../src/events/envelope.ts";
import type { Event } from "../../src/events/event.ts";
import { openSqliteStore } from "../../src/store/sqlite/open.ts";
import type { Store } from "../../src/store/store.ts";
import { tempFolder } from "../support/temp-folder.ts";

const ada: Actor = { user: "ada", host: "tower", git: { name: "Ada" }, via: "cli" };
const lost = (number: number): Event => ({
  type: "instanceStopped",
  environment: "staging",
  instance: `d${number}-web-1`,
  how: "asked",
});
const numberOf = ({ event }: Envelope) => ("instance" in event ? Number(/\d+/.exec(event.instance)?.[0]) : 0);

let store: Store;
let problems: unknown[];

beforeEach(async () => {
  const opened = await openSqliteStore(join(tempFolder(), "state.db"));
  if (!opened.ok) throw new Error(JSON.stringify(opened.failures));
  store = opened.value;
  problems = [];
});

afterEach(async () => store.close());

const chronicle = (over: Partial<Pick<Store, "appendEvents" | "events">> = {}) => {
  const { appendEvents, events, highWater } = store;
  const own = { appendEvents: appendEvents.bind(store), events: events.bind(store), highWater: highWater.bind(store) };
  return new Chronicle({ store: { ...own, ...over }, project: "small", report: (problem) => problems.push(problem) });
};

/** Takes until it has so many, then hangs up. */
async function follow(from: Chronicle, after: number, wanted: number, before: () => Promise<void> = async () => {}) {
  const gone = new AbortController();
  const seen: Envelope[] = [];
  const followed = await from.follow(after, {
    take: async (envelope) => {
      await before();
      seen.push(envelope);
      if (seen.length === wanted) gone.abort();
    },
    missed: async () => {},
    gone: gone.signal,
  });
  return { seen, followed };
}

describe("what happens in an environment", () => {
  test("is numbered, kept and told in one order, with its time, its subject and who asked", async () => {
    const own = chronicle();
    const told: Envelope[] = [];
    for (const number of [1, 2, 3]) own.tell({ at: number, event: lost(number), by: ada }, (one) => told.push(one));
    expect(told).toEqual([]);
    await own.settled();
    expect(told.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(told[0]).toEqual({
      seq: 1,
      at: 1,
      project: "small",
      subject: { kind: "environment", name: "staging" },
      by: ada,
      event: lost(1),
    });
    expect((await follow(own, 0, 3)).seen).toEqual(told);
    expect(await own.latest()).toEqual(ok(3));
  });

  test("is told to whoever is there although the store refuses; the store is told of no more than once for it", async () => {
    const refusal = { code: "no-space", message: "The disk is full" } as const;
    const own = chronicle({ appendEvents: async () => failed(refusal) });
    const told: Envelope[] = [];
    own.tell({ at: 1, event: lost(1) }, (one) => told.push(one));
    await own.settled();
    expect(told).toHaveLength(1);
    expect(problems).toEqual([{ failures: [refusal] }]);
  });
});

describe("a follower", () => {
  test("sees what was kept and what comes, without a gap and nothing twice, wherever it begins", async () => {
    const own = chronicle();
    const all = 500;
    for (let number = 1; number <= all / 2; number += 1) own.tell({ at: 1, event: lost(number) }, () => {});
    const followers = [0, 1, 100, 249, 250].map((after) => follow(own, after, all - after));
    for (let number = all / 2 + 1; number <= all; number += 1) {
      own.tell({ at: 1, event: lost(number) }, () => {});
      if (number % 50 === 0) await own.settled();
    }
    for (const [index, { seen }] of (await Promise.all(followers)).entries()) {
      const after = [0, 1, 100, 249, 250][index]!;
      expect(seen.map(({ seq }) => seq)).toEqual(Array.from({ length: all - after }, (_, i) => after + i + 1));
      expect(seen.map(numberOf)).toEqual(seen.map(({ seq }) => seq));
    }
  });

  test("that hangs up and comes back with its last number has seen everything once", async () => {
    const own = chronicle();
    const first = follow(own, 0, 7);
    for (let number = 1; number <= 20; number += 1) own.tell({ at: 1, event: lost(number) }, () => {});
    const before = (await first).seen;
    const other = await follow(own, 0, 20);
    const after = await follow(own, before.at(-1)!.seq, 13);
    expect([...before, ...after.seen]).toEqual(other.seen);
  });

  test("that reads slowly is waited for, and no more than a page is read ahead of it", async () => {
    let asked = 0;
    const own = chronicle({
      events: async (filter) => {
        asked += 1;
        return store.events(filter);
      },
    });
    for (let number = 1; number <= 1_000; number += 1) own.tell({ at: 1, event: lost(number) }, () => {});
    await own.settled();
    const gate = Promise.withResolvers<void>();
    const slow = follow(own, 0, 1_000, () => gate.promise);
    expect((await follow(own, 0, 1_000)).seen).toHaveLength(1_000);
    const askedByOther = 5;
    expect(asked).toBe(askedByOther + 1);
    gate.resolve();
    expect((await slow).seen).toHaveLength(1_000);
  });

  test("hears also of what another process has kept", async () => {
    const own = chronicle();
    const followed = follow(own, 0, 1);
    const elsewhere = chronicle();
    elsewhere.tell({ at: 1, event: lost(1) }, () => {});
    expect((await followed).seen.map(numberOf)).toEqual([1]);
  });

  test("promise 21: is told that an event is of a newer version, and gets nothing after it", async () => {
    const own = chronicle();
    own.tell({ at: 1, event: lost(1) }, () => {});
    await own.settled();
    const newer = { v: 1, type: "instanceEvicted", environment: "staging" };
    await store.appendEvents([{ at: 2, subject: { kind: "environment", name: "staging" }, event: newer }]);
    own.tell({ at: 3, event: lost(3) }, () => {});
    const { seen, followed } = await follow(own, 0, 3);
    expect(seen.map(numberOf)).toEqual([1]);
    expect(followed).toMatchObject({ failures: [{ code: "state-newer" }] });
  });
});
