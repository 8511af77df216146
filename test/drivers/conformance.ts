import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Driver, InstanceSpec, JobSpec } from "../../src/drivers/driver.ts";
import { outputLines } from "../../src/drivers/output-lines.ts";
import { type FileEntry, isFile, type ReleaseContent, type ReleaseEntry } from "../../src/drivers/release-content.ts";
import type { Result } from "../../src/errors/result.ts";
import { Secret } from "../../src/secrets/secret.ts";
import { eventually, temporaryFolder } from "../process/support.ts";
import { contentOf } from "./content.ts";

/** What a driver's own test brings. */
export interface DriverUnderTest {
  readonly driver: Driver;
  /** The content of `fixtures/`, prepared in staging. */
  readonly release: ReleaseContent;
  /** How Node is called where the driver runs things. */
  readonly node: string;
}

export interface ConformanceOptions {
  /** A driver over the same instances and jobs, as an agent has it that comes after one that died; or why there can be none. */
  readonly another: ((under: DriverUnderTest) => Promise<Driver>) | string;
  /** Does something to what was prepared in staging; or why nobody can. */
  readonly tamper: ((under: DriverUnderTest, path: string, text: string) => Promise<void>) | string;
}

/** What every driver must do. `create` is called for each test; who creates also cleans up after each test. */
export function driverConformance(
  name: string,
  create: () => Promise<DriverUnderTest>,
  { another, tamper }: ConformanceOptions,
): void {
  describe(`the ${name} driver`, () => {
    test("starts an instance that gets an address and answers there", async () => {
      const { driver, spec, release } = await setUp(create);
      const instance = value(await driver.start(spec("d1-web-1"), 1));
      expect(instance).toMatchObject({ id: "d1-web-1", environment: "staging", service: "web" });
      expect(instance).toMatchObject({ release: release.digest, deployment: 1, state: { state: "running" } });
      expect(await answer(instance.address!)).toMatchObject({ GREETING: "hello wörld", KEY: "s3cret" });
    });

    test("starting what runs changes nothing", async () => {
      const { driver, spec } = await setUp(create);
      const first = value(await driver.start(spec("d1-web-1"), 1));
      const again = value(await driver.start({ ...spec("d1-web-1"), service: "other" }, 1));
      expect(again).toEqual(first);
      expect(value(await driver.observe("staging"))).toEqual([first]);
    });

    test("two starts of one id at once start one instance", async () => {
      const { driver, spec } = await setUp(create);
      const [first, second] = await Promise.all([driver.start(spec("a"), 1), driver.start(spec("a"), 1)]);
      expect(value(first)).toEqual(value(second));
    });

    test("instances have addresses of their own", async () => {
      const { driver, spec } = await setUp(create);
      const ids = ["d1-web-1", "d1-web-2", "d1-web-3"];
      const started = await Promise.all(ids.map((id) => driver.start(spec(id), 1)));
      const addresses = started.map((one) => JSON.stringify(value(one).address));
      expect(new Set(addresses).size).toBe(3);
      expect(value(await driver.observe("staging")).map(({ id }) => id)).toEqual(ids);
    });

    test("a worker has no address", async () => {
      const { driver, spec, node } = await setUp(create);
      const worker = value(await driver.start({ ...spec("w"), listens: false, command: [node, "worker.mjs"] }, 1));
      expect(worker.address).toBeUndefined();
      await outputHas(driver, "w", "PORT undefined");
    });

    test("an instance that ends is seen with its exit, and its output stays", async () => {
      const { driver, spec, node } = await setUp(create);
      const script = "console.log('one'); console.error('two'); console.log('three'); process.exitCode = 7";
      value(await driver.start({ ...spec("a"), command: [node, "-e", script] }, 1));
      expect(await ended(driver, "a")).toEqual({ code: 7, signal: null });
      expect(await output(driver, "a", 10)).toEqual(["one", "two", "three"]);
      expect(await output(driver, "a", 1)).toEqual(["three"]);
      expect(await output(driver, "a", 0)).toEqual([]);
    });

    describe("limits", () => {
      const hungry = (node: string) =>
        [node, "-e", "const all = []; for (;;) all.push(Buffer.alloc(4_000_000, 1));"] as const;

      test("of memory end an instance that uses more, and its exit says so", async (context) => {
        const { driver, spec, node } = await setUp(create);
        if (!driver.capabilities.limits.memory) context.skip("this driver cannot limit memory here");
        const limits = { memoryBytes: 100_000_000 };
        const started = value(await driver.start({ ...spec("a"), listens: false, command: hungry(node), limits }, 1));
        expect(started.limits).toEqual(limits);
        expect(await ended(driver, "a")).toMatchObject({ limit: "memory" });
      });

      test("hold all that an instance starts together", async (context) => {
        const { driver, spec, node } = await setUp(create);
        if (!driver.capabilities.limits.memory) context.skip("this driver cannot limit memory here");
        const child = JSON.stringify(hungry(node).slice(1));
        const script = `const { spawnSync } = require("node:child_process");
          process.exitCode = spawnSync(process.execPath, ${child}).signal === "SIGKILL" ? 9 : 0;`;
        const limits = { memoryBytes: 150_000_000 };
        value(await driver.start({ ...spec("a"), listens: false, command: [node, "-e", script], limits }, 1));
        expect(await ended(driver, "a")).toMatchObject({ limit: "memory" });
      });

      test("change nothing of what a process gets, and go when it goes", async () => {
        const { driver, spec } = await setUp(create);
        const limits = { memoryBytes: 1_000_000_000, cpu: 0.5 };
        const { memory, cpu } = driver.capabilities.limits;
        const held = { ...(memory && { memoryBytes: 1_000_000_000 }), ...(cpu && { cpu: 0.5 }) };
        const instance = value(await driver.start({ ...spec("a"), limits }, 1));
        expect(instance.limits).toEqual(memory || cpu ? held : undefined);
        const free = value(await driver.start(spec("b"), 1));
        expect(free.limits).toBeUndefined();
        const [limited, other] = [await answer(instance.address!), await answer(free.address!)];
        const own = ["PORT", "TIDEGATE_PROCESS", "TIDEGATE_INSTANCE"];
        for (const name of own) for (const one of [limited, other]) delete (one as Record<string, unknown>)[name];
        expect(limited).toEqual(other);
        value(await driver.stop("staging", "a", 5_000, 1));
        expect(value(await driver.start(spec("a"), 1)).limits).toBeUndefined();
      });

      test("that are not broken are not the reason for an end", async () => {
        const { driver, spec, node } = await setUp(create);
        const limits = { memoryBytes: 1_000_000_000 };
        value(await driver.start({ ...spec("a"), command: [node, "-e", "process.exitCode = 7"], limits }, 1));
        expect(await ended(driver, "a")).toEqual({ code: 7, signal: null });
      });

      test("do not hide that a command is not there", async () => {
        const { driver, spec } = await setUp(create);
        const limits = { memoryBytes: 1_000_000_000 };
        const started = await driver.start({ ...spec("a"), command: ["no-such-program"], limits }, 1);
        expect(codes(started)).toEqual(["instance-exited"]);
      });
    });

    test("one that ended can be started anew", async () => {
      const { driver, spec, node } = await setUp(create);
      value(await driver.start({ ...spec("a"), command: [node, "-e", ""] }, 1));
      await ended(driver, "a");
      const instance = value(await driver.start(spec("a"), 1));
      expect(await answer(instance.address!)).toBeDefined();
    });

    test("a command that is not there is a clear failure, and an instance that has ended", async () => {
      const { driver, spec } = await setUp(create);
      const result = await driver.start({ ...spec("a"), command: ["no-such-program-anywhere", "x"] }, 1);
      expect(codes(result)).toEqual(["instance-exited"]);
      expect(await ended(driver, "a")).toMatchObject({ code: 127 });
      expect((await output(driver, "a", 5)).join()).toContain("no-such-program-anywhere");
    });

    test("stopping asks first", async () => {
      const { driver, spec } = await setUp(create);
      const { address } = value(await driver.start(spec("a"), 1));
      await answer(address!);
      expect(value(await driver.stop("staging", "a", 20_000, 1))).toBe("asked");
      expect(await ended(driver, "a")).toEqual({ code: 0, signal: null });
      expect((await output(driver, "a", 1)).at(-1)).toBe("bye");
    });

    test("what does not listen is killed after the grace", async () => {
      const { driver, spec, node } = await setUp(create);
      value(await driver.start({ ...spec("a"), listens: false, command: [node, "worker.mjs", "deaf"] }, 1));
      await outputHas(driver, "a", "working");
      expect(value(await driver.stop("staging", "a", 50, 1))).toBe("killed");
      expect(await ended(driver, "a")).toEqual({ code: null, signal: "SIGKILL" });
    });

    test("stopping what is gone, twice or never started, is a success", async () => {
      const { driver, spec } = await setUp(create);
      expect(value(await driver.stop("staging", "never", 0, 1))).toBe("gone");
      expect(value(await driver.stopJob("staging", "never", 0, 1))).toBe("gone");
      value(await driver.start(spec("a"), 1));
      value(await driver.stop("staging", "a", 0, 1));
      expect(value(await driver.stop("staging", "a", 0, 1))).toBe("gone");
    });

    test("removing forgets, twice too; what runs is not forgotten", async () => {
      const { driver, spec } = await setUp(create);
      value(await driver.start(spec("a"), 1));
      expect((await driver.remove("staging", "a", 1)).ok).toBe(false);
      expect(value(await driver.observe("staging"))).toHaveLength(1);
      value(await driver.stop("staging", "a", 0, 1));
      value(await driver.remove("staging", "a", 1));
      value(await driver.remove("staging", "a", 1));
      expect(value(await driver.observe("staging"))).toEqual([]);
      expect(await output(driver, "a", 5)).toEqual([]);
    });

    test("environments do not see each other", async () => {
      const { driver, spec } = await setUp(create);
      value(await driver.start(spec("a"), 1));
      expect(value(await driver.observe("production"))).toEqual([]);
      expect(value(await driver.stop("production", "a", 0, 1))).toBe("gone");
      expect(value(await driver.observe("staging"))).toMatchObject([{ state: { state: "running" } }]);
    });

    test("promise 16: a stale writer is refused, whatever it wants to change, and changes nothing", async () => {
      const { driver, spec, job, release } = await setUp(create);
      value(await driver.start(spec("a"), 5));
      value(await driver.startJob(job("k", "sleep 600"), 5));
      const stale = await Promise.all([
        driver.start(spec("b"), 4),
        driver.stop("staging", "a", 0, 4),
        driver.startJob(job("j", "exit 0"), 4),
        driver.stopJob("staging", "k", 0, 4),
        driver.remove("staging", "a", 4),
        driver.prepare("staging", release, 4),
        driver.forget("staging", release.digest, 4),
        driver.destroyData("staging", 4),
      ]);
      expect(stale.flatMap(codes)).toEqual(stale.map(() => "stale-writer"));
      expect(value(await driver.observe("staging"))).toMatchObject([{ id: "a", state: { state: "running" } }]);
      expect(value(await driver.observeJob("staging", "k"))?.state).toEqual({ state: "running" });
      expect(value(await driver.observeJob("staging", "j"))).toBeUndefined();
      value(await driver.prepare("production", release, 1));
      value(await driver.start({ ...spec("a"), environment: "production" }, 1));
      value(await driver.stop("production", "a", 0, 1));
      value(await driver.stopJob("staging", "k", 0, 5));
    });

    describe("releases", () => {
      test("one that is not prepared cannot be started from, nor one that was forgotten", async () => {
        const { driver, spec, job, release } = await setUp(create);
        const elsewhere = { ...spec("a"), environment: "production" };
        expect(codes(await driver.start(elsewhere, 1))).toEqual(["release-damaged"]);
        value(await driver.forget("staging", release.digest, 1));
        value(await driver.forget("staging", release.digest, 1));
        expect(codes(await driver.start(spec("a"), 1))).toEqual(["release-damaged"]);
        expect(codes(await driver.startJob(job("j", "exit 0"), 1))).toEqual(["release-damaged"]);
        value(await driver.prepare("staging", release, 1));
        value(await driver.start(spec("a"), 1));
      });

      test("preparing again while it runs disturbs nothing", async () => {
        const { driver, spec, release } = await setUp(create);
        const { address } = value(await driver.start(spec("a"), 1));
        const before = await answer(address!);
        value(await driver.prepare("staging", release, 1));
        expect(await answer(address!)).toEqual(before);
      });

      test("content that is missing is a failure that names the file, and nothing is left of the release", async () => {
        const { driver, spec } = await setUp(create);
        const folder = temporaryFolder();
        writeFileSync(join(folder, "kept.txt"), "kept");
        writeFileSync(join(folder, "lost.txt"), "nobody has it any more");
        const lost = new Set(contentOf(folder).entries.flatMap((one) => (isLost(one) ? [one.digest] : [])));
        const broken = contentOf(folder, [], lost);
        const prepared = await driver.prepare("staging", broken, 1);
        expect(prepared).toMatchObject({ ok: false, failures: [{ code: "release-damaged", cause: "lost.txt" }] });
        expect(codes(await driver.start({ ...spec("a"), release: broken.digest }, 1))).toEqual(["release-damaged"]);
      });

      test("promise 20: a folder that services write to is the environment's, and stays from release to release", async () => {
        const { driver, job, release } = await setUp(create);
        const folder = join(import.meta.dirname, "fixtures");
        const releases = [contentOf(folder, ["kept/"]), contentOf(folder, ["kept/", "more/deep/"])];
        for (const content of releases)
          for (const environment of ["staging", "production"]) value(await driver.prepare(environment, content, 1));
        const run = async (environment: string, id: string, at: number, script: string) => {
          const spec = { ...job(id, script), environment, release: releases[at]!.digest };
          value(await driver.startJob(spec, 1));
          expect(await jobEnded(driver, id, environment)).toMatchObject({ exit: { code: 0 } });
          return output(driver, id, 9, environment);
        };
        await run("staging", "a", 0, "echo staging > kept/file");
        await run("production", "a", 0, "echo production > kept/file");
        expect(await run("staging", "b", 1, "cat kept/file; echo deep > more/deep/file")).toEqual(["staging"]);
        expect(await run("production", "b", 1, "cat kept/file; ls more/deep")).toEqual(["production"]);
        value(await driver.forget("staging", releases[1]!.digest, 1));
        value(await driver.prepare("staging", releases[1]!, 1));
        expect(await run("staging", "c", 1, "cat kept/file more/deep/file")).toEqual(["staging", "deep"]);
        value(await driver.startJob({ ...job("long", "sleep 600"), release: releases[1]!.digest }, 1));
        value(await driver.destroyData("staging", 1));
        value(await driver.destroyData("staging", 1));
        for (const id of ["a", "b", "long"]) expect(value(await driver.observeJob("staging", id))).toBeUndefined();
        expect(value(await driver.observeJob("production", "b"))).toBeDefined();
        value(await driver.prepare("staging", releases[1]!, 1));
        expect(await run("staging", "d", 1, "ls kept more/deep")).toEqual(["kept:", "", "more/deep:"]);
        expect(release.writes).toEqual([]);
      });

      test("what a release ships in a folder that is written to is its first content, once", async () => {
        const { driver, job } = await setUp(create);
        const content = contentOf(join(import.meta.dirname, "fixtures"), ["seed/"]);
        const run = async (id: string, script: string) => {
          value(await driver.prepare("staging", content, 1));
          value(await driver.startJob({ ...job(id, script), release: content.digest }, 1));
          await jobEnded(driver, id);
          return output(driver, id, 9);
        };
        expect(await run("a", "cat seed/first.txt && echo mine > seed/first.txt && rm seed/gone.txt")).toEqual([
          "shipped",
        ]);
        expect(await run("b", "cat seed/first.txt; ls seed")).toEqual(["mine", "first.txt"]);
      });

      test("there is a folder for data that all instances and jobs of the environment share", async () => {
        const { driver, job, spec, node } = await setUp(create);
        value(await driver.startJob(job("j", 'echo hello > "$TIDEGATE_DATA_DIR/note"'), 1));
        await jobEnded(driver, "j");
        const script = "console.log(fs.readFileSync(process.env.TIDEGATE_DATA_DIR + '/note', 'utf8').trim())";
        value(await driver.start({ ...spec("a"), listens: false, command: [node, "-e", script] }, 1));
        await outputHas(driver, "a", "hello");
      });

      test("nothing else in it can be written to", async () => {
        const { driver, job } = await setUp(create);
        value(await driver.startJob(job("j", "echo x > new-file; echo x >> server.mjs; rm worker.mjs; ls"), 1));
        await jobEnded(driver, "j");
        expect((await output(driver, "j", 99)).slice(-3)).toEqual(["seed", "server.mjs", "worker.mjs"]);
      });

      test.skipIf(typeof tamper === "string")(
        `one that was changed is found before anything starts from it${because(tamper)}`,
        async () => {
          const under = await create();
          const { driver, spec, release } = await setUp(async () => under);
          if (typeof tamper === "string") return;
          const old = value(await driver.start(spec("old"), 1));
          await answer(old.address!);
          await tamper(under, "server.mjs", "process.exit(66)");
          await tamper(under, "added/file", "x");
          const deviation = { added: ["added/"], changed: ["server.mjs"], missing: [] };
          expect(value(await driver.verify("staging", release))).toEqual(deviation);
          const anew = value(await driver.start(spec("new"), 1));
          expect(await answer(anew.address!)).toBeDefined();
          expect(await answer(old.address!)).toBeDefined();
          expect(value(await driver.verify("staging", release))).toEqual({ added: [], changed: [], missing: [] });
        },
      );
    });

    describe("jobs", () => {
      test("run to their end in the release's folder", async () => {
        const { driver, job } = await setUp(create);
        value(await driver.startJob(job("j", 'ls server.mjs; echo "$GREETING"; exit 3'), 1));
        expect(await jobEnded(driver, "j")).toEqual({
          state: "ended",
          exit: { code: 3, signal: null },
          timedOut: false,
        });
        expect(await output(driver, "j", 10)).toEqual(["server.mjs", "hello wörld"]);
        expect(value(await driver.observe("staging"))).toEqual([]);
      });

      test("run at most once: starting one again, while it runs or later, changes nothing", async () => {
        const { driver, job } = await setUp(create);
        const count = job("j", 'echo ran >> "$TIDEGATE_DATA_DIR/runs"; cat "$TIDEGATE_DATA_DIR/runs"; sleep 0.3');
        const started = await Promise.all([driver.startJob(count, 1), driver.startJob(count, 1)]);
        expect(value(started[0]).startedAt).toBe(value(started[1]).startedAt);
        await jobEnded(driver, "j");
        expect(value(await driver.startJob(count, 1)).state).toMatchObject({ state: "ended", exit: { code: 0 } });
        expect(await output(driver, "j", 10)).toEqual(["ran"]);
        value(await driver.remove("staging", "j", 1));
        expect(value(await driver.observeJob("staging", "j"))).toBeUndefined();
        value(await driver.startJob(count, 1));
        await jobEnded(driver, "j");
        expect(await output(driver, "j", 10)).toEqual(["ran", "ran"]);
      });

      test("that take too long are ended", async () => {
        const { driver, job } = await setUp(create);
        value(await driver.startJob({ ...job("j", "sleep 600"), timeoutMs: 100 }, 1));
        expect(await jobEnded(driver, "j")).toMatchObject({ timedOut: true, exit: { code: null, signal: "SIGTERM" } });
      });

      test("can be ended, and stay ended", async () => {
        const { driver, job } = await setUp(create);
        value(await driver.startJob(job("j", "echo begun; sleep 600"), 1));
        await outputHas(driver, "j", "begun");
        expect(value(await driver.stopJob("staging", "j", 5_000, 1))).toBe("asked");
        expect(await jobEnded(driver, "j")).toMatchObject({ timedOut: false, exit: { code: null, signal: "SIGTERM" } });
        expect(value(await driver.startJob(job("j", "echo again"), 1)).state).toMatchObject({ state: "ended" });
      });

      test("whose command is not there end as in a shell", async () => {
        const { driver, job } = await setUp(create);
        value(await driver.startJob({ ...job("j", ""), command: ["no-such-program-anywhere"] }, 1));
        expect(await jobEnded(driver, "j")).toMatchObject({ exit: { code: 127, signal: null }, timedOut: false });
        expect((await output(driver, "j", 5)).join()).toContain("no-such-program-anywhere");
      });
      test.skipIf(typeof another === "string")(
        `are known to whoever comes after the one that began them${because(another)}`,
        async () => {
          const under = await create();
          const { driver, job } = await setUp(async () => under);
          if (typeof another === "string") return;
          value(await driver.startJob(job("j", 'sleep 0.2; echo ran >> "$TIDEGATE_DATA_DIR/runs"; exit 5'), 1));
          const other = await another(under);
          value(await other.startJob(job("j", "echo never"), 2));
          expect(await jobEnded(other, "j")).toMatchObject({ exit: { code: 5, signal: null } });
        },
      );
    });

    describe("what is followed", () => {
      test("is the end of what was written, then what comes, every byte once", async () => {
        const { driver, spec, node } = await setUp(create);
        const script =
          "console.log('one\\ntwo\\nthree'); process.stdout.write('fo'); process.on('SIGTERM', () => { console.log('ur\\nfive'); process.exit(0) }); setInterval(() => {}, 1000)";
        value(await driver.start({ ...spec("a"), listens: false, command: [node, "-e", script] }, 1));
        await eventually(async () => expect(await output(driver, "a", 9)).toEqual(["one", "two", "three", "fo"]));
        const over = new AbortController();
        const pieces: string[] = [];
        const following = (async () => {
          for await (const piece of driver.follow("staging", "a", { lines: 2, signal: over.signal }))
            pieces.push(Buffer.from(piece).toString());
        })();
        await eventually(() => expect(pieces).toEqual(["three\nfo"]));
        value(await driver.stop("staging", "a", 10_000, 1));
        await eventually(() => expect(pieces.join("")).toBe("three\nfour\nfive\n"));
        over.abort();
        await following;
      });

      test("is nothing of what never was, and ends when it is not to go on", async () => {
        const { driver } = await setUp(create);
        expect(await output(driver, "never", 5)).toEqual([]);
      });
    });

    test("a watcher is told at once, and of every start and end, until it goes", async () => {
      const { driver, spec, job, node } = await setUp(create);
      const over = new AbortController();
      const seen: string[] = [];
      const watching = (async () => {
        for await (const _ of driver.watch("staging", over.signal)) {
          const instances = value(await driver.observe("staging")).map(({ id, state }) => `${id} ${state.state}`);
          const observed = value(await driver.observeJob("staging", "j"));
          seen.push([...instances, observed ? `j ${observed.state.state}` : ""].join());
        }
      })();
      await eventually(() => expect(seen).toContain(""));
      value(await driver.start({ ...spec("a"), listens: false, command: [node, "worker.mjs"] }, 1));
      await eventually(() => expect(seen).toContain("a running,"));
      value(await driver.stop("staging", "a", 0, 1));
      await eventually(() => expect(seen).toContain("a ended,"));
      value(await driver.startJob(job("j", "exit 0"), 1));
      await eventually(() => expect(seen).toContain("a ended,j ended"));
      over.abort();
      await watching;
    });

    test.each(["", ".", "..", "../x", "a/b", "/etc", ".hidden", "a b", "a\0b", "a=b", "ü", "x".repeat(200)])(
      "the name %j is refused",
      async (hostile) => {
        const { driver, spec, job, release } = await setUp(create);
        const refused = await Promise.all([
          driver.start(spec(hostile), 1),
          driver.start({ ...spec("a"), environment: hostile }, 1),
          driver.stop("staging", hostile, 0, 1),
          driver.startJob(job(hostile, "exit 0"), 1),
          driver.observeJob(hostile, "a"),
          driver.stopJob("staging", hostile, 0, 1),
          driver.remove("staging", hostile, 1),
          driver.observe(hostile),
          driver.prepare(hostile, release, 1),
          driver.forget(hostile, release.digest, 1),
          driver.destroyData(hostile, 1),
          driver.verify(hostile, release),
        ]);
        expect(refused.flatMap(codes)).toEqual(refused.map(() => "bad-arguments"));
        expect(codes(await driver.forget("staging", hostile, 1))).toEqual(["unknown-release"]);
        expect(await output(driver, hostile, 5)).toEqual([]);
        expect(await output(driver, "a", 5, hostile)).toEqual([]);
      },
    );
  });
}

