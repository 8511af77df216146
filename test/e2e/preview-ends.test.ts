import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Unended } from "../../src/environment/previews.ts";
import { list, names, previewProject } from "../support/preview-project.ts";
import { processesIn } from "../support/processes.ts";
import { eventually, type TestProject } from "../support/project.ts";

interface PreviewStatus {
  readonly preview?: { readonly unended?: Unended };
}

test("promise 10: a preview whose end fails is told as such by every look, fails none, and goes once that is mended", async () => {
  const project = await previewProject();
  await project.ok("env", "create", "--preview", "login");
  const folder = join(project.stateFolder, "instances", "login");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, ".token"), "no token\n");
  await project.ok("env", "create", "--preview", "login", "--ttl", "0.01m");
  const shown = await eventually(async () => {
    const result = await project.ok("env", "list");
    expect(result.stdout).toContain("could not be destroyed (");
    return result;
  });
  expect(shown.stderr).toMatch(
    /^! login could not be destroyed \(.*again at .* UTC\): .*does not hold a fencing token/,
  );
  expect((await project.run("status", "login")).stdout).toContain("could not be destroyed (");
  const [status] = await project.json<PreviewStatus>("status", "login");
  expect(status?.preview?.unended).toMatchObject({ failure: { code: "state-damaged" } });
  const listed = (await list(project)).find(({ name }) => name === "login");
  expect(listed).toMatchObject({ unended: { failure: { code: "state-damaged" } } });
  rmSync(join(folder, ".token"));
  await project.ok("env", "destroy", "login", "--yes");
  expect(await names(project)).toEqual([]);
});

test("a look does not wait for the end of a preview that takes long, and says that it goes on", async () => {
  const project = await previewProject(undefined, { grace: "1h" });
  project.version("one", { stubborn: true });
  await project.ok("env", "create", "--preview", "login");
  await project.ok("ship", "login");
  await project.kill(project.agent);
  const ending = project.start("env", "create", "--preview", "login", "--ttl", "0.01m");
  await ending.ended;
  await eventually(async () => {
    const { stdout, stderr } = await project.ok("env", "list");
    expect(stderr).toContain("login: being destroyed; this continues in the background");
    expect(stdout).toContain("login");
  });
  for (const { pid } of servers(project)) process.kill(pid, "SIGKILL");
  await eventually(async () => expect(await names(project)).toEqual([]));
});

function servers(project: TestProject) {
  return processesIn(project.parent).filter(({ command }) => command.includes("dist/server.mjs"));
}
