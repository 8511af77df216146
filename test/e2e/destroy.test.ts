import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { leftOf, previewProject } from "../support/preview-project.ts";
import { eventually } from "../support/project.ts";

test("promise 10: what env destroy removes is said before, exactly, and after; the second time there is nothing", async () => {
  const project = await previewProject();
  await project.ok("ship", "staging");
  await project.ok("env", "exec", "staging", "--", "sh", "-c", "touch $UPLOADS/one");
  for (let time = 0; time < 2; time += 1) await project.ok("env", "backup", "staging");
  const unsure = await project.run("env", "destroy", "staging");
  expect(unsure.code).toBe(2);
  // Its migration made a snapshot, too.
  expect(unsure.stderr).toContain(
    "staging: 2 instances, 4 B written by its services, uploads (folder) with 3 snapshots",
  );
  const destroyed = await project.ok("env", "destroy", "staging", "--yes");
  expect(destroyed.stderr).toContain("uploads: removed with 3 snapshots");
  expect(destroyed.stderr).toContain("staging | – destroyed, with its data");
  expect(leftOf(project, "staging")).toEqual([]);
  expect(existsSync(join(project.stateFolder, "jobs")) ? readdirSync(join(project.stateFolder, "jobs")) : []).toEqual(
    [],
  );
});

test("promise 10: where nothing is, nothing is destroyed, and that is what is said", async () => {
  const project = await previewProject();
  const again = async (...args: string[]) => {
    const { code, stdout, stderr } = await project.run("env", "destroy", ...args);
    return [code, stdout, stderr];
  };
  expect(await again("staging", "--yes")).toEqual([0, "", "staging | – there is nothing to destroy\n"]);
  expect(await again("staging")).toEqual([0, "", "staging | – there is nothing to destroy\n"]);
  expect(await again("--all", "--yes")).toEqual([0, "", "– there is nothing to destroy\n"]);
  const protectedOne = await project.run("env", "destroy", "production", "--yes");
  expect([protectedOne.code, protectedOne.stderr]).toEqual([
    3,
    expect.stringContaining("error[environment-protected]: production is protected"),
  ]);
  expect((await again("nowhere", "--yes"))[0]).toBe(2);
  await project.ok("env", "create", "--preview", "login");
  await project.ok("env", "destroy", "login", "--yes");
  expect(await again("login", "--yes")).toEqual([0, "", "login | – there is nothing to destroy\n"]);
});

test("the history tells how a preview was made, prolonged and ended, and doctor says nothing of it any more", async () => {
  const project = await previewProject();
  await project.ok("env", "create", "--preview", "login");
  expect((await project.run("doctor")).stdout).toContain("Environment login");
  await project.ok("env", "create", "--preview", "login", "--ttl", "0.01m");
  await eventually(async () => {
    expect((await project.ok("history", "login")).stdout).toContain("the preview's lifetime ended");
  });
  const { stdout } = await project.ok("history", "login");
  const told = ["created like staging; it ends on", "extended: it ends on", "destroyed, with its data"];
  for (const one of told) expect(stdout).toContain(one);
  expect((await project.run("doctor")).stdout).not.toContain("login");
});
