import { describe, expect, test } from "vitest";
import type { ResourceSpec, SnapshotAbout } from "../../src/records/resource.ts";
import type { Depth, Outputs, ResourceHost, ResourceProvider, Snapshots } from "../../src/resources/resource.ts";
import { Secret } from "../../src/secrets/secret.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { got, TestLedger, testHost } from "./ledger.ts";

/** One kind of resource, as the suite needs it. */
export interface Subject<S extends ResourceSpec> {
  readonly provider: ResourceProvider<S>;
  readonly spec: S;
  /** Keeps a text in it, as a service would; replaces the one before. Left out: it keeps nothing that services write. */
  readonly put?: (outputs: Outputs, text: string) => Promise<void>;
  /** The text that was kept last; `undefined`: none. */
  readonly get?: (outputs: Outputs) => Promise<string | undefined>;
  /** Alters it behind its provider's back, so that `observe` has to tell and `create` to mend it. */
  readonly alter?: (host: ResourceHost, outputs: Outputs) => Promise<void>;
  /** What is on the machine of it, in words; [] when all is gone. */
  readonly left: (host: ResourceHost) => readonly string[];
}

/** What every provider has to do; see `src/resources/resource.ts`. `subject` is called for each test. */
export function describeProvider<S extends ResourceSpec>(name: string, subject: () => Subject<S>): void {
  describe(`${name}: a resource`, () => {
    test("that was never created is absent, has nothing to connect to, and can be destroyed", async () => {
      const { provider, spec, left } = subject();
      await withHost(provider, spec, async (host, ledgerOf) => {
        const ledger = ledgerOf("staging");
        expect(got(await provider.observe(spec, ledger.context(), "whole"))).toEqual({ state: "absent" });
        expect((await provider.connect(spec, ledger.context())).ok).toBe(false);
        got(await provider.destroy(spec, ledger.context()));
        expect(left(host)).toEqual([]);
      });
    });

    test("promise 10: made twice is the same as made once", async () => {
      const { provider, spec } = subject();
      await withHost(provider, spec, async (_host, ledgerOf) => {
        const ledger = ledgerOf("staging");
        const first = await created(provider, spec, ledger);
        const outputs = shown(got(await provider.connect(spec, ledger.context())));
        expect(await created(provider, spec, ledger)).toEqual(first);
        expect(shown(got(await provider.connect(spec, ledger.context())))).toEqual(outputs);
        const observed = got(await provider.observe(spec, ledger.context(), "whole"));
        expect(observed).toMatchObject({ state: "there", deviations: [] });
      });
    });

    test("is written down before anything of it is made, and not made when that is refused", async () => {
      const { provider, spec, left } = subject();
      await withHost(provider, spec, async (host, ledgerOf) => {
        const ledger = ledgerOf("staging");
        ledger.refuseAt = 1;
        expect(await provider.create(spec, ledger.context())).toMatchObject({
          ok: false,
          failures: [{ code: "stale-writer" }],
        });
        expect(ledger.notes).toHaveLength(1);
        expect(left(host)).toEqual([]);
      });
    });

    test("promise 20: is shared by no two environments, and goes without the other one's", async () => {
      const { provider, spec, put, get } = subject();
      await withHost(provider, spec, async (_host, ledgerOf) => {
        const [staging, production] = [ledgerOf("staging"), ledgerOf("production")];
        await Promise.all([created(provider, spec, staging), created(provider, spec, production)]);
        const [one, other] = await Promise.all(
          [staging, production].map(async (ledger) => got(await provider.connect(spec, ledger.context()))),
        );
        await put?.(one!, "of staging");
        expect(await get?.(other!)).toBeUndefined();
        got(await provider.destroy(spec, production.context()));
        expect(await get?.(one!)).toBe(put && "of staging");
        expect(got(await provider.observe(spec, staging.context(), "whole"))).toMatchObject({
          state: "there",
          deviations: [],
        });
      });
    });

    test("promise 10: is gone when it was destroyed, and destroying it again changes nothing", async () => {
      const { provider, spec, left } = subject();
      await withHost(provider, spec, async (host, ledgerOf) => {
        const ledger = ledgerOf("staging");
        await created(provider, spec, ledger);
        got(await provider.destroy(spec, ledger.context()));
        expect(left(host)).toEqual([]);
        got(await provider.destroy(spec, ledger.context()));
        expect(got(await provider.observe(spec, ledger.context(), "whole"))).toEqual({ state: "absent" });
      });
    });

    test("keeps what it has when it is made again, and can be made anew after it was destroyed", async () => {
      const { provider, spec, put, get } = subject();
      await withHost(provider, spec, async (_host, ledgerOf) => {
        const ledger = ledgerOf("staging");
        await created(provider, spec, ledger);
        await put?.(got(await provider.connect(spec, ledger.context())), "kept");
        await created(provider, spec, ledger);
        expect(await get?.(got(await provider.connect(spec, ledger.context())))).toBe(put && "kept");
        got(await provider.destroy(spec, ledger.context()));
        ledger.made = undefined;
        await created(provider, spec, ledger);
        expect(await get?.(got(await provider.connect(spec, ledger.context())))).toBeUndefined();
      });
    });

    test("that was altered says so, and is mended when it is made again", async () => {
      const { provider, spec, alter } = subject();
      if (alter === undefined) return;
      await withHost(provider, spec, async (host, ledgerOf) => {
        const ledger = ledgerOf("staging");
        await created(provider, spec, ledger);
        await alter(host, got(await provider.connect(spec, ledger.context())));
        const observed = got(await provider.observe(spec, ledger.context(), "whole"));
        expect(observed.state === "there" && observed.deviations).not.toEqual([]);
        await created(provider, spec, ledger);
        expect(got(await provider.observe(spec, ledger.context(), "whole"))).toMatchObject({
          state: "there",
          deviations: [],
        });
      });
    });

    test("is seen by a glance as far as that goes, which says what it left out; so is what it keeps", async () => {
      const { provider, spec } = subject();
      await withHost(provider, spec, async (_host, ledgerOf) => {
        const ledger = ledgerOf("staging");
        const look = async (depth: Depth) => got(await provider.observe(spec, ledger.context(), depth));
        expect(await look("glance")).toEqual({ state: "absent" });
        await created(provider, spec, ledger);
        const whole = await look("whole");
        const { bytes, version, settings } = whole as Extract<typeof whole, { state: "there" }>;
        expect(whole).not.toHaveProperty("leftOut");
        const known = { ...(version !== undefined && { version }), ...(settings !== undefined && { settings }) };
        const there = { state: "there", deviations: [], unchecked: [], ...known };
        const leftOut = expect.arrayContaining([expect.any(String)]);
        expect(await look("glance")).toEqual({ ...there, leftOut });
        expect(await look("measure")).toMatchObject({ ...there, ...(bytes !== undefined && { bytes }) });
      });
    });

    test("promise 6: what lets somebody in is in neither the ledger nor what is told", async () => {
      const { provider, spec } = subject();
      await withHost(provider, spec, async (_host, ledgerOf) => {
        const ledger = ledgerOf("staging");
        await created(provider, spec, ledger);
        const outputs = got(await provider.connect(spec, ledger.context()));
        const told = JSON.stringify([ledger.notes, ledger.made, ledger.said]);
        for (const value of Object.values(outputs))
          if (value instanceof Secret) expect(told).not.toContain(value.reveal());
      });
    });
  });

  describeSnapshots(name, subject);
}

