import { setImmediate as nextTurn } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Result } from "../../src/errors/result.ts";
import { hashOf } from "../../src/store/audit.ts";
import type { DeploymentEnd, Lease, LeaseRequest, NewRelease, Store } from "../../src/store/store.ts";

export interface StoreUnderTest {
  readonly store: Store;
  /** Another connection to the same database; of the same project unless one is named. */
  connect(project?: string): Promise<Store>;
  /** Closes all of them. */
  dispose(): Promise<void>;
}

const release = (hex: string, createdAt = 1): NewRelease => ({
  digest: `sha256:${hex.repeat(64)}`,
  createdAt,
  files: 2,
  bytes: 10,
  provenance: { commit: "c0ffee", dirty: false },
});

const deployment = (digest = "r") => ({ release: digest, kind: "deploy", at: 1, spec: {} }) as const;

const end: DeploymentEnd = {
  at: 9,
  outcome: "deployed",
  failures: [],
  members: { members: [], routed: [] },
  serving: 1,
};

const stale = { ok: false, failures: [{ code: "stale-writer" }] };

/** What every store promises. */
export function describeStore(name: string, create: () => Promise<StoreUnderTest>): void {
  describe(`the ${name} store`, () => {
    let store: Store;
    let connect: StoreUnderTest["connect"];
    let dispose: () => Promise<void>;

    beforeEach(async () => {
      const made = await create();
      store = made.store;
      connect = (project) => made.connect(project);
      dispose = () => made.dispose();
    });
    afterEach(() => dispose());

    const request = (holder = "one", also: Partial<LeaseRequest> = {}): LeaseRequest => ({
      environment: "staging",
      holder,
      ttlMs: 60_000,
      ...also,
    });
    const lease = async (holder?: string, also?: Partial<LeaseRequest>): Promise<Lease> =>
      expectOk(await store.acquireLease(request(holder, also)));
    const goneIs =
      (...gone: string[]) =>
      (holder: string) =>
        gone.includes(holder);

    describe("the audit log", () => {
      const action = (name: string, more: object = {}) => ({ at: 5, action: name, ...more });
      const log = async (of: Store = store) => expectOk(await of.audit({ after: 0, limit: 100 }));
      const entries = async () => (await log()).links.map(({ entry }) => JSON.parse(entry) as { action: string });

      test("is a chain: each entry has the digest of the one before, the first has none, the head is the last", async () => {
        expect(await log()).toEqual({ links: [] });
        await store.appendActions([action("stop", { by: { user: "ada" }, environment: "staging" }), action("start")]);
        await store.appendActions([]);
        await store.appendActions([action("deploy", { deployment: 7 })]);
        const { links, head } = await log();
        for (const { hash, entry } of links) expect(hash).toBe(hashOf(entry));
        expect(links.map(({ entry }) => JSON.parse(entry))).toEqual([
          { v: 1, seq: 1, at: 5, action: "stop", by: { user: "ada" }, environment: "staging" },
          { v: 1, seq: 2, at: 5, action: "start", previous: links[0]!.hash },
          { v: 1, seq: 3, at: 5, action: "deploy", deployment: 7, previous: links[1]!.hash },
        ]);
        expect(head).toMatchObject({ seq: 3, hash: links[2]!.hash });
        expect(expectOk(await store.audit({ after: 1, limit: 1 })).links).toEqual([links[1]]);
      });

      test("is one chain, also when several append at once", async () => {
        const others = await Promise.all([connect(), connect()]);
        await Promise.all(
          [store, ...others].map((one, index) => one.appendActions([action(`a${index}`), action("b")])),
        );
        const { links, head } = await log();
        expect(links.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6]);
        for (const [index, { entry }] of links.entries())
          expect(JSON.parse(entry).previous).toBe(links[index - 1]?.hash);
        expect(head).toMatchObject({ seq: 6 });
      });

      test("is each project's own", async () => {
        const other = await connect("another project");
        await other.appendActions([action("theirs")]);
        await store.appendActions([action("ours")]);
        expect(await entries()).toMatchObject([{ action: "ours", seq: 1 }]);
      });

      test("has an action if and only if the write that it is was done", async () => {
        const held = await lease();
        await store.addRelease(release("a"));
        const created = expectOk(await store.createDeployment(held, { ...deployment("r"), action: action("deploy") }));
        await store.appendJournal(held, created.id, { at: 1, event: {}, action: action("pause") });
        await store.setQuarantine(`sha256:${"a".repeat(64)}`, { at: 1, reason: "" }, { action: action("quarantine") });
        await store.setPin(`sha256:${"a".repeat(64)}`, undefined, { action: action("unpin") });
        await store.finishDeployment(held, created.id, { ...end, action: action("end") });
        const subject = { kind: "environment", name: "staging" };
        const kept = expectOk(
          await store.appendEvents([
            { at: 1, subject, event: { a: 1 } },
            { at: 1, subject, event: {}, action: action("exec") },
          ]),
        );
        expect(kept[1]).toEqual({ seq: 2, at: 1, subject, event: {} });
        const done = ["deploy", "pause", "quarantine", "unpin", "end", "exec"];
        expect((await entries()).map((entry) => entry.action)).toEqual(done);
        expect((await entries())[0]).toMatchObject({ deployment: created.id });

        await lease("two", { isGone: goneIs("one") });
        expect(await store.createDeployment(held, { ...deployment("r"), action: action("deploy") })).toMatchObject(
          stale,
        );
        expect(
          await store.appendJournal(held, created.id, { at: 1, event: {}, action: action("abort") }),
        ).toMatchObject(stale);
        expect(await store.finishDeployment(held, created.id, { ...end, action: action("end") })).toMatchObject(stale);
        expect((await entries()).map((entry) => entry.action)).toEqual(done);
      });
    });

    describe("releases", () => {
      const latest = async () => expectOk(await store.releases()).map(({ digest }) => digest[7]);

      test("are found by the beginning of their digest", async () => {
        await store.addRelease(release("a"));
        await store.addRelease({ ...release("b", 2), run: "7" });
        expect(expectOk(await store.findReleases("aaa"))).toEqual([{ ...release("a"), made: 1 }]);
        expect(expectOk(await store.findReleases("sha256:bb"))).toEqual([{ ...release("b", 2), run: "7", made: 2 }]);
        expect(expectOk(await store.findReleases("c"))).toEqual([]);
        expect(expectOk(await store.findReleases("%"))).toEqual([]);
        expect(expectOk(await store.findReleases("_"))).toEqual([]);
      });

      test("stand in the order of their making, whatever the clock said", async () => {
        for (const [hex, createdAt] of [
          ["a", 30],
          ["b", 10],
          ["c", 20],
        ] as const)
          await store.addRelease(release(hex, createdAt));
        expect(await latest()).toEqual(["c", "b", "a"]);
      });

      test("are the latest again when they are made again, and otherwise as they were", async () => {
        await store.addRelease(release("a", 1));
        await store.setQuarantine(release("a").digest, { at: 5, reason: "it was bad" });
        await store.addRelease(release("b", 2));
        const again = expectOk(await store.addRelease({ ...release("a", 99), files: 7 }));
        expect(again).toMatchObject({ createdAt: 1, files: 2, made: 3, quarantine: { reason: "it was bad" } });
        expect(await latest()).toEqual(["a", "b"]);
      });

      test("know the last deployment that shipped them; a rollback ships nothing", async () => {
        await store.addRelease(release("a"));
        const held = await lease();
        const { digest } = release("a");
        const shipped = async () => expectOk(await store.releases())[0]?.shipped;
        expect(await shipped()).toBeUndefined();
        await store.createDeployment(held, deployment(digest));
        await store.createDeployment(held, { ...deployment(digest), kind: "promote" });
        await store.createDeployment(held, { ...deployment(digest), kind: "rollback" });
        expect(await shipped()).toBe(2);
      });

      test("are quarantined and pinned, by somebody and for a reason, until that is lifted", async () => {
        await store.addRelease(release("a"));
        const { digest } = release("a");
        const by = { user: "ann" };
        expectOk(await store.setQuarantine(digest, { at: 5, reason: "it was bad", by }));
        expectOk(await store.setPin(digest, { at: 6, reason: "the last good one", by }));
        expect(expectOk(await store.releases())[0]).toMatchObject({
          quarantine: { at: 5, reason: "it was bad", by },
          pinned: { at: 6, reason: "the last good one", by },
        });
        expectOk(await store.setQuarantine(digest, undefined));
        expectOk(await store.setPin(digest, { at: 7 }));
        expect(expectOk(await store.releases())[0]).toEqual({ ...release("a"), made: 1, pinned: { at: 7 } });
        expectOk(await store.setPin(digest, undefined));
        expect(expectOk(await store.releases())[0]).toEqual({ ...release("a"), made: 1 });
      });
    });

    describe("leases", () => {
      test("give an environment to one writer at a time", async () => {
        await lease("one");
        expect(await store.acquireLease(request("two"))).toMatchObject({
          ok: false,
          failures: [{ code: "environment-busy" }],
        });
      });

      test("that ran out, were given back, or whose holder is gone go to the next, with a higher token", async () => {
        const first = await lease("one", { ttlMs: 0 });
        const second = await lease("two");
        expectOk(await store.releaseLease(second));
        const third = await lease("three");
        const fourth = await lease("four", { isGone: goneIs("three") });
        expectGrowing([first, second, third, fourth].map(({ token }) => token));
      });

      test("that are renewed run from then on, by the store's own clock", async () => {
        const held = await lease("one", { ttlMs: 0 });
        expectOk(await store.renewLease(held, 60_000));
        expect(await store.acquireLease(request("two"))).toMatchObject({ ok: false });
        expectOk(await store.renewLease(held, 0));
        await lease("two");
      });

      test("that ran out are still good for writing while nobody else has taken over", async () => {
        const held = await lease("one", { ttlMs: 0 });
        expectOk(await store.createDeployment(held, deployment()));
      });

      test("have tokens that are higher than those of a store that was lost", async () => {
        const { token } = await lease();
        expect(token).toBeGreaterThan(1_700_000_000_000);
      });

      test("that were replaced write nothing any more", async () => {
        const old = await lease("one", { ttlMs: 0 });
        const { id } = expectOk(await store.createDeployment(old, deployment()));
        await lease("two");
        expect(await store.createDeployment(old, deployment())).toMatchObject(stale);
        expect(await store.appendJournal(old, id, { at: 1, event: {} })).toMatchObject(stale);
        expect(await store.finishDeployment(old, id, end)).toMatchObject(stale);
        expect(await store.renewLease(old, 999)).toMatchObject(stale);
        expect(await store.setStopped(old, true)).toMatchObject(stale);
        expect(await store.clearEnvironment(old)).toMatchObject(stale);
        expect(expectOk(await store.journal(id))).toEqual([]);
        expect(expectOk(await store.deployment(id))?.end).toBeUndefined();
        expectOk(await store.releaseLease(old));
        expect(expectOk(await store.environment("staging"))?.lease?.holder).toBe("two");
      });
    });

    describe("deployments", () => {
      test("get numbers above one that is in use although it is unknown here", async () => {
        const held = await lease();
        const create = async (above?: number) =>
          expectOk(await store.createDeployment(held, { ...deployment(), ...(above === undefined ? {} : { above }) }))
            .id;
        expect([await create(), await create(7), await create(3), await create()]).toEqual([1, 8, 9, 10]);
      });

      test("keep their journal in the order written", async () => {
        const held = await lease();
        const spec = { a: 1 };
        const { id } = expectOk(await store.createDeployment(held, { ...deployment(), spec }));
        for (const step of [1, 2, 3]) expectOk(await store.appendJournal(held, id, { at: step, event: { step } }));
        expect(expectOk(await store.journal(id))).toEqual([1, 2, 3].map((step) => ({ at: step, event: { step } })));
        expect(expectOk(await store.unfinishedDeployments())).toMatchObject([{ id, environment: "staging", spec }]);
      });

      test("know who asked for them", async () => {
        const by = { user: "ann", host: "laptop" };
        const { id } = expectOk(await store.createDeployment(await lease(), { ...deployment(), by }));
        expect(expectOk(await store.deployment(id))?.by).toEqual(by);
      });

      test("that end say what the environment runs from now on", async () => {
        const held = await lease();
        const { id } = expectOk(await store.createDeployment(held, deployment()));
        const members = { members: [{ id: "d1-web-1" }], routed: [] };
        expectOk(await store.finishDeployment(held, id, { ...end, members, serving: id }));
        expect(expectOk(await store.unfinishedDeployments())).toEqual([]);
        const ended = { outcome: "deployed", members, serving: id };
        expect(expectOk(await store.deployment(id))).toMatchObject({ end: ended });
        expect(expectOk(await store.environment("staging"))).toMatchObject({ serving: id, members, stopped: false });
      });

      test("are listed newest first, by environment, up to a limit", async () => {
        const held = await lease();
        for (const digest of ["a", "b", "c"]) expectOk(await store.createDeployment(held, deployment(digest)));
        const listed = expectOk(await store.deployments({ limit: 2 }));
        expect(listed.map((one) => one.release)).toEqual(["c", "b"]);
        expect(expectOk(await store.deployments({ environment: "production" }))).toEqual([]);
      });

      test("that are not there are undefined", async () => {
        expect(expectOk(await store.deployment(7))).toBeUndefined();
        expect(expectOk(await store.environment("nowhere"))).toBeUndefined();
        expect(expectOk(await store.journal(7))).toEqual([]);
      });
    });

    describe("environments", () => {
      test("are stopped, started and cleared; their token and their history stay", async () => {
        const held = await lease();
        const { id } = expectOk(await store.createDeployment(held, deployment()));
        expectOk(await store.finishDeployment(held, id, { ...end, serving: id }));
        expectOk(await store.setStopped(held, true));
        expect(expectOk(await store.environment("staging"))).toMatchObject({ serving: id, stopped: true });
        expectOk(await store.clearEnvironment(held));
        const cleared = expectOk(await store.environment("staging"));
        expect(cleared?.serving).toBeUndefined();
        expect(cleared).toMatchObject({ stopped: false, lease: { token: held.token } });
        expect(expectOk(await store.deployments())).toHaveLength(1);
      });

      test("are listed by name, in the order of code units", async () => {
        for (const environment of ["b", "B", "ä", "a"]) await lease("one", { environment });
        expect(expectOk(await store.environments()).map(({ name }) => name)).toEqual(["B", "a", "b", "ä"]);
      });
    });

    describe("what is known of an environment", () => {
      const about = async () => expectOk(await store.environment("staging"))?.about;

      test("comes back as it was given, and stays when what it serves is forgotten", async () => {
        const held = await lease();
        expect(await about()).toBeUndefined();
        const document = { v: 1, owner: "ann", nested: [{ ü: null }] };
        expectOk(await store.describeEnvironment(held, document));
        expectOk(await store.clearEnvironment(held));
        expect(await about()).toEqual(document);
        expect(expectOk(await store.environments())[0]?.about).toEqual(document);
        expectOk(await store.describeEnvironment(held, undefined));
        expect(await about()).toBeUndefined();
        expect(expectOk(await store.environments())[0]).not.toHaveProperty("about");
      });

      test("promise 16: is not changed by a stale writer", async () => {
        const old = await lease("one");
        expectOk(await store.describeEnvironment(old, { owner: "ann" }));
        await lease("two", { isGone: goneIs("one") });
        expect(await store.describeEnvironment(old, undefined)).toMatchObject(stale);
        expect(await about()).toEqual({ owner: "ann" });
      });
    });

    describe("the ledger of resources", () => {
      const names = async (environment?: string) =>
        expectOk(await store.resources(environment)).map((one) => `${one.environment}/${one.name}`);

      test("has what was written last, by environment and name in the order of code units", async () => {
        const held = await lease();
        const away = await lease("one", { environment: "production" });
        for (const name of ["b", "B", "ä", "a"]) expectOk(await store.setResource(held, name, { state: "creating" }));
        expectOk(await store.setResource(away, "db", { state: "ready" }));
        expectOk(await store.setResource(held, "a", { state: "ready", made: { port: 1 } }));
        const all = ["production/db", "staging/B", "staging/a", "staging/b", "staging/ä"];
        expect(await names()).toEqual(all);
        expect(await names("staging")).toEqual(all.slice(1));
        expect(await names("nowhere")).toEqual([]);
        expect(expectOk(await store.resources("staging"))[1]).toEqual({
          environment: "staging",
          name: "a",
          document: { state: "ready", made: { port: 1 } },
        });
      });

      test("loses exactly what is struck out, once or twice", async () => {
        const held = await lease();
        const away = await lease("one", { environment: "production" });
        for (const one of [held, away]) expectOk(await store.setResource(one, "db", {}));
        expectOk(await store.removeResource(held, "db"));
        expectOk(await store.removeResource(held, "db"));
        expectOk(await store.removeResource(held, "other"));
        expect(await names()).toEqual(["production/db"]);
      });

      test("stays when what the environment serves is forgotten", async () => {
        const held = await lease();
        expectOk(await store.setResource(held, "db", {}));
        expectOk(await store.clearEnvironment(held));
        expect(await names()).toEqual(["staging/db"]);
      });

      test("promise 16: is not changed by a stale writer", async () => {
        const old = await lease("one");
        expectOk(await store.setResource(old, "db", { state: "creating" }));
        await lease("two", { isGone: goneIs("one") });
        expect(await store.setResource(old, "db", { state: "ready" })).toMatchObject(stale);
        expect(await store.setResource(old, "other", {})).toMatchObject(stale);
        expect(await store.removeResource(old, "db")).toMatchObject(stale);
        expect(expectOk(await store.resources())).toEqual([
          { environment: "staging", name: "db", document: { state: "creating" } },
        ]);
      });
    });

    describe("snapshots", () => {
      const listed = async (environment?: string) =>
        expectOk(await store.snapshots(environment)).map((one) => [one.id, one.environment, one.document]);

      test("are numbered over all environments, newest first; a number is never given twice", async () => {
        const held = await lease();
        const away = await lease("one", { environment: "production" });
        expect(expectOk(await store.addSnapshot(held, { at: 1 }))).toBe(1);
        expect(expectOk(await store.addSnapshot(away, { at: 2 }))).toBe(2);
        expect(expectOk(await store.addSnapshot(held, { at: 3 }))).toBe(3);
        expect(await listed()).toEqual([
          [3, "staging", { at: 3 }],
          [2, "production", { at: 2 }],
          [1, "staging", { at: 1 }],
        ]);
        expectOk(await store.removeSnapshot(held, 3));
        expectOk(await store.removeSnapshot(held, 3));
        expect(expectOk(await store.addSnapshot(held, { at: 4 }))).toBe(4);
        expect(await listed("staging")).toEqual([
          [4, "staging", { at: 4 }],
          [1, "staging", { at: 1 }],
        ]);
      });

      test("are known anew, and those of other environments are not touched", async () => {
        const held = await lease();
        const away = await lease("one", { environment: "production" });
        const id = expectOk(await store.addSnapshot(held, { at: 1 }));
        expectOk(await store.setSnapshot(held, id, { at: 1, rehearsed: { ok: true } }));
        expectOk(await store.setSnapshot(away, id, { at: 9 }));
        expectOk(await store.removeSnapshot(away, id));
        expect(await listed()).toEqual([[id, "staging", { at: 1, rehearsed: { ok: true } }]]);
      });

      test("promise 16: are not changed by a stale writer", async () => {
        const old = await lease("one");
        const id = expectOk(await store.addSnapshot(old, { at: 1 }));
        await lease("two", { isGone: goneIs("one") });
        expect(await store.addSnapshot(old, { at: 2 })).toMatchObject(stale);
        expect(await store.setSnapshot(old, id, { at: 2 })).toMatchObject(stale);
        expect(await store.removeSnapshot(old, id)).toMatchObject(stale);
        expect(await listed()).toEqual([[id, "staging", { at: 1 }]]);
      });
    });

    describe("incidents", () => {
      test("are kept, newest first", async () => {
        for (const at of [1, 2, 3]) await store.addIncident({ at, environment: "staging", event: { at } });
        await store.addIncident({ at: 4, environment: "production", event: {} });
        const kept = expectOk(await store.incidents({ environment: "staging", limit: 2 }));
        expect(kept.map(({ at }) => at)).toEqual([3, 2]);
      });

      test("are kept up to a thousand for each environment", async () => {
        await store.addIncident({ at: 0, environment: "production", event: {} });
        for (let at = 1; at <= 1_005; at += 1) await store.addIncident({ at, environment: "staging", event: {} });
        const kept = expectOk(await store.incidents({ environment: "staging", limit: 5_000 }));
        expect([kept.length, kept[0]?.at, kept.at(-1)?.at]).toEqual([1_000, 1_005, 6]);
        expect(expectOk(await store.incidents({ environment: "production", limit: 5 }))).toHaveLength(1);
      });
    });

    describe("events", () => {
      const about = (kind: string, name: string) => ({ kind, name });
      const happened = (index: number, subject = about("environment", "staging")) => ({
        at: index,
        subject,
        event: { index },
      });

      test("are numbered over all subjects and read on from any number", async () => {
        const by = { user: "ann" };
        const subject = { ...about("task", "build"), run: "7" };
        const first = expectOk(await store.appendEvents([happened(1), { ...happened(2, subject), by }]));
        expect(first.map(({ seq }) => seq)).toEqual([1, 2]);
        expectOk(await store.appendEvents([]));
        expectOk(await store.appendEvents([happened(3)]));
        expect(expectOk(await store.events({ after: 0, limit: 9 }))).toEqual({
          events: [
            { seq: 1, ...happened(1) },
            { seq: 2, ...happened(2, subject), by },
            { seq: 3, ...happened(3) },
          ],
          missed: 0,
        });
        expect(expectOk(await store.events({ after: 1, limit: 1 })).events.map(({ seq }) => seq)).toEqual([2]);
        expect(expectOk(await store.events({ after: 3, limit: 9 }))).toEqual({ events: [], missed: 0 });
      });

      test("are read by what they are about", async () => {
        const subjects = [about("environment", "a"), about("environment", "b"), about("run", "a")];
        await store.appendEvents(subjects.map((subject, index) => happened(index, subject)));
        const seqs = async (subject: { kind: string; name?: string }) =>
          expectOk(await store.events({ after: 0, limit: 9, subject })).events.map(({ seq }) => seq);
        expect(await seqs({ kind: "environment", name: "a" })).toEqual([1]);
        expect(await seqs({ kind: "environment" })).toEqual([1, 2]);
        expect(await seqs({ kind: "run" })).toEqual([3]);
      });

      test("are kept up to ten thousand; who comes later is told how many were missed", async () => {
        const many = Array.from({ length: 4_000 }, (_, index) => happened(index));
        for (let times = 0; times < 3; times += 1) expectOk(await store.appendEvents(many));
        const late = expectOk(await store.events({ after: 5, limit: 1 }));
        expect(late).toMatchObject({ missed: 1_995, events: [{ seq: 2_001 }] });
        expect(expectOk(await store.events({ after: 2_000, limit: 1 })).missed).toBe(0);
        const none = await store.events({ after: 5, limit: 1, subject: about("run", "1") });
        expect(expectOk(none)).toEqual({ events: [], missed: 1_995 });
      });

      test("that two writers append at once have no gap, and none appears behind a reader", async () => {
        const writers = [store, await connect()];
        const reader = await connect();
        const written = writers.map(async (writer, which) => {
          for (let index = 0; index < 40; index += 1)
            expectOk(await writer.appendEvents([happened(which), happened(which)]));
        });
        let done = false;
        const all = Promise.all(written).finally(() => {
          done = true;
        });
        const seen: number[] = [];
        for (let isLast = false; !isLast; ) {
          isLast = done;
          // A store in this process may answer without ever leaving the turn to the writers.
          await nextTurn();
          const page = expectOk(await reader.events({ after: seen.at(-1) ?? 0, limit: 50 }));
          seen.push(...page.events.map(({ seq }) => seq));
        }
        await all;
        const rest = expectOk(await reader.events({ after: seen.at(-1) ?? 0, limit: 500 }));
        seen.push(...rest.events.map(({ seq }) => seq));
        expect(seen).toEqual(Array.from({ length: 160 }, (_, index) => index + 1));
      });
    });

    describe("two connections", () => {
      test("promise 16: never get the same token, and only one of those who ask at once gets the lease", async () => {
        const other = await connect();
        const tokens: number[] = [];
        for (let round = 0; round < 20; round += 1) {
          const holders = [`a${round}`, `b${round}`];
          const taken = await Promise.all([
            store.acquireLease(request(holders[0])),
            other.acquireLease(request(holders[1])),
          ]);
          const won = taken.flatMap((one) => (one.ok ? [one.value] : []));
          expect(won).toHaveLength(1);
          expect(expectOk(await other.environment("staging"))?.lease).toMatchObject({ token: won[0]!.token });
          tokens.push(won[0]!.token);
          expectOk(await store.releaseLease(won[0]!));
        }
        expectGrowing(tokens);
      });

      test("promise 16: a stale writer is refused in the middle of the other's taking over", async () => {
        const other = await connect();
        const old = await lease("one");
        const { id } = expectOk(await store.createDeployment(old, deployment()));
        let refused: Promise<Result<void>> | undefined;
        const isGone = () => {
          // The other holds the environment's lock now, and its transaction is not over.
          refused ??= store.appendJournal(old, id, { at: 1, event: {} });
          return true;
        };
        const taken = expectOk(await other.acquireLease(request("two", { isGone })));
        expect(await refused).toMatchObject(stale);
        expect(taken.token).toBeGreaterThan(old.token);
        expect(expectOk(await other.journal(id))).toEqual([]);
      });

      test("number what they write at once each by itself: deployments, releases", async () => {
        const other = await connect();
        const held = await lease("one");
        const away = expectOk(await other.acquireLease(request("two", { environment: "production" })));
        const made = await Promise.all(
          Array.from({ length: 10 }, (_, index) => [
            store.createDeployment(held, deployment()),
            other.createDeployment(away, deployment()),
            (index % 2 === 0 ? store : other).addRelease(release(index.toString(16))),
          ]).flat(),
        );
        expect(made.every(({ ok }) => ok)).toBe(true);
        const ids = expectOk(await store.deployments()).map(({ id }) => id);
        expect(ids).toEqual(Array.from({ length: 20 }, (_, index) => 20 - index));
        const orders = expectOk(await store.releases()).map((one) => one.made);
        expect(orders).toEqual(Array.from({ length: 10 }, (_, index) => 10 - index));
      });

      test("see what the other has written", async () => {
        const other = await connect();
        await store.addRelease(release("a"));
        expect(expectOk(await other.releases())).toHaveLength(1);
      });
    });

    describe("what awaits a person", () => {
      const override = { kind: "override", isOpen: true, document: { gate: "window" } };

      test("is written with the deployment, and known anew", async () => {
        const held = await lease();
        const { id } = expectOk(await store.createDeployment(held, { ...deployment(), matters: [override] }));
        const record = { ...override, deployment: id, environment: "staging" };
        expect(expectOk(await store.matters({ isOpen: true }))).toEqual([record]);
        const seen = { ...override, deployment: id, isOpen: false, document: { by: "lead" } };
        expectOk(await store.setMatter(held, seen));
        expect(expectOk(await store.matters({ isOpen: true }))).toEqual([]);
        expect(expectOk(await store.matters({ deployment: id }))).toEqual([{ ...seen, environment: "staging" }]);
      });

      test("may be there before its deployment, whose number nobody else gets", async () => {
        const held = await lease();
        const number = expectOk(await store.numberDeployment(held, { above: 6 }));
        expect(number).toBe(7);
        expectOk(await store.setMatter(held, { kind: "approval", deployment: number, isOpen: true, document: {} }));
        expect(expectOk(await store.createDeployment(held, deployment())).id).toBe(8);
        expect(expectOk(await store.deployment(number))).toBeUndefined();
        const begun = { kind: "approval", isOpen: false, document: { begun: true } };
        expectOk(await store.createDeployment(held, { ...deployment(), id: number, matters: [begun] }));
        expect(expectOk(await store.matters({ environment: "staging" }))).toEqual([
          { ...begun, deployment: number, environment: "staging" },
        ]);
        expect(expectOk(await store.matters({ environment: "production" }))).toEqual([]);
        expect(expectOk(await store.check())).toEqual([]);
      });

      test("promise 16: is not changed by a stale writer", async () => {
        const old = await lease("one");
        await lease("two", { isGone: goneIs("one") });
        expect(await store.setMatter(old, { ...override, deployment: 1 })).toMatchObject(stale);
        expect(await store.numberDeployment(old, {})).toMatchObject(stale);
        expect(expectOk(await store.matters())).toEqual([]);
      });
    });

    test("projects in one database see nothing of each other", async () => {
      const other = await connect("another project");
      await store.addRelease(release("a"));
      const held = await lease();
      expectOk(await store.createDeployment(held, deployment()));
      await store.addIncident({ at: 1, environment: "staging", event: {} });
      await store.appendEvents([{ at: 1, subject: { kind: "run", name: "1" }, event: {} }]);
      expectOk(await store.setResource(held, "db", {}));
      expectOk(await store.addSnapshot(held, {}));
      expectOk(await store.setMatter(held, { kind: "override", deployment: 1, isOpen: true, document: {} }));
      expect([
        expectOk(await other.matters()),
        expectOk(await other.releases()),
        expectOk(await other.environments()),
        expectOk(await other.deployments()),
        expectOk(await other.deployment(1)),
        expectOk(await other.incidents({ limit: 9 })),
        expectOk(await other.events({ after: 0, limit: 9 })).events,
        expectOk(await other.resources()),
        expectOk(await other.snapshots()),
        expectOk(await other.highWater()),
      ]).toEqual([[], [], [], [], undefined, [], [], [], [], { deployment: 0, token: 0, event: 0 }]);
      const theirs = expectOk(await other.acquireLease(request("two")));
      expect(expectOk(await other.createDeployment(theirs, deployment())).id).toBe(1);
      expect(expectOk(await other.addRelease(release("a"))).made).toBe(1);
      expect(expectOk(await other.addSnapshot(theirs, {}))).toBe(1);
      expectOk(await store.appendJournal(held, 1, { at: 1, event: {} }));
      expect(expectOk(await other.journal(1))).toEqual([]);
      expect(await other.appendJournal(held, 1, { at: 1, event: {} })).toMatchObject(stale);
    });

    test("says how far it has come, and that what it keeps is sound", async () => {
      expect(expectOk(await store.highWater())).toEqual({ deployment: 0, token: 0, event: 0 });
      const held = await lease();
      const production = await lease("one", { environment: "production" });
      expectOk(await store.createDeployment(held, { ...deployment(), above: 4 }));
      await store.appendEvents([{ at: 1, subject: { kind: "run", name: "1" }, event: {} }]);
      const token = Math.max(held.token, production.token);
      expect(expectOk(await store.highWater())).toEqual({ deployment: 5, token, event: 1 });
      expect(expectOk(await store.check())).toEqual([]);
    });

    test("finds an environment that is said to serve what is not there", async () => {
      const held = await lease();
      const { id } = expectOk(await store.createDeployment(held, deployment()));
      expectOk(await store.finishDeployment(held, id, { ...end, serving: 77 }));
      expect(expectOk(await store.check())).toEqual([
        "Environment staging is recorded as serving deployment 77, which does not exist.",
      ]);
    });
  });
}

export function expectOk<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.failures.map(({ code, message }) => `${code}: ${message}`).join("; "));
  return result.value;
}

export function expectGrowing(numbers: readonly number[]): void {
  expect(numbers).toEqual([...new Set(numbers)].sort((one, other) => one - other));
}
