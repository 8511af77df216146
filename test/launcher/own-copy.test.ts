import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { contentDigest, markUsed, ownCopy } from "../../src/launcher/own-copy.ts";
import { tempFolder } from "../support/temp-folder.ts";

const files = { "main.js": "export const main = 1;\n", "chunk-1.js": "export {};\n" };
const content = contentDigest(new Map(Object.entries(files).map(([name, text]) => [name, Buffer.from(text)])));
const dayMs = 24 * 3_600_000;

/** A project that has Tidegate among its packages, and a user with a cache. */
function installed() {
  const folder = tempFolder({
    "node_modules/tidegate/package.json": JSON.stringify({ name: "tidegate", version: "1.2.3", bin: "dist/bin.js" }),
    "node_modules/tidegate/dist/bin.js": "#!/usr/bin/env node\n",
    "node_modules/tidegate/dist/index.d.ts": "export {};\n",
    "node_modules/tidegate/dist/main.js": files["main.js"],
    "node_modules/tidegate/dist/chunk-1.js": files["chunk-1.js"],
    "cache/.keep": "",
  });
  const cache = join(folder, "cache");
  const dist = join(folder, "node_modules/tidegate/dist");
  const start = (now = Date.now()) => ownCopy(dist, { XDG_CACHE_HOME: cache }, now, content);
  return { folder, cache, dist, start, programs: join(cache, "tidegate/program") };
}

test("what is installed in a project runs from a private copy that stays when the project's packages are wiped", () => {
  const { folder, start, programs } = installed();
  const copy = join(programs, content, "dist");
  expect(start()).toEqual({ copy });
  rmSync(join(folder, "node_modules"), { recursive: true });
  expect(readdirSync(copy).sort()).toEqual(["bin.js", "chunk-1.js", "main.js"]);
  expect(readFileSync(join(copy, "main.js"), "utf8")).toBe(files["main.js"]);
  expect(JSON.parse(readFileSync(join(copy, "../package.json"), "utf8"))).toEqual({
    name: "tidegate",
    version: "1.2.3",
    type: "module",
  });
  expect(statSync(dirname(copy)).mode & 0o777).toBe(0o700);
  expect(start()).toEqual({ copy });
});

test("a package that is not what was built is refused, and leaves nothing behind", () => {
  const { dist, start, programs } = installed();
  writeFileSync(join(dist, "chunk-1.js"), "evil();\n");
  expect(start()).toEqual({ damaged: dist });
  expect(readdirSync(programs)).toEqual([]);
});

test("a clone runs where it is", () => {
  const { folder, cache } = installed();
  const env = { XDG_CACHE_HOME: cache };
  expect(ownCopy(folder, env, Date.now(), content)).toEqual({ inPlace: "notInstalled" });
  expect(ownCopy(join(folder, "node_modules/tidegate/dist"), env, Date.now(), undefined)).toEqual({
    inPlace: "notInstalled",
  });
});

test("a folder that others can write to is never run from, wherever it is above the copy", () => {
  const { cache, start, programs } = installed();
  start();
  for (const folder of [cache, join(cache, "tidegate"), programs, join(programs, content)]) {
    const { mode } = statSync(folder);
    chmodSync(folder, 0o777);
    expect([folder, start()]).toEqual([folder, { inPlace: "noCache" }]);
    chmodSync(folder, mode);
  }
  expect(start()).toMatchObject({ copy: expect.any(String) });
});

test("a cache that cannot be made is no reason not to run", () => {
  const { dist } = installed();
  expect(ownCopy(dist, { XDG_CACHE_HOME: "/proc/no" }, Date.now(), content)).toEqual({ inPlace: "noCache" });
});

test("a copy that another call has made meanwhile is as good, half a copy of one that was killed is not taken", () => {
  const { start, programs } = installed();
  mkdirSync(join(programs, ".draft-1-abc/dist"), { recursive: true, mode: 0o700 });
  chmodSync(programs, 0o700);
  const made = start();
  expect(made).toEqual({ copy: join(programs, content, "dist") });
  expect(existsSync(join(programs, content, "dist/main.js"))).toBe(true);
});

test("copies that nothing was started from for a month go when a new one comes; one that is in use stays", () => {
  const { start, programs } = installed();
  const now = Date.now();
  const ages = { "old-idle": 40, "old-used": 40, recent: 3, ".draft-2-def": 2, ".draft-3-new": 0.1 };
  mkdirSync(programs, { recursive: true, mode: 0o700 });
  for (const [name, days] of Object.entries(ages)) {
    mkdirSync(join(programs, name, "dist"), { recursive: true });
    const then = new Date(now - days * dayMs);
    utimesSync(join(programs, name), then, then);
  }
  markUsed(join(programs, "old-used", "dist"));
  start(now);
  expect(readdirSync(programs).sort()).toEqual([".draft-3-new", content, "old-used", "recent"].sort());
});

test("marking as used touches nothing but a copy", () => {
  const { dist } = installed();
  const { mtimeMs } = statSync(dirname(dist));
  markUsed(dist);
  expect(statSync(dirname(dist)).mtimeMs).toBe(mtimeMs);
});
