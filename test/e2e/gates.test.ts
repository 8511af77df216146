import { describe, expect, test } from "vitest";
import { runCli } from "../support/cli.ts";
import { testProject } from "../support/project.ts";

const dayMs = 86_400_000;
const day = (from: number) => new Date(Date.now() + from * dayMs).toISOString().slice(0, 10);
/** Shut from the day before yesterday to the day after tomorrow. */
const shut = `window({ deny: [{ from: "${day(-2)}", to: "${day(2)}" } as never], timeZone: "UTC" })`;
const later = `window({ deny: [{ from: "${day(8)}", to: "${day(9)}" } as never], timeZone: "UTC" })`;

describe("a window", () => {
  test("that is shut keeps deployments out, says when it opens, and lets a rollback pass", async () => {
    const project = await testProject({ gates: later });
    await project.ok("ship");
    project.version("two");
    await project.ok("ship");
    expect((await project.ok("status", "production")).stdout).toContain(`takes deployments now until`);

    project.define(["staging", "production"], { gates: shut });
    project.version("three");
    const shipped = await project.run("ship");
    expect(shipped.code, shipped.stderr).toBe(3);
    expect(shipped.stderr).toContain(
      `error[window-shut]: production takes no deployments from ${day(-2)} to ${day(2)} (UTC)`,
    );
    expect(shipped.stderr).toMatch(/It opens \w{3} [\d-]+ 00:00\. Then: tidegate deploy production --release \w{8}/);
    expect([await project.label("staging"), await project.label("production")]).toEqual(["three", "two"]);
    const planned = await project.run("plan", "production");
    expect(planned.code).toBe(3);
    expect(planned.stdout).toContain("would be refused: production takes no deployments");
    expect(await project.status("production")).toMatchObject({ window: { isOpen: false, timeZone: "UTC" } });

    await project.ok("rollback", "production");
    expect(await project.label("production")).toBe("one");
  });
});

describe("an overridden gate", () => {
  test("is let pass with a reason, told loudly, and shown until somebody acknowledges it", async () => {
    const project = await testProject({ gates: `${shut}, check("smoke", "false")` });
    await project.ok("ship", "staging");
    for (const wrong of [
      ["--override", "window"],
      ["--override", "leaks", "--reason", "why"],
    ])
      expect((await project.run("promote", ...wrong)).code).toBe(2);
    const refused = await project.run("promote");
    expect([refused.code, refused.stderr.includes("--override window --reason")]).toEqual([3, true]);

    const through = await project.ok(
      "promote",
      "--override",
      "window",
      "--override",
      "smoke",
      "--reason",
      "shop is down",
    );
    expect(through.stderr).toContain("GATE OVERRIDDEN: window, because: shop is down.");
    expect(await project.label("production")).toBe("one");
    const { deployment } = await project.status("production");
    const overrides = ["smoke", "window"].map((gate) => ({ gate, reason: "shop is down" }));
    const told = await project.json<{ overridden?: { overrides: object[] }[] }>("status", "production");
    expect(told[0]?.overridden).toMatchObject([{ deployment, overrides: expect.arrayContaining(overrides) }]);
    expect((await project.ok("status")).stdout).toContain(`tidegate acknowledge ${deployment}`);
    expect((await project.ok("explain", String(deployment))).stdout).toContain("GATE OVERRIDDEN: smoke");

    await project.ok("acknowledge", `#${deployment}`, "--reason", "the fix was reviewed");
    await project.ok("acknowledge", String(deployment));
    expect((await project.ok("status")).stdout).not.toContain("overridden");
    expect((await project.ok("history", "production")).stdout).toContain("the fix was reviewed");
    expect((await project.run("acknowledge", "1")).code).toBe(2);
  });
});

describe("an approval", () => {
  const as = (who: string) => ({
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: "user.email",
    GIT_CONFIG_VALUE_0: `${who}@example.org`,
  });

  test("promise 24: is a record that outlives the agent; the last yes begins exactly what was asked for, once", async () => {
    const gates = `approval({ by: ["lead@example.org", "head@example.org"], count: 2, notAuthor: true })`;
    const project = await testProject({ gates, hasSecret: true, env: as("dev") });
    const shipped = await project.run("ship");
    expect([shipped.code, shipped.stderr], shipped.stderr).toEqual([
      3,
      expect.stringContaining("error[approval-awaited]"),
    ]);
    const number = /tidegate approve (\d+)/.exec(shipped.stderr)![1]!;
    await project.kill(project.agent);
    const says = (who: string, ...more: string[]) =>
      runCli(["approve", number, ...more], { cwd: project.folder, env: { ...project.env, ...as(who) } });
    expect((await says("lead")).code).toBe(2);
    expect((await says("dev", "--yes")).stderr).toContain("error[not-permitted]");
    const first = await says("lead", "--yes");
    expect([first.code, first.stderr]).toEqual([3, expect.stringContaining("waits for 1 approval more")]);
    expect((await says("lead", "--yes")).stderr).toContain("has approved");
    expect((await project.ok("status", "production")).stdout).toContain(`tidegate approve ${number}`);
    const last = await says("head", "--yes");
    expect(last.code, last.stderr).toBe(0);
    expect(await project.label("production")).toBe("one");
    expect(await project.status("production")).toMatchObject({ deployment: Number(number) });
    expect((await says("head", "--yes")).stderr).toContain("has begun already");
  });

  test("lapses when what runs has moved, and is rejected with a reason", async () => {
    const project = await testProject({ gates: `approval({ by: "lead@example.org" })`, env: as("lead") });
    const number = /tidegate approve (\d+)/.exec((await project.run("ship")).stderr)![1]!;
    project.version("two");
    await project.ok("ship", "staging");
    expect((await project.run("approve", number, "--yes")).stderr).toContain("error[approval-lapsed]");
    const again = /tidegate approve (\d+)/.exec((await project.run("promote")).stderr)![1]!;
    await project.ok("approve", again, "--reject", "--reason", "not on a Friday");
    const past = (await project.ok("history", "production")).stdout;
    for (const part of ["lapsed", "not on a Friday"]) expect(past).toContain(part);
    expect((await project.run("approve", again, "--yes")).code).toBe(2);
  });
});
