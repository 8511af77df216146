import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { routes } from "../../src/agent/protocol/protocol.ts";
import { binFile, runCli } from "../support/cli.ts";
import { label, leftOf, names, previewProject } from "../support/preview-project.ts";
import { eventually, type TestProject } from "../support/project.ts";

const preload = pathToFileURL(join(import.meta.dirname, "../support/die-at.mjs")).href;
/** More steps than there are: a loop that never ends is a mistake in the loop. */
const most = 200;
/** Every step where time does not matter, otherwise each of so many. */
const stride = process.env.TIDEGATE_TESTS === "all" ? 8 : 16;

/** `env destroy` with an agent that dies before its nth step; what that was, or `undefined` when it had fewer. */
async function destroyDying(project: TestProject, name: string, step: number): Promise<string | undefined> {
  const file = join(project.parent, "died");
  rmSync(file, { force: true });
  for (const pid of project.agents) await project.kill(pid);
  const env = { ...project.env, DIE_AT: String(step), DIE_NOTE: file, DIE_AFTER: routes.destroy };
  const program = ["--import", preload, binFile()];
  await runCli(["env", "destroy", name, "--yes"], { cwd: project.folder, env, program });
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}

test("promises 10, 11: an agent that is killed at any step of a destroy leaves all that serves, or the next command ends the rest", async () => {
  const project = await previewProject();
  const died: string[] = [];
  for (let step = 1; step < most; step += stride) {
    // Each has a history of its own: what came before would be looked through, too, and make the steps more and more.
    const name = `kill-${step}-x`;
    await project.ok("env", "create", "--preview", name);
    await project.ok(step === 1 ? "ship" : "deploy", name);
    await project.ok("env", "backup", name);
    const where = await destroyDying(project, name, step);
    if (where === undefined) break;
    died.push(where);
    const at = `killed before step ${step}: ${where}`;
    await eventually(async () => {
      const isListed = (await names(project)).includes(name);
      expect(isListed ? await label(project, name) : "gone", at).toBe(isListed ? "one" : "gone");
    });
    await project.ok("env", "destroy", name, "--yes");
    await eventually(() => expect(leftOf(project, name), at).toEqual([]));
    expect(await names(project), at).toEqual([]);
  }
  expect(died.length).toBeGreaterThan(3);
  expect(died.length * stride).toBeLessThan(most);
}, 1_800_000);
