import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { binFile } from "../support/cli.ts";
import { label, leftOf, list, names, previewProject } from "../support/preview-project.ts";
import { eventually } from "../support/project.ts";
import { tempFolder } from "../support/temp-folder.ts";

const preload = pathToFileURL(join(import.meta.dirname, "../support/clock-at.mjs")).href;
const minute = 60_000;
const hour = 60 * minute;

/** A project whose program and agent have the clocks that the test sets: ahead by so many milliseconds. */
async function clockedProject() {
  const file = join(tempFolder(), "clock");
  const project = await previewProject(undefined, {
    env: { CLOCK_FILE: file },
    program: ["--import", preload, binFile()],
  });
  const setAhead = (wall: number, running = 0) => {
    writeFileSync(`${file}.new`, `${wall} ${running}`);
    renameSync(`${file}.new`, file);
  };
  return { project, setAhead };
}

test("promise 10: a time that is over in the middle of a deployment waits for its end, and then ends the preview", async () => {
  const { project, setAhead } = await clockedProject();
  project.version("one", { migrate: "go" });
  await project.ok("env", "create", "--preview", "login", "--ttl", "30m");
  const shipping = project.start("ship", "login");
  await shipping.until("migrate web");
  // Less than what is taken for a jump.
  setAhead(45 * minute);
  for (let look = 0; look < 2; look += 1)
    expect((await project.ok("env", "list")).stdout).toContain("its lifetime has ended");
  project.open("go");
  expect(await shipping.ended).toMatchObject({ code: 0 });
  await eventually(async () => expect(await names(project)).toEqual([]));
  await eventually(() => expect(leftOf(project, "login")).toEqual([]));
});

test("promise 10: a clock that goes forwards, back and forwards again ends no preview at once, also across a restart of the agent", async () => {
  const { project, setAhead } = await clockedProject();
  await project.ok("env", "create", "--preview", "login", "--ttl", "2h");
  await project.ok("ship", "login");
  const isThere = async () => {
    expect(await names(project)).toEqual(["login"]);
    expect(await label(project, "login")).toBe("one");
  };
  for (const wall of [3 * hour, -3 * hour, 3 * hour]) {
    setAhead(wall);
    // The second look finds what the agent made of the first.
    for (let look = 0; look < 2; look += 1) await isThere();
  }
  await project.kill(project.agent);
  await isThere();
  setAhead(3 * hour + 11 * minute, 11 * minute);
  await eventually(async () =>
    expect(await list(project)).not.toContainEqual(expect.objectContaining({ name: "login" })),
  );
});
