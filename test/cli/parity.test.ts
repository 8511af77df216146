import { expect, test } from "vitest";
import { testProject } from "../support/project.ts";

test("promise 9: before anything was deployed, environments are compared by the definition, and what differs is told with its reason", async () => {
  const project = await testProject();
  const { code, stdout, stderr } = await project.run("parity");
  expect(stderr).toBe("");
  expect(stdout).toBe(`staging     the definition: nothing serves there
production  the definition: nothing serves there
here        this machine

  place  staging                 production
≠ after  (none)                  staging                 as each environment says
≠ url    ${project.url("staging", "")}  ${project.url("production", "")}  as each environment says

≡ 12 equal (--all shows them)
✔ equal except where declared: 2 declared
`);
  expect(code).toBe(0);
});

test("promise 9: what runs services is asked of the processes that serve, and compared with this machine", async () => {
  const project = await testProject();
  await project.ok("ship", "staging");
  const { stdout } = await project.run("parity", "staging", "--all");
  const node = `node ${process.versions.node}`;
  const [running, here] = process.platform === "linux" ? [node, node] : ["(unknown)", node];
  expect(stdout).toMatch(new RegExp(`. web +${running.replace(/[()]/g, ".")} +${here}`));
  expect(stdout).toContain("staging  what serves: release");
});
