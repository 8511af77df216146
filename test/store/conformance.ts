import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { DeploymentEnd, Lease, ReleaseRecord, Store } from "../../src/store/store.ts";

export interface StoreUnderTest {
  readonly store: Store;
  dispose(): Promise<void>;
}

const release = (hex: string, createdAt: number): ReleaseRecord => ({
  digest: `sha256:${hex.repeat(64)}`,
  createdAt,
  files: 2,
  bytes: 10,
  provenance: { commit: "c0ffee", dirty: false },
});

const end: DeploymentEnd = {
  at: 9,
  outcome: "deployed",
  failures: [],
  members: { members: [], routed: [] },
  serving: 1,
};

/** What every store promises. */
export function describeStore(name: string, create: () => Promise<StoreUnderTest>): void {
  describe(`the ${name} store`, () => {
    let store: Store;
    let dispose: () => Promise<void>;

    beforeEach(async () => {
      const made = await create();
      store = made.store;
      dispose = made.dispose;
    });
    afterEach(() => dispose());

    const lease = async (holder = "one", now = 0, isGone?: (holder: string) => boolean): Promise<Lease> => {
      const taken = await store.acquireLease({
        environment: "staging",
        holder,
        now,
        ttlMs: 100,
        ...(isGone ? { isGone } : {}),
      });
      if (!taken.ok) throw new Error(taken.failures[0]?.message);
      return taken.value;
    };

    test("keeps releases, newest first, and finds them by the beginning of their digest", async () => {
      await store.addRelease(release("a", 1));
      await store.addRelease({ ...release("b", 2), run: "7" });
      await store.addRelease(release("a", 99));
      expect((await store.releases()).map(({ digest, createdAt }) => [digest[7], createdAt])).toEqual([
        ["b", 2],
        ["a", 1],
      ]);
      expect(await store.findReleases("aaa")).toEqual([release("a", 1)]);
      expect(await store.findReleases("sha256:bb")).toEqual([{ ...release("b", 2), run: "7" }]);
      expect(await store.findReleases("c")).toEqual([]);
    });

    test("finds nothing for a prefix with SQL's wildcards", async () => {
      await store.addRelease(release("a", 1));
      expect(await store.findReleases("%")).toEqual([]);
      expect(await store.findReleases("_")).toEqual([]);
    });

    test("quarantines a release and lifts it", async () => {
      await store.addRelease(release("a", 1));
      await store.setQuarantine(release("a", 1).digest, { at: 5, reason: "it was bad" });
      expect((await store.releases())[0]?.quarantine).toEqual({ at: 5, reason: "it was bad" });
      await store.setQuarantine(release("a", 1).digest, undefined);
      expect((await store.releases())[0]?.quarantine).toBeUndefined();
    });

    test("gives an environment to one writer at a time", async () => {
      await lease("one");
      const second = await store.acquireLease({ environment: "staging", holder: "two", now: 50, ttlMs: 100 });
      expect(second).toMatchObject({ ok: false, failures: [{ code: "environment-busy" }] });
    });

    test("gives a lease that ran out, was given back, or whose holder is gone to the next, with a higher token", async () => {
      const first = await lease("one", 0);
      const second = await lease("two", 100);
      await store.releaseLease(second);
      const third = await lease("three", 101);
      const fourth = await lease("four", 102, (holder) => holder === "three");
      const tokens = [first, second, third, fourth].map(({ token }) => token);
      expect(tokens).toEqual(tokens.toSorted((one, other) => one - other));
      expect(new Set(tokens).size).toBe(4);
    });

    test("gives tokens that are higher than those of a store that was lost", async () => {
      const held = await lease("one", 1_700_000_000_000);
      expect(held.token).toBe(1_700_000_000_000);
      expect((await lease("two", 1_700_000_000_001, () => true)).token).toBe(1_700_000_000_001);
    });

    test("gives a deployment a number above one that is in use although it is unknown here", async () => {
      const held = await lease();
      const create = async (above?: number) => {
        const deployment = {
          release: "r",
          kind: "deploy",
          at: 1,
          spec: {},
          ...(above === undefined ? {} : { above }),
        } as const;
        return expectOk(await store.createDeployment(held, deployment)).id;
      };
      expect([await create(), await create(7), await create(3), await create()]).toEqual([1, 8, 9, 10]);
    });

    test("refuses every write of a writer that was replaced", async () => {
      const stale = await lease("one", 0);
      const { id } = expectOk(await store.createDeployment(stale, { release: "r", kind: "deploy", at: 1, spec: {} }));
      await lease("two", 200);
      const refused = { ok: false, failures: [{ code: "stale-writer" }] };
      expect(await store.createDeployment(stale, { release: "r", kind: "deploy", at: 1, spec: {} })).toMatchObject(
        refused,
      );
      expect(await store.appendJournal(stale, id, { at: 1, event: {} })).toMatchObject(refused);
      expect(await store.finishDeployment(stale, id, end)).toMatchObject(refused);
      expect(await store.renewLease(stale, 999)).toMatchObject(refused);
      expect(await store.setStopped(stale, true)).toMatchObject(refused);
      expect(await store.clearEnvironment(stale)).toMatchObject(refused);
      expect(await store.journal(id)).toEqual([]);
      expect((await store.deployment(id))?.end).toBeUndefined();
      await store.releaseLease(stale);
      expect((await store.environment("staging"))?.lease?.holder).toBe("two");
    });

    test("keeps a deployment's journal in the order written", async () => {
      const held = await lease();
      const { id } = expectOk(
        await store.createDeployment(held, { release: "r", kind: "deploy", at: 1, spec: { a: 1 } }),
      );
      for (const step of [1, 2, 3]) expectOk(await store.appendJournal(held, id, { at: step, event: { step } }));
      expect(await store.journal(id)).toEqual([1, 2, 3].map((step) => ({ at: step, event: { step } })));
      expect(await store.unfinishedDeployments()).toMatchObject([{ id, environment: "staging", spec: { a: 1 } }]);
    });

    test("ends a deployment and says what the environment runs from now on", async () => {
      const held = await lease();
      const { id } = expectOk(await store.createDeployment(held, { release: "r", kind: "deploy", at: 1, spec: {} }));
      const members = { members: [{ id: "d1-web-1" }], routed: [] };
      expectOk(await store.finishDeployment(held, id, { ...end, members, serving: id }));
      expect(await store.unfinishedDeployments()).toEqual([]);
      expect(await store.deployment(id)).toMatchObject({ end: { outcome: "deployed", members, serving: id } });
      expect(await store.environment("staging")).toMatchObject({ serving: id, members, stopped: false });
    });

    test("lists deployments newest first, by environment, up to a limit", async () => {
      const held = await lease();
      for (const release of ["a", "b", "c"])
        expectOk(await store.createDeployment(held, { release, kind: "deploy", at: 1, spec: {} }));
      expect((await store.deployments({ limit: 2 })).map(({ release }) => release)).toEqual(["c", "b"]);
      expect(await store.deployments({ environment: "production" })).toEqual([]);
    });

    test("stops, starts and clears an environment; its token and its history stay", async () => {
      const held = await lease();
      const { id } = expectOk(await store.createDeployment(held, { release: "r", kind: "deploy", at: 1, spec: {} }));
      expectOk(await store.finishDeployment(held, id, { ...end, serving: id }));
      expectOk(await store.setStopped(held, true));
      expect(await store.environment("staging")).toMatchObject({ serving: id, stopped: true });
      expectOk(await store.clearEnvironment(held));
      const cleared = await store.environment("staging");
      expect(cleared?.serving).toBeUndefined();
      expect(cleared).toMatchObject({ stopped: false, lease: { token: 1 } });
      expect(await store.deployments()).toHaveLength(1);
    });

    test("keeps incidents, newest first", async () => {
      for (const at of [1, 2, 3]) await store.addIncident({ at, environment: "staging", event: { at } });
      await store.addIncident({ at: 4, environment: "production", event: {} });
      expect((await store.incidents({ environment: "staging", limit: 2 })).map(({ at }) => at)).toEqual([3, 2]);
    });

    test("keeps the newest thousand incidents of each environment", async () => {
      await store.addIncident({ at: 0, environment: "production", event: {} });
      for (let at = 1; at <= 1_005; at += 1) await store.addIncident({ at, environment: "staging", event: {} });
      const kept = await store.incidents({ environment: "staging", limit: 5_000 });
      expect([kept.length, kept[0]?.at, kept.at(-1)?.at]).toEqual([1_000, 1_005, 6]);
      expect(await store.incidents({ environment: "production", limit: 5 })).toHaveLength(1);
    });
  });
}

function expectOk<T>(result: { ok: true; value: T } | { ok: false; failures: readonly { message: string }[] }): T {
  if (!result.ok) throw new Error(result.failures.map(({ message }) => message).join("; "));
  return result.value;
}