async function setUp(create: () => Promise<DriverUnderTest>) {
  const { driver, release, node } = await create();
  const env = { GREETING: "hello wörld", KEY: new Secret("s3cret") };
  const common = { environment: "staging", release: release.digest, deployment: 1, env };
  const spec = (id: string): InstanceSpec => ({
    ...common,
    id,
    command: [node, "server.mjs"],
    service: "web",
    listens: true,
  });
  const job = (id: string, script: string): JobSpec => ({
    ...common,
    id,
    command: ["/bin/sh", "-c", script],
    timeoutMs: 60_000,
  });
  return { driver, node, release, spec, job };
}

function isLost(entry: ReleaseEntry): entry is FileEntry {
  return isFile(entry) && entry.path === "lost.txt";
}

/** A skip says why. */
function because(given: unknown): string {
  return typeof given === "string" ? ` (left out: ${given})` : "";
}

export function value<T>(result: Result<T>): T {
  expect(result).toMatchObject({ ok: true });
  return (result as { value: T }).value;
}

export function codes(result: Result<unknown>): string[] {
  return result.ok ? [] : result.failures.map(({ code }) => code);
}

/** The environment that the instance at the address sees, once it answers. */
export function answer(address: { host: string; port: number }): Promise<Record<string, string>> {
  return eventually(async () => {
    const response = await fetch(`http://${address.host}:${address.port}/`);
    return (await response.json()) as Record<string, string>;
  });
}

export function ended(driver: Driver, id: string, environment = "staging") {
  return eventually(async () => {
    const instance = value(await driver.observe(environment)).find((one) => one.id === id);
    if (instance?.state.state !== "ended") throw new Error(`${id} has not ended`);
    return instance.state.exit;
  });
}

export function jobEnded(driver: Driver, id: string, environment = "staging") {
  return eventually(async () => {
    const job = value(await driver.observeJob(environment, id));
    if (job?.state.state !== "ended") throw new Error(`${id} has not ended`);
    return job.state;
  });
}

export function output(driver: Driver, id: string, lines: number, environment = "staging"): Promise<string[]> {
  return outputLines(driver, environment, id, lines);
}

export function outputHas(driver: Driver, id: string, line: string, environment = "staging") {
  return eventually(async () => expect(await output(driver, id, 100, environment)).toContain(line));
}
