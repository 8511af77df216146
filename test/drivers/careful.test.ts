import { describe, expect, test } from "vitest";
import { careful } from "../../src/drivers/careful.ts";
import { type Driver, defaultCapabilities, type Instance, type NaiveDriver } from "../../src/drivers/driver.ts";
import { openDriver, registerForTest } from "../../src/drivers/registry.ts";
import { type ByDeployment, severalDrivers } from "../../src/drivers/several.ts";
import { failed, ok } from "../../src/errors/result.ts";
import { codes, output, value } from "./conformance.ts";
import { fixtures } from "./support.ts";

function instance(id: string, more: Partial<Instance> = {}): Instance {
  const where = { environment: "staging", service: "web", release: fixtures.digest, deployment: 1 };
  return { id, ...where, startedAt: 1, state: { state: "running" }, ...more };
}

/** A driver that does nothing, but for what a test says. */
function naive(own: Partial<NaiveDriver> = {}): NaiveDriver {
  return {
    prepare: async () => ok(),
    forget: async () => ok(),
    destroyData: async () => ok(),
    start: async ({ id }) => ok(instance(id)),
    stop: async () => ok("gone"),
    observe: async () => ok([]),
    async *follow() {},
    startJob: async ({ id, environment }) => ok({ id, environment, startedAt: 0, state: { state: "running" } }),
    observeJob: async () => ok(undefined),
    stopJob: async () => ok("gone"),
    remove: async () => ok(),
    ...own,
  };
}

const spec = {
  ...{ id: "a", environment: "staging", release: fixtures.digest, deployment: 1 },
  ...{ command: "serve", env: {}, service: "web", listens: true },
};

describe("what is done for a driver that cannot", () => {
  test("it has the capabilities that are documented for those that say nothing", () => {
    expect(careful(naive()).capabilities).toEqual(defaultCapabilities);
    expect(careful(naive({ capabilities: { drains: true } })).capabilities).toEqual({
      ...defaultCapabilities,
      drains: true,
    });
  });

  test("a release that is not as it was is prepared again, once, when it is known what it is made of", async () => {
    let prepared = 0;
    let started = 0;
    const damaged = failed({ code: "release-damaged", message: "it was changed" });
    const driver = careful(
      naive({
        prepare: async () => {
          prepared += 1;
          return ok();
        },
        start: async ({ id }) => {
          started += 1;
          return prepared === 2 ? ok(instance(id)) : damaged;
        },
      }),
    );
    expect(codes(await driver.start(spec, 1))).toEqual(["release-damaged"]);
    value(await driver.prepare("staging", fixtures, 1));
    value(await driver.start(spec, 1));
    expect([prepared, started]).toEqual([2, 3]);
    value(await driver.forget("staging", fixtures.digest, 1));
  });

  test("a watcher of one that tells nothing looks again and again", async () => {
    const over = new AbortController();
    let looks = 0;
    for await (const _ of careful(naive()).watch("staging", over.signal)) if (++looks === 3) over.abort();
    expect(looks).toBe(3);
  });

  test("restarts by one that brings back by itself are counted by what is seen", async () => {
    let startedAt = 10;
    const driver = careful(
      naive({ capabilities: { restarts: true }, observe: async () => ok([instance("a", { startedAt })]) }),
    );
    const restarts = async () => value(await driver.observe("staging"))[0]?.restarts;
    expect([await restarts(), await restarts()]).toEqual([0, 0]);
    startedAt = 20;
    expect([await restarts(), await restarts()]).toEqual([1, 1]);
    const counting = careful(naive({ observe: async () => ok([instance("a", { restarts: 7 })]) }));
    expect(value(await counting.observe("staging"))[0]?.restarts).toBe(7);
  });

  test("a driver whose releases nobody can change has nothing to verify", async () => {
    expect(value(await careful(naive()).verify("staging", fixtures))).toBeUndefined();
  });
});

describe("an environment that moves from one driver to another", () => {
  const calls: string[] = [];
  const driver = (name: string, deployment: number, own: Partial<NaiveDriver> = {}): Driver =>
    careful(
      naive({
        prepare: async () => {
          calls.push(`${name} prepare`);
          return ok();
        },
        start: async ({ id }) => {
          calls.push(`${name} start`);
          return ok(instance(id));
        },
        observe: async () => ok([instance(`${name}-1`, { deployment })]),
        async *follow() {
          yield Buffer.from(`of ${name}\n`);
        },
        ...own,
      }),
    );
  const one = driver("one", 1, { stop: async () => ok("asked") });
  const two = driver("two", 2);
  const both: ByDeployment = {
    of: async (deployment) => ok(deployment === 1 ? one : two),
    all: async () => ok([one, two]),
    withRelease: async () => ok([two]),
  };

  test("starts where its deployment goes, finds everything, and prepares where the release goes", async () => {
    const several = severalDrivers(both);
    value(await several.prepare("staging", fixtures, 1));
    value(await several.start({ ...spec, deployment: 1 }, 1));
    value(await several.start({ ...spec, deployment: 2 }, 1));
    expect(calls).toEqual(["two prepare", "one start", "two start"]);
    expect(value(await several.observe("staging")).map(({ id }) => id)).toEqual(["one-1", "two-1"]);
    expect(value(await several.stop("staging", "one-1", 0, 1))).toBe("asked");
    expect(await output(several, "two-1", 9)).toEqual(["of two"]);
    expect(await output(several, "nobody", 9)).toEqual([]);
  });

  test("does not say that there is nothing when one of them cannot be reached", async () => {
    const gone = driver("gone", 3, {
      observe: async () => failed({ code: "driver-unreachable", message: "nobody answers" }),
    });
    const several = severalDrivers({ ...both, all: async () => ok([one, gone]) });
    expect(codes(await several.observe("staging"))).toEqual(["driver-unreachable"]);
  });
});

describe("the registry", () => {
  test("opens what a deployment has stored, and refuses what it does not know as newer", async () => {
    expect((await openDriver({ kind: "local" }, { stateFolder: "/nowhere" })).ok).toBe(true);
    for (const unknown of [{ kind: "cloud" }, { kind: "local", region: "x" }, { kind: "constructor" }])
      expect(codes(await openDriver(unknown, { stateFolder: "/nowhere" }))).toEqual(["state-newer"]);
  });

  test("takes one more of a test, and lets it go", async () => {
    const kind = {
      options: {},
      spec: () => ({ kind: "mine" }),
      isSpec: () => true,
      open: async () => careful(naive()),
    };
    const remove = registerForTest("mine", kind);
    expect((await openDriver({ kind: "mine" }, { stateFolder: "/nowhere" })).ok).toBe(true);
    remove();
    expect(codes(await openDriver({ kind: "mine" }, { stateFolder: "/nowhere" }))).toEqual(["state-newer"]);
  });
});