function describeSnapshots<S extends ResourceSpec>(name: string, subject: () => Subject<S>): void {
  describe(`${name}: a snapshot`, () => {
    test("brings back what there was then, as often as it is asked to", async () => {
      await withKept(subject(), async ({ snapshots, spec, ledger, put, get }) => {
        const snapshot = await taken(snapshots, spec, ledger, "s1");
        await put("later");
        for (let time = 1; time <= 2; time += 1) {
          got(await snapshots.restore(spec, ledger.context(), snapshot));
          expect(await get()).toBe("first");
          await put("later again");
        }
      });
    });

    test("taken again under its name, as after a kill, is whole and the newer one", async () => {
      await withKept(subject(), async ({ snapshots, spec, ledger, put, get }) => {
        await taken(snapshots, spec, ledger, "s1");
        await put("second");
        const snapshot = await taken(snapshots, spec, ledger, "s1");
        await put("third");
        got(await snapshots.restore(spec, ledger.context(), snapshot));
        expect(await get()).toBe("second");
      });
    });

    test("can be rehearsed, which changes nothing", async () => {
      await withKept(subject(), async ({ snapshots, spec, ledger, put, get, provider }) => {
        const snapshot = await taken(snapshots, spec, ledger, "s1");
        await put("later");
        got(await snapshots.rehearse(spec, ledger.context(), snapshot));
        expect(await get()).toBe("later");
        expect(got(await provider.observe(spec, ledger.context(), "whole"))).toMatchObject({
          state: "there",
          deviations: [],
        });
      });
    });

    test("that is gone restores nothing and takes nothing away", async () => {
      await withKept(subject(), async ({ snapshots, spec, ledger, get }) => {
        const snapshot = await taken(snapshots, spec, ledger, "s1");
        for (let time = 1; time <= 2; time += 1) got(await snapshots.forget(spec, ledger.context(), snapshot.place));
        expect(await snapshots.restore(spec, ledger.context(), snapshot)).toMatchObject({
          ok: false,
          failures: [{ code: "unknown-snapshot" }],
        });
        expect((await snapshots.rehearse(spec, ledger.context(), snapshot)).ok).toBe(false);
        expect(await get()).toBe("first");
      });
    });

    test("of one environment can be restored to another, which owns it then", async () => {
      await withKept(subject(), async ({ snapshots, spec, ledger, provider, ledgerOf, subject: { put, get } }) => {
        const snapshot = await taken(snapshots, spec, ledger, "s1");
        const preview = ledgerOf("preview-1");
        await created(provider, spec, preview);
        got(await snapshots.restore(spec, preview.context(), snapshot));
        const outputs = got(await provider.connect(spec, preview.context()));
        expect(await get!(outputs)).toBe("first");
        await put!(outputs, "of the preview");
        got(await provider.destroy(spec, preview.context()));
      });
    });
  });
}

