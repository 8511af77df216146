import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { check } from "../../src/app/check.ts";
import { doctor } from "../../src/app/doctor/doctor.ts";
import type { RunRequest } from "../../src/app/run/request.ts";
import { run } from "../../src/app/run/run.ts";
import { fakeNpm } from "../launcher/fake-npm.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { failureOf, Listener, lendPackages, portsFor, unwrap } from "./ports.ts";

const definition = `import { defineProject, task } from "tidegate";
const say = task({ run: "node --version > said.txt", inputs: ["in.txt"], outputs: ["said.txt"] });
export default defineProject({ name: "small", pipeline: { say } });
`;

const plain: RunRequest = {
  tasks: [],
  filters: [],
  affected: false,
  since: undefined,
  concurrency: undefined,
  force: false,
  confine: undefined,
  audit: false,
  failed: false,
  replay: false,
  junit: undefined,
};

/** A project, and a user who has Node 20.1.0 on PATH, 22.3.0 from a version manager, and an npm that has 23.1.0. */
function user(files: Readonly<Record<string, string>>) {
  const folder = tempFolder({
    "project/tidegate.config.ts": definition,
    "project/in.txt": "1",
  });
  const project = join(folder, "project");
  lendPackages(project);
  const write = (more: Readonly<Record<string, string>>) => {
    for (const [name, text] of Object.entries(more)) writeFileSync(join(project, name), text);
  };
  const node = (place: string, version: string) => {
    mkdirSync(join(folder, place), { recursive: true });
    writeFileSync(join(folder, place, "node"), `#!/bin/sh\necho v${version}\n`, { mode: 0o755 });
  };
  write(files);
  node("bin", "20.1.0");
  node("home/.nvm/versions/node/v22.3.0/bin", "22.3.0");
  mkdirSync(join(folder, "cache"));
  const npm = fakeNpm(folder, "23.1.0");
  const env = {
    PATH: `${join(folder, "bin")}:${npm.bin}:/usr/bin:/bin`,
    HOME: join(folder, "home"),
    XDG_CACHE_HOME: join(folder, "cache"),
    TIDEGATE_STATE: join(folder, "state"),
  };
  const ports = { ...portsFor(project), env };
  const listener = new Listener();
  const runIt = async (request = plain) => unwrap(await run(ports, request, listener.say));
  const said = () => readFileSync(join(project, "said.txt"), "utf8").trim();
  return { project, ports, write, runIt, said, npm, listener };
}

test.each([
  [{}, "v20.1.0"],
  [{ ".nvmrc": "20" }, "v20.1.0"],
  [{ ".nvmrc": "22" }, "v22.3.0"],
  [{ ".node-version": "22.3.0" }, "v22.3.0"],
  [{ ".nvmrc": "lts/jod" }, "v22.3.0"],
  [{ "package.json": `{ "engines": { "node": ">=18" } }` }, "v20.1.0"],
  [{ "package.json": `{ "engines": { "node": ">=21" } }` }, "v22.3.0"],
  [{ "package.json": `{ "volta": { "node": "22.3.0" }, "engines": { "node": ">=18" } }` }, "v22.3.0"],
])("the tasks of a project with %j get Node %s", async (files, version) => {
  const { runIt, said, npm } = user(files);
  await runIt();
  expect(said()).toBe(version);
  expect(npm.calls()).toEqual([]);
});

test("a Node that is not here is fetched once, and said; the next run needs no registry", async () => {
  const { runIt, said, npm, listener } = user({ ".nvmrc": "23" });
  await runIt();
  expect(said()).toBe("v23.1.0");
  expect(npm.calls()).toHaveLength(1);
  expect(listener.notices.filter(({ notice }) => notice === "fetchingNode")).toEqual([
    { notice: "fetchingNode", range: "23", from: ".nvmrc" },
  ]);
  rmSync(join(npm.bin, "npm"));
  await runIt({ ...plain, force: true });
  expect(said()).toBe("v23.1.0");
});

test("promise 1: another Node is another result, and the one before is known when the project goes back to it", async () => {
  const { runIt, said, write, listener } = user({ ".nvmrc": "20" });
  await runIt();
  write({ ".nvmrc": "22" });
  await runIt();
  expect(said()).toBe("v22.3.0");
  expect(listener.events.at(-1)).toMatchObject({ type: "runFinished", counts: { ran: 1, hits: 0 } });
  write({ ".nvmrc": "20" });
  await runIt();
  expect(listener.events.at(-1)).toMatchObject({ type: "runFinished", counts: { ran: 0, hits: 1 } });
  expect(said()).toBe("v20.1.0");
});

test("what cannot be had is told with a way on, and no other Node takes its place", async () => {
  const { ports, project, npm, listener } = user({ ".nvmrc": "19" });
  writeFileSync(join(npm.bin, "npm"), "#!/bin/sh\necho 'npm error code ETARGET' >&2\nexit 1\n");
  const failure = failureOf(await run(ports, plain, listener.say));
  expect(failure).toMatchObject({
    code: "node-missing",
    message: expect.stringMatching(/^The project needs Node 19 \(\.nvmrc\), and on PATH is 20\.1\.0/),
    hint: expect.stringContaining("npm view"),
  });
  writeFileSync(join(project, ".nvmrc"), "lts/unheard-of");
  expect(failureOf(await run(ports, plain, listener.say))).toMatchObject({ code: "node-unclear" });
  expect(failureOf(await check(ports, { withoutSecrets: true }))).toMatchObject({ code: "node-unclear" });
});

test("check and doctor tell which Node it is, and one that is missing", async () => {
  const { ports, write } = user({ ".nvmrc": "22" });
  const ofNode = async () => (await doctor(ports)).find(({ what }) => what === "Node of the project");
  expect(await ofNode()).toMatchObject({ state: "good", detail: "22.3.0, as .nvmrc says: 22" });
  expect(unwrap(await check(ports, { withoutSecrets: true })).warnings).toEqual([]);
  write({ ".nvmrc": "23" });
  expect(await ofNode()).toMatchObject({ state: "warning", hint: expect.stringContaining("tidegate run") });
  expect(unwrap(await check(ports, { withoutSecrets: true })).warnings).toMatchObject([{ code: "node-missing" }]);
});
