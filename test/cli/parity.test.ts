import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runCli } from "../support/cli.ts";
import { testProject } from "../support/project.ts";
import { tempFolder } from "../support/temp-folder.ts";

test("promise 9: before anything was deployed, environments are compared by the definition, and what differs is told with its reason", async () => {
  const project = await testProject();
  const { code, stdout, stderr } = await project.run("parity");
  expect(stderr).toBe("");
  expect(stdout).toBe(`staging     the definition: nothing is serving there
production  the definition: nothing is serving there
here        this machine

  place  staging                 production
≠ after  (none)                  staging                 as each environment says
≠ url    ${project.url("staging", "")}  ${project.url("production", "")}  as each environment says

≡ 9 equal, – 3 in one column alone (--all shows them)
✔ equal except where declared: 2 declared
`);
  expect(code).toBe(0);
});

test("one environment alone is compared with the one that it comes after, and the first with none", async () => {
  const project = await testProject();
  const both = await project.run("parity", "staging", "production");
  const one = await project.run("parity", "production");
  const [head, ...rest] = both.stdout.split("\n\n");
  const why = "production is compared with staging, which it comes after";
  expect(one).toEqual({ ...both, stdout: [head, why, ...rest].join("\n\n") });
  const first = await project.run("parity", "staging");
  expect(first).toMatchObject({ code: 0, stdout: expect.not.stringContaining("✔") });
  expect(first.stdout).toContain("! not compared with another environment: staging does not come after one.");
  expect(await project.json("parity", "staging")).toMatchObject([{ compared: false }]);
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

test("a statement is written without secrets, and checked by somebody who has none", async () => {
  const project = await testProject({ hasSecret: true });
  const written = await project.run("parity", "--statement", "parity.json");
  expect(written).toMatchObject({ code: 0, stderr: expect.stringContaining("the statement is in parity.json") });
  const text = readFileSync(join(project.folder, "parity.json"), "utf8");
  expect(text).not.toContain(project.secret);
  await project.ok("parity", "--statement", "again.json");
  expect(readFileSync(join(project.folder, "again.json"), "utf8")).toBe(text);

  const call = { cwd: project.folder, env: { TIDEGATE_STATE: project.stateHome } };
  const right = await runCli(["parity", "--verify", "parity.json"], call);
  expect(right).toMatchObject({ code: 0, stdout: expect.stringContaining("It does not prove:\n  ! who made it") });

  writeFileSync(join(project.folder, "parity.json"), text.replace('"text": "local"', '"text": "remote"'));
  const wrong = await runCli(["parity", "--verify", "parity.json"], call);
  expect(wrong).toMatchObject({ code: 1, stderr: expect.stringMatching(/^error\[statement-refuted\]/) });
  expect(wrong.stdout).toContain("staging is not as stated: place driver");
  expect(wrong.stdout).toContain("– it says: equal except where declared");
  expect(wrong.stdout).not.toContain("✔");
  const none = await runCli(["parity", "--verify", "tidegate.config.ts"], call);
  expect(none).toMatchObject({ code: 2, stderr: expect.stringMatching(/^error\[statement-invalid\]/) });
  expect((await runCli(["parity", "staging", "--verify", "parity.json"], call)).code).toBe(2);
});

test.each(["shortlinks", "dafnckmachine"])("promise 9: the example %s passes its own parity", async (example) => {
  const cwd = tempFolder({});
  cpSync(join(import.meta.dirname, "../../examples", example), cwd, { recursive: true });
  const { code, stdout, stderr } = await runCli(["parity"], { cwd, env: { SOPS_AGE_KEY_FILE: "demo-key.txt" } });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toContain("equal except where declared");
});
