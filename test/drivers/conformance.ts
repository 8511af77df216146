import { describe, expect, test } from "vitest";
import type { Driver, InstanceSpec, JobSpec } from "../../src/drivers/driver.ts";
import type { Result } from "../../src/errors/result.ts";
import { Secret } from "../../src/secrets/secret.ts";
import { eventually } from "../process/support.ts";

/** What a driver's own test brings. */
export interface DriverUnderTest {
  readonly driver: Driver;
  /** Absolute path of an unpacked release with `server.mjs` and `worker.mjs` of `fixtures/`, or where it will see them. */
  readonly directory: string;
  /** How Node is called where the driver runs things. */
  readonly node: string;
}

/** What every driver must do. `create` is called for each test; who creates also cleans up after each test. */
export function driverConformance(name: string, create: () => DriverUnderTest): void {
  describe(`the ${name} driver`, () => {
    test("starts an instance that gets an address and answers there", async () => {
      const { driver, spec } = setUp(create);
      const instance = value(await driver.start(spec("d1-web-1"), 1));
      expect(instance).toMatchObject({ id: "d1-web-1", environment: "staging", service: "web", release: "sha256:r1" });
      expect(instance).toMatchObject({ deployment: 1, state: { state: "running" } });
      expect(await answer(instance.address!)).toMatchObject({ GREETING: "hello wörld", KEY: "s3cret" });
    });

    test("starting what runs changes nothing", async () => {
      const { driver, spec } = setUp(create);
      const first = value(await driver.start(spec("d1-web-1"), 1));
      const again = value(await driver.start({ ...spec("d1-web-1"), release: "sha256:r2" }, 1));
      expect(again).toEqual(first);
      expect(value(await driver.observe("staging"))).toEqual([first]);
    });

    test("two starts of one id at once start one instance", async () => {
      const { driver, spec } = setUp(create);
      const [first, second] = await Promise.all([driver.start(spec("a"), 1), driver.start(spec("a"), 1)]);
      expect(value(first)).toEqual(value(second));
    });

    test("instances have addresses of their own", async () => {
      const { driver, spec } = setUp(create);
      const ids = ["d1-web-1", "d1-web-2", "d1-web-3"];
      const started = await Promise.all(ids.map((id) => driver.start(spec(id), 1)));
      const addresses = started.map((one) => JSON.stringify(value(one).address));
      expect(new Set(addresses).size).toBe(3);
      expect(value(await driver.observe("staging")).map(({ id }) => id)).toEqual(ids);
    });

    test("a worker has no address", async () => {
      const { driver, spec, node } = setUp(create);
      const worker = value(await driver.start({ ...spec("w"), listens: false, command: [node, "worker.mjs"] }, 1));
      expect(worker.address).toBeUndefined();
      await outputHas(driver, "w", "PORT undefined");
    });

    test("an instance that ends is seen with its exit, and its output stays", async () => {
      const { driver, spec, node } = setUp(create);
      const script = "console.log('one'); console.error('two'); console.log('three'); process.exitCode = 7";
      value(await driver.start({ ...spec("a"), command: [node, "-e", script] }, 1));
      expect(await ended(driver, "a")).toEqual({ code: 7, signal: null });
      expect(await driver.output("staging", "a", 10)).toEqual(["one", "two", "three"]);
      expect(await driver.output("staging", "a", 1)).toEqual(["three"]);
      expect(await driver.outputFiles("staging", "a")).not.toEqual([]);
    });

    test("one that ended can be started anew", async () => {
      const { driver, spec, node } = setUp(create);
      value(await driver.start({ ...spec("a"), command: [node, "-e", ""] }, 1));
      await ended(driver, "a");
      const instance = value(await driver.start(spec("a"), 1));
      expect(await answer(instance.address!)).toBeDefined();
    });

    test("a command that is not there is a clear failure, and an instance that has ended", async () => {
      const { driver, spec } = setUp(create);
      const result = await driver.start({ ...spec("a"), command: ["no-such-program-anywhere", "x"] }, 1);
      expect(codes(result)).toEqual(["instance-exited"]);
      expect(await ended(driver, "a")).toMatchObject({ code: 127 });
      expect((await driver.output("staging", "a", 5)).join()).toContain("no-such-program-anywhere");
    });

    test("stopping asks first", async () => {
      const { driver, spec } = setUp(create);
      const { address } = value(await driver.start(spec("a"), 1));
      await answer(address!);
      expect(value(await driver.stop("staging", "a", 20_000, 1))).toBe("asked");
      expect(await ended(driver, "a")).toEqual({ code: 0, signal: null });
      expect((await driver.output("staging", "a", 1)).at(-1)).toBe("bye");
    });

    test("what does not listen is killed after the grace", async () => {
      const { driver, spec, node } = setUp(create);
      value(await driver.start({ ...spec("a"), listens: false, command: [node, "worker.mjs", "deaf"] }, 1));
      await outputHas(driver, "a", "working");
      expect(value(await driver.stop("staging", "a", 50, 1))).toBe("killed");
      expect(await ended(driver, "a")).toEqual({ code: null, signal: "SIGKILL" });
    });

    test("stopping what is gone, twice or never started, is a success", async () => {
      const { driver, spec } = setUp(create);
      expect(value(await driver.stop("staging", "never", 0, 1))).toBe("gone");
      value(await driver.start(spec("a"), 1));
      value(await driver.stop("staging", "a", 0, 1));
      expect(value(await driver.stop("staging", "a", 0, 1))).toBe("gone");
    });

    test("removing forgets, twice too; what runs is not forgotten", async () => {
      const { driver, spec } = setUp(create);
      value(await driver.start(spec("a"), 1));
      expect((await driver.remove("staging", "a")).ok).toBe(false);
      expect(value(await driver.observe("staging"))).toHaveLength(1);
      value(await driver.stop("staging", "a", 0, 1));
      value(await driver.remove("staging", "a"));
      value(await driver.remove("staging", "a"));
      expect(value(await driver.observe("staging"))).toEqual([]);
      expect(await driver.output("staging", "a", 5)).toEqual([]);
      expect(await driver.outputFiles("staging", "a")).toEqual([]);
    });

    test("environments do not see each other", async () => {
      const { driver, spec } = setUp(create);
      value(await driver.start(spec("a"), 1));
      expect(value(await driver.observe("production"))).toEqual([]);
      expect(value(await driver.stop("production", "a", 0, 1))).toBe("gone");
      expect(value(await driver.observe("staging"))).toMatchObject([{ state: { state: "running" } }]);
    });

    test("a stale writer is refused and changes nothing", async () => {
      const { driver, spec, job } = setUp(create);
      value(await driver.start(spec("a"), 5));
      expect(codes(await driver.start(spec("b"), 4))).toEqual(["stale-writer"]);
      expect(codes(await driver.stop("staging", "a", 0, 4))).toEqual(["stale-writer"]);
      expect(codes(await driver.runJob(job("j", "exit 0"), 4, never))).toEqual(["stale-writer"]);
      expect(value(await driver.observe("staging"))).toMatchObject([{ id: "a", state: { state: "running" } }]);
      value(await driver.start({ ...spec("a"), environment: "production" }, 1));
      value(await driver.stop("production", "a", 0, 1));
    });

    test("a job runs to its end in the release's folder", async () => {
      const { driver, job } = setUp(create);
      const result = await driver.runJob(job("j", 'ls server.mjs; echo "$GREETING"; exit 3'), 1, never);
      expect(value(result)).toEqual({ exit: { code: 3, signal: null }, timedOut: false });
      expect(await driver.output("staging", "j", 10)).toEqual(["server.mjs", "hello wörld"]);
      expect(value(await driver.observe("staging"))).toEqual([]);
    });

    test("a job id can be run again", async () => {
      const { driver, job } = setUp(create);
      value(await driver.runJob(job("j", "echo first; exit 1"), 1, never));
      const result = await driver.runJob(job("j", "echo second"), 1, never);
      expect(value(result).exit).toEqual({ code: 0, signal: null });
      expect(await driver.output("staging", "j", 10)).toEqual(["second"]);
    });

    test("a job that takes too long is ended", async () => {
      const { driver, job } = setUp(create);
      const result = await driver.runJob({ ...job("j", "sleep 600"), timeoutMs: 100 }, 1, never);
      expect(value(result)).toMatchObject({ timedOut: true, exit: { code: null, signal: "SIGTERM" } });
    });

    test("a job that is interrupted is ended", async () => {
      const { driver, job } = setUp(create);
      const abort = new AbortController();
      const running = driver.runJob(job("j", "echo begun; sleep 600"), 1, abort.signal);
      await outputHas(driver, "j", "begun");
      abort.abort();
      expect(codes(await running)).toEqual(["interrupted"]);
      expect(codes(await driver.runJob(job("j", "echo never"), 1, abort.signal))).toEqual(["interrupted"]);
    });

    test("a job whose command is not there ends as in a shell", async () => {
      const { driver, job } = setUp(create);
      const result = await driver.runJob({ ...job("j", ""), command: ["no-such-program-anywhere"] }, 1, never);
      expect(value(result)).toEqual({ exit: { code: 127, signal: null }, timedOut: false });
    });

    test.each(["", ".", "..", "../x", "a/b", "/etc", ".hidden", "a b", "a\0b", "a=b", "ü", "x".repeat(200)])(
      "the name %j is refused",
      async (hostile) => {
        const { driver, spec, job } = setUp(create);
        expect(codes(await driver.start(spec(hostile), 1))).toEqual(["bad-arguments"]);
        expect(codes(await driver.start({ ...spec("a"), environment: hostile }, 1))).toEqual(["bad-arguments"]);
        expect(codes(await driver.stop("staging", hostile, 0, 1))).toEqual(["bad-arguments"]);
        expect(codes(await driver.runJob(job(hostile, "exit 0"), 1, never))).toEqual(["bad-arguments"]);
        expect(codes(await driver.remove("staging", hostile))).toEqual(["bad-arguments"]);
        expect(codes(await driver.observe(hostile))).toEqual(["bad-arguments"]);
        expect(await driver.output("staging", hostile, 5)).toEqual([]);
        expect(await driver.outputFiles(hostile, "a")).toEqual([]);
      },
    );
  });
}

const never = new AbortController().signal;

function setUp(create: () => DriverUnderTest) {
  const { driver, directory, node } = create();
  const common = { environment: "staging", directory, env: { GREETING: "hello wörld", KEY: new Secret("s3cret") } };
  const spec = (id: string): InstanceSpec => ({
    ...common,
    id,
    command: [node, "server.mjs"],
    service: "web",
    release: "sha256:r1",
    deployment: 1,
    listens: true,
  });
  const job = (id: string, script: string): JobSpec => ({
    ...common,
    id,
    command: ["/bin/sh", "-c", script],
    timeoutMs: 60_000,
  });
  return { driver, node, spec, job };
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

export function outputHas(driver: Driver, id: string, line: string, environment = "staging") {
  return eventually(async () => expect(await driver.output(environment, id, 100)).toContain(line));
}
