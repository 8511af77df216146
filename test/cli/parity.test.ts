import { expect, test } from "vitest";
import { testProject } from "../support/project.ts";

test("promise 9: before anything was deployed, environments are compared by the definition, and what differs is told with its reason", async () => {
  const project = await testProject();
  const { code, stdout, stderr } = await project.run("parity");
  expect(stderr).toBe("");
  expect(stdout).toBe(`staging     the definition: nothing serves there
production  the definition: nothing serves there

  place      staging                 production
≠ after      (none)                  staging                 as each environment says
≠ protected  false                   true                    as each environment says
≠ url        ${project.url("staging", "")}  ${project.url("production", "")}  as each environment says

≡ 6 equal (--all shows them)
✔ equal except where declared: 3 declared
`);
  expect(code).toBe(0);
});
