import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach } from "vitest";
import { EnvironmentResources } from "../../src/agent/environments/resources.ts";
import type { FailureCode } from "../../src/errors/codes.ts";
import { failed, ok, type Result } from "../../src/errors/result.ts";
import type { Event } from "../../src/events/event.ts";
import { systemClock } from "../../src/process/clock.ts";
import type { ResourceSpec } from "../../src/records/resource.ts";
import { Providers } from "../../src/resources/registry.ts";
import type { ResourceProvider } from "../../src/resources/resource.ts";
import { redactDeep } from "../../src/secrets/redaction/redact.ts";
import { Secret } from "../../src/secrets/secret.ts";
import { openStore } from "../../src/store/open.ts";
import type { Store } from "../../src/store/store.ts";
import { got, testHost } from "../resources/ledger.ts";
import { tempFolder } from "../support/temp-folder.ts";

export const hour = 60 * 60_000;
/** A folder; `everyMs`: how often it is backed up. */
export const spec = (name: string, everyMs?: number): ResourceSpec => ({
  resource: "folder",
  name,
  backup: { keep: 2, maxAgeMs: 0, ...(everyMs !== undefined && { everyMs }) },
});

const stores: Store[] = [];
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
});

/** Keeps everything in memory, as the real ones do on a disk; its nth call fails. */
export class FakeProvider {
  readonly there = new Map<string, string>();
  readonly saved = new Map<string, string>();
  failAt = Number.POSITIVE_INFINITY;
  /** Why a call fails. */
  code: FailureCode = "resource-unreachable";
  message = "It does not answer";
  /** Every later call fails, too. */
  isBroken = false;
  calls = 0;
  /** Saving and trying wait for it. */
  gate: Promise<void> = Promise.resolve();
  /** The next one who waits there. */
  atGate = Promise.withResolvers<void>();
  /** What came to its end, in this order. */
  readonly done: string[] = [];

  #call(): Result<void> {
    this.calls += 1;
    if (this.isBroken ? this.calls < this.failAt : this.calls !== this.failAt) return ok();
    return failed({ code: this.code, message: this.message });
  }

  readonly provider: ResourceProvider = {
    kind: "folder",
    create: async ({ name }, { note }) => {
      const noted = await note({ name });
      if (!noted.ok) return noted;
      this.there.set(name, this.there.get(name) ?? "");
      const called = this.#call();
      return called.ok ? ok({ name }) : called;
    },
    connect: async ({ name }) => ok({ path: `/${name}`, password: new Secret("long enough") }),
    observe: async ({ name }) =>
      ok(this.there.has(name) ? { state: "there", deviations: [], unchecked: [] } : { state: "absent" }),
    mending: () => [],
    destroy: async ({ name }) => {
      const called = this.#call();
      this.done.push("destroy");
      if (called.ok) this.there.delete(name);
      return called;
    },
    snapshots: {
      take: async ({ name }, _, snapshot) => {
        const called = this.#call();
        if (!called.ok) return called;
        this.atGate.resolve();
        await this.gate;
        this.done.push(`take ${snapshot.split("-").at(-1)}`);
        this.saved.set(snapshot, this.there.get(name)!);
        return ok({ kind: "folder", bytes: 1, place: { kind: "folder", name: snapshot } });
      },
      restore: async ({ name }, _, { place }) => {
        const called = this.#call();
        this.done.push("restore");
        if (called.ok) this.there.set(name, this.saved.get(place.name)!);
        return called;
      },
      rehearse: async () => {
        this.atGate.resolve();
        await this.gate;
        this.done.push("rehearse");
        return this.#call();
      },
      forget: async (_, __, place) => {
        this.saved.delete(place.name);
        return ok();
      },
    },
  };
}

/** An environment with resources of a fake provider, and what was told of it. */
export async function world(fake = new FakeProvider()) {
  const folder = tempFolder({}, "state");
  mkdirSync(join(folder, "snapshots"), { recursive: true });
  const store = got(await openStore(join(folder, "state.db")));
  stores.push(store);
  const lease = got(await store.acquireLease({ environment: "staging", holder: "one", ttlMs: hour }));
  const told: Event[] = [];
  const time = { now: 1_000_000 };
  const table = { folder: () => fake.provider, postgres: () => fake.provider, terraform: () => fake.provider };
  const problems: unknown[] = [];
  const tell = (event: Event) => void told.push(event);
  const open = (by = lease) =>
    new EnvironmentResources({
      world: {
        resources: { host: testHost(folder), providers: new Providers(table) },
        store,
        now: () => time.now,
        clock: systemClock,
        report: (problem) => void problems.push(problem),
      },
      lease: by,
      tell,
      redact: (value) => redactDeep(value, [new Secret("hunter2 hunter2")]),
      signal: new AbortController().signal,
    });
  const ledger = async () => got(await store.resources("staging")).map(({ name }) => name);
  return { fake, store, lease, told, tell, time, open, ledger, resources: open() };
}