interface Kept<S extends ResourceSpec> {
  readonly snapshots: Snapshots<S>;
  readonly provider: ResourceProvider<S>;
  readonly spec: S;
  readonly ledger: TestLedger;
  readonly ledgerOf: (environment: string) => TestLedger;
  readonly subject: Subject<S>;
  put(text: string): Promise<void>;
  get(): Promise<string | undefined>;
}

/** A resource that keeps "first". What keeps nothing has no snapshots, and its tests have nothing to do. */
async function withKept<S extends ResourceSpec>(
  subject: Subject<S>,
  work: (kept: Kept<S>) => Promise<void>,
): Promise<void> {
  const { provider, spec, put, get } = subject;
  const { snapshots } = provider;
  if (snapshots === undefined || put === undefined || get === undefined) return;
  await withHost(provider, spec, async (_host, ledgerOf) => {
    const ledger = ledgerOf("staging");
    await created(provider, spec, ledger);
    const outputs = async () => got(await provider.connect(spec, ledger.context()));
    const kept = {
      put: async (text: string) => put(await outputs(), text),
      get: async () => get(await outputs()),
    };
    await kept.put("first");
    await work({ snapshots, provider, spec, ledger, ledgerOf, subject, ...kept });
  });
}

/** Makes it, and keeps in the ledger what there is then. */
export async function created<S extends ResourceSpec>(provider: ResourceProvider<S>, spec: S, ledger: TestLedger) {
  ledger.made = got(await provider.create(spec, ledger.context()));
  return ledger.made;
}

/** Takes a snapshot, as the store would have it. */
export async function taken<S extends ResourceSpec>(
  snapshots: Snapshots<S>,
  spec: S,
  ledger: TestLedger,
  name: string,
): Promise<SnapshotAbout> {
  const snapshot = got(await snapshots.take(spec, ledger.context(), name));
  return { resource: spec.name, at: 0, because: "asked", ...snapshot };
}

/** A host in a folder of its own; whatever was made on it is destroyed afterwards, and its snapshots forgotten. */
export async function withHost<S extends ResourceSpec>(
  provider: ResourceProvider<S>,
  spec: S,
  work: (host: ResourceHost, ledgerOf: (environment: string) => TestLedger) => Promise<void>,
): Promise<void> {
  const host = testHost(tempFolder({}, "state"));
  const ledgers: TestLedger[] = [];
  const places: SnapshotAbout["place"][] = [];
  const ledgerOf = (environment: string) => {
    const ledger = new TestLedger(host, environment);
    ledgers.push(ledger);
    return ledger;
  };
  const { snapshots } = provider;
  const take = snapshots?.take.bind(snapshots);
  if (snapshots !== undefined && take !== undefined) {
    Object.assign(snapshots, {
      take: async (...args: Parameters<typeof take>) => {
        const result = await take(...args);
        if (result.ok) places.push(result.value.place);
        return result;
      },
    });
  }
  try {
    await work(host, ledgerOf);
  } finally {
    const last = ledgers[0];
    if (last !== undefined) for (const place of places) await snapshots?.forget(spec, last.context(), place);
    for (const ledger of ledgers) got(await provider.destroy(spec, ledger.context()));
  }
}

/** Outputs as they are compared: secrets revealed. */
function shown(outputs: Outputs): Readonly<Record<string, string>> {
  const plain = Object.entries(outputs).map(([key, value]) => [key, value instanceof Secret ? value.reveal() : value]);
  return Object.fromEntries(plain);
}
