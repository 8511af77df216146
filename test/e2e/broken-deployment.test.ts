import { describe, expect, test } from "vitest";
import { testProject, type Version } from "../support/project.ts";

describe("promise 11: a broken version leaves the one before serving, loses no request, and shows why", () => {
  const broken: readonly (readonly [string, Version, number, string, string])[] = [
    ["that never becomes healthy", { isSick: true }, 1, "instance-unhealthy", "two is not well"],
    ["that crashes at its start", { crashes: "at start" }, 1, "instance-exited", "no database: giving up"],
    ["whose migration fails", { migrate: false }, 1, "migration-failed", "two: the migrate says no"],
    ["that a check refuses", { check: false }, 3, "check-failed", "two: the check says no"],
  ];

  test.each(broken)("one %s", async (_, version, code, failure, evidence) => {
    // The version that works must become healthy within it too, also on a busy machine.
    const healthTimeout = version.isSick === true ? "5s" : "30s";
    const project = await testProject({ hasMigration: true, hasCheck: true, healthTimeout, replicas: 2 });
    project.define(["production"]);
    expect((await project.ok("ship")).stderr).toMatch(/\n\w+ answers at http:\S+\n$/);
    const before = await project.status("production");

    project.version("two", version);
    const load = project.load("production");
    const shipped = await project.run("ship");
    const { lost, reasons, byRelease } = await load.stop();

    expect(shipped.code, shipped.stderr).toBe(code);
    expect(shipped.stderr).toContain(`error[${failure}]`);
    expect(shipped.stderr).toContain(evidence);
    expect({ lost, reasons }).toEqual({ lost: 0, reasons: [] });
    expect(Object.keys(byRelease)).toEqual([before.release]);
    expect(await project.label("production")).toBe("one");

    const after = await project.status("production");
    expect(after).toMatchObject({ state: "serving", release: before.release, deployment: before.deployment });
    expect(after.instances.map(({ pid }) => pid)).toEqual(before.instances.map(({ pid }) => pid));
    const [latest] = await project.json<object>("history", "production");
    expect(latest).toMatchObject({ end: { outcome: "reverted", failures: [{ code: failure }] } });
    expect(JSON.stringify(latest)).toContain(evidence);
  });
});
