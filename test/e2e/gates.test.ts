import { describe, expect, test } from "vitest";
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
