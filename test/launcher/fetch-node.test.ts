import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { fetchNode, nodePackage } from "../../src/launcher/fetch-node.ts";
import { buildName, knownNode } from "../../src/launcher/known-nodes.ts";
import { findRuntime } from "../../src/launcher/runtime.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { fakeNpm } from "./fake-npm.ts";

function user(version: string, program?: string) {
  const folder = tempFolder({ "cache/.keep": "", "home/.keep": "" });
  const npm = fakeNpm(folder, version, program);
  const env = { PATH: `${npm.bin}:/usr/bin:/bin`, HOME: join(folder, "home"), XDG_CACHE_HOME: join(folder, "cache") };
  return { folder, npm, env, nodes: join(folder, "cache/tidegate/node") };
}

test("a Node comes through npm, asked in the project's folder, without scripts; only its program is kept", async () => {
  const { folder, npm, env, nodes } = user("24.30.0");
  const fetched = await fetchNode({ range: "^24", env, folder });
  const file = join(nodes, `24.30.0-${buildName}/bin/node`);
  expect(fetched).toEqual({ file, version: "24.30.0" });
  expect(npm.calls()).toEqual([expect.stringMatching(`^${folder}: pack ${nodePackage}@\\^24 .*--ignore-scripts`)]);
  expect(readdirSync(nodes)).toEqual([`24.30.0-${buildName}`]);
  expect(statSync(file).mode & 0o777).toBe(0o700);
  expect(execFileSync(file, { encoding: "utf8" })).toBe("v24.30.0\n");
  expect(knownNode("24.x", env)).toEqual(fetched);
});

test("a package that is not the one that is meant is not kept, and nothing of it is started", async () => {
  const { folder, env, nodes } = user("24.30.0", `#!/bin/sh\ntouch "$0.started"\necho v24.30.0\n`);
  const integrity = `sha512-${"A".repeat(86)}==`;
  expect(await fetchNode({ range: "24", env, folder, integrity })).toMatchObject({
    cause: expect.stringMatching("another"),
  });
  expect(readdirSync(nodes)).toEqual([]);
});

test("the package that is meant is kept", async () => {
  const { folder, env, npm } = user("24.30.0");
  expect(await fetchNode({ range: "24", env, folder, integrity: npm.integrity })).toMatchObject({ version: "24.30.0" });
});

test.each([
  ["#!/bin/sh\nexit 1\n", /./],
  ["#!/no/such/loader\n", /does not start on this system/],
  ["#!/bin/sh\necho hello\n", /it says that it is version hello/],
])("a program that does not answer like a Node is not kept: %j", async (program, cause) => {
  const { folder, env, nodes } = user("24.30.0", program);
  expect(await fetchNode({ range: "24", env, folder })).toMatchObject({ cause: expect.stringMatching(cause) });
  expect(readdirSync(nodes)).toEqual([]);
});

test("two calls at once have the same Node in the end", async () => {
  const { folder, env, nodes } = user("24.30.0");
  const both = await Promise.all([1, 2].map(() => fetchNode({ range: "24", env, folder })));
  expect(both[0]).toEqual(both[1]);
  expect(readdirSync(nodes)).toEqual([`24.30.0-${buildName}`]);
});

test("without npm, without a folder, or when npm says no, the words say why and how to go on", async () => {
  const { folder, env } = user("24.30.0");
  const none = await fetchNode({ range: "24", env: { ...env, XDG_CACHE_HOME: "/proc/no" }, folder });
  expect(none).toMatchObject({ hint: expect.stringContaining("XDG_CACHE_HOME") });
  writeFileSync(join(folder, "fake npm/npm"), "#!/bin/sh\necho 'npm error code ETARGET' >&2\nexit 1\n");
  expect(await fetchNode({ range: "99", env, folder })).toMatchObject({
    cause: `The registry has no ${nodePackage}@99.`,
    hint: expect.stringContaining(`npm view ${nodePackage} version`),
  });
});

test("the newest Node of a range is found where version managers keep theirs, and none outside of the range", () => {
  const { folder, env } = user("24.30.0");
  const places = [
    "home/.nvm/versions/node/v18.1.0/bin",
    "home/.nvm/versions/node/v20.3.0/bin",
    "home/.volta/tools/image/node/20.10.0/bin",
    "home/.local/share/fnm/node-versions/v20.2.0/installation/bin",
    "home/.asdf/installs/nodejs/21.0.0/bin",
  ];
  for (const place of places) {
    mkdirSync(join(folder, place), { recursive: true });
    writeFileSync(join(folder, place, "node"), "", { mode: 0o755 });
  }
  expect(knownNode("20", env)).toEqual({
    file: join(folder, "home/.volta/tools/image/node/20.10.0/bin/node"),
    version: "20.10.0",
  });
  expect(knownNode("^20.2.0 <20.10", env)?.version).toBe("20.3.0");
  expect(knownNode(">=18", env)?.version).toBe("21.0.0");
  expect(knownNode("22", env)).toBeUndefined();
});

test("Tidegate's own Node: the one that is named, else one that is there; never one that is too old", async () => {
  const { folder, env } = user("24.30.0");
  const say = () => undefined;
  const named = (file: string) => findRuntime({ ...env, TIDEGATE_NODE: file }, folder, say);
  expect(await named(process.execPath)).toEqual({ file: process.execPath, version: process.versions.node });
  const old = join(folder, "old");
  writeFileSync(old, "#!/bin/sh\necho v20.1.0\n", { mode: 0o755 });
  expect(await named(old)).toMatchObject({ message: expect.stringContaining("names 20.1.0") });
  expect(await named("/etc/passwd")).toMatchObject({ message: expect.stringContaining("does not name a program") });
  expect(await named("/bin/true")).toMatchObject({ message: expect.stringContaining("is not Node") });
  mkdirSync(join(folder, "home/.nvm/versions/node/v26.1.0/bin"), { recursive: true });
  writeFileSync(join(folder, "home/.nvm/versions/node/v26.1.0/bin/node"), "", { mode: 0o755 });
  expect(await findRuntime(env, folder, say)).toMatchObject({ version: "26.1.0" });
});
