import { expect, test } from "vitest";
import { testProject } from "../support/project.ts";

test("a change that was taken back and shipped stays taken back: deploying without naming a release deploys what was made last", async () => {
  const project = await testProject();
  project.define(["staging"]);
  await project.ok("ship");
  project.version("two");
  await project.ok("ship");
  expect(await project.label()).toBe("two");
  // The same files as at first: the same release, made again.
  project.version("one");
  await project.ok("ship");
  expect(await project.label()).toBe("one");
  await project.ok("deploy", "staging");
  expect(await project.label()).toBe("one");
  const listed = await project.json<{ readonly made: number; readonly shipped: number }>("release", "list");
  expect(listed.map(({ made, shipped }) => [made, shipped])).toEqual([
    [3, 4],
    [2, 2],
  ]);
});
