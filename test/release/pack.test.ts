import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { digestOf } from "../../src/blobs/digest.ts";
import { DiskBlobStore } from "../../src/blobs/disk/disk-blob-store.ts";
import type { Project, ServiceOptions } from "../../src/definition/types.ts";
import type { Event } from "../../src/events/event.ts";
import { defineProject, output, postgres, service, staticSite, terraform } from "../../src/index.ts";
import { readManifest } from "../../src/release/read-manifest.ts";
import {
  canMount,
  codes,
  diskStore,
  listing,
  pack,
  plant,
  project,
  temporaryFolder,
  value,
  withSmallDisk,
} from "./support.ts";

const app = {
  "dist/server.js": "serve",
  "dist/lib/a.js": "a",
  "dist/lib/a.js.map": "map",
  "dist/run.sh": ["x", "#!/bin/sh\n"],
  "dist/empty": null,
  "package.json": "{}",
  "src/server.ts": "source",
  ".env": "local",
} as const;

test("a release is its files, services and config schema, with every default said", async () => {
  const folder = plant(temporaryFolder(), app);
  const blobs = diskStore();
  const packed = value(await pack(folder, ["dist/", "package.json", "!**/*.map"], { blobs }));
  const { digest, ...manifest } = packed;
  expect(manifest).toEqual({
    schema: 1,
    project: "shortlinks",
    services: {
      web: {
        run: "node server.js",
        files: ["!**/*.map", "dist/", "package.json"],
        healthTimeoutMs: 30_000,
        route: "/",
        replicas: 1,
        graceMs: 10_000,
      },
    },
    files: [
      { path: "dist/empty", folder: true },
      { path: "dist/lib/a.js", mode: "644", digest: digestOf("a"), size: 1 },
      { path: "dist/run.sh", mode: "755", digest: digestOf("#!/bin/sh\n"), size: 10 },
      { path: "dist/server.js", mode: "644", digest: digestOf("serve"), size: 5 },
      { path: "package.json", mode: "644", digest: digestOf("{}"), size: 2 },
    ],
    config: { LOG_LEVEL: { type: "string" } },
  });
  expect(value(await readManifest(digest, blobs))).toEqual(manifest);
});

test("the digest of a known release never changes", async () => {
  const folder = plant(temporaryFolder(), { "b c/ü.txt": "1", "a.sh": ["x", "2"], l: { link: "b c" } });
  const options = { health: "/h", migrate: ["node", "m.js"], grace: "1.5s", route: false } as const;
  const packed = value(await pack(folder, ["./"], { project: project(["./"], options) }));
  expect(packed.digest).toBe("sha256:38ea678918dc6df9e917073fbbc8b2519eeb1d016086df0eadc7c322a572d20a");
});

test("packing says what it packed, and whether that is new", async () => {
  const folder = plant(temporaryFolder(), app);
  const events: Event[] = [];
  const blobs = diskStore();
  const { digest } = value(await pack(folder, ["dist/"], { blobs, events }));
  value(await pack(folder, ["dist/"], { blobs, events }));
  const packed = { type: "releasePacked", release: digest, files: 4, bytes: 19 };
  expect(events).toEqual([
    { ...packed, isNew: true },
    { ...packed, isNew: false },
  ]);
});

describe("the same files give the same digest", () => {
  const files = ["dist/", "package.json"];
  const digestIn = async (folder: string, given = files) => value(await pack(folder, given)).digest;
  const first = () => digestIn(plant(temporaryFolder(), app));

  test("wherever they lie, also behind a link", async () => {
    const folder = plant(temporaryFolder("elsewhere "), app);
    expect(await digestIn(folder)).toBe(await first());
    const links = plant(temporaryFolder(), { "to project": { link: folder } });
    expect(await digestIn(join(links, "to project"))).toBe(await first());
  });

  test("whenever they were written and in what order", async () => {
    const reversed = Object.fromEntries(Object.entries(app).reverse());
    const folder = plant(temporaryFolder(), reversed);
    execFileSync("find", [folder, "-exec", "touch", "-h", "-d", "1999-12-31", "{}", "+"]);
    expect(await digestIn(folder)).toBe(await first());
  });

  test("whatever the umask was, as long as what can be executed can", async () => {
    const folder = plant(temporaryFolder(), app);
    execFileSync("chmod", ["-R", "u+rwX,go-rwx", folder]);
    expect(await digestIn(folder)).toBe(await first());
    execFileSync("chmod", ["-R", "a+rwX", folder]);
    expect(await digestIn(folder)).toBe(await first());
  });

  test("however the patterns are ordered and repeated", async () => {
    const folder = plant(temporaryFolder(), app);
    expect(await digestIn(folder, ["package.json", "dist/", "package.json"])).toBe(await first());
  });

  test("with absolute links into the project", async () => {
    const linked = (folder: string) => plant(folder, { ...app, "dist/link": { link: join(folder, "package.json") } });
    expect(await digestIn(linked(temporaryFolder()))).toBe(await digestIn(linked(temporaryFolder("other "))));
  });
});

test.each([
  ["content", { ...app, "dist/server.js": "other" }],
  ["a name", { ...app, "dist/new.js": "" }],
  ["what can be executed", { ...app, "dist/server.js": ["x", "serve"] }],
  ["an empty folder", { ...app, "dist/void": null }],
] as const)("%s makes another digest", async (_, changed) => {
  const before = value(await pack(plant(temporaryFolder(), app), ["dist/"]));
  const after = value(await pack(plant(temporaryFolder(), changed), ["dist/"]));
  expect(after.digest).not.toBe(before.digest);
});

test("each service asks for its own files, and excludes only from its own", async () => {
  const folder = plant(temporaryFolder(), { "a/1": "", "a/2": "", "b/1": "" });
  const services = {
    one: service({ run: "x", files: ["a/", "!a/2"] }),
    two: service({ run: "x", files: ["*/2"] }),
    none: service({ run: "x", files: [] }),
  };
  const packed = value(await pack(folder, [], { project: defineProject({ name: "p", pipeline: {}, services }) }));
  expect(listing(packed)).toEqual(["a/1 644", "a/2 644"]);
});

test.each([
  [["a"], ["a/b/deep.js 644", "a/one.js 644"]],
  [["a/**"], ["a/b/deep.js 644", "a/one.js 644"]],
  [["*.js"], ["top.js 644"]],
  [["a/*.js"], ["a/one.js 644"]],
  [["**/*.js"], ["a/b/deep.js 644", "a/one.js 644", "sp ace/ü.js 644", "top.js 644"]],
  [
    ["**/*.js", "!a"],
    ["sp ace/ü.js 644", "top.js 644"],
  ],
  [
    ["**/*.js", "!*/b"],
    ["a/one.js 644", "sp ace/ü.js 644", "top.js 644"],
  ],
  [["node_modules/"], ["node_modules/m/i.js 644"]],
  [["node_modules/**/i.js"], ["node_modules/m/i.js 644"]],
  [["sp ace/"], ["sp ace/ü.js 644"]],
  [["./a//b/"], ["a/b/deep.js 644"]],
])("%j means %j", async (files, expected) => {
  const tree = { "top.js": "", "a/one.js": "", "a/b/deep.js": "", "sp ace/ü.js": "", "node_modules/m/i.js": "" };
  expect(listing(value(await pack(plant(temporaryFolder(), tree), files)))).toEqual(expected);
});

test("a pattern that matches nothing is a failure with a hint, each of them", async () => {
  const folder = plant(temporaryFolder(), app);
  const result = await pack(folder, ["dist/", "build/", "nope.txt", "package.json/", "src/*.js", "src/", "!src"]);
  expect(codes(result)).toEqual(Array(5).fill("release-file-missing"));
  expect(result).toHaveProperty("failures.0", {
    code: "release-file-missing",
    message: 'Service "web": nothing matches "build/" in `files`',
    hint: expect.stringContaining("tidegate run"),
  });
});

test("git's and Tidegate's own folders are never released", async () => {
  const folder = plant(temporaryFolder(), { ".tidegate/state.db": "", "sub/.GIT/x": "", "sub/a": "" });
  for (const repository of [folder, join(folder, "sub")]) execFileSync("git", ["init", "-q", repository]);
  expect(listing(value(await pack(folder, ["./"])))).toEqual(["sub/a 644"]);
  expect(codes(await pack(folder, [".git/"]))).toEqual(["release-file-missing"]);
  expect(codes(await pack(folder, [".tidegate/state.db"]))).toEqual(["release-file-missing"]);
});

test.each(["../x", "/etc/passwd", "a/../../x", "!../x"])("the pattern %j leads out and is refused", async (pattern) => {
  expect(codes(await pack(temporaryFolder(), [pattern]))).toEqual(["path-outside-project"]);
});

describe("symbolic links", () => {
  test("stay links, said relative to themselves", async () => {
    const folder = temporaryFolder();
    plant(folder, {
      "bin/tool.js": "",
      "m/.bin/tool": { link: "../../bin/tool.js" },
      "m/detour": { link: "../bin/../bin/./tool.js" },
      "m/absolute": { link: join(folder, "bin/tool.js") },
      "m/folder": { link: "./../bin/" },
      "m/dangling": { link: "nowhere" },
      "m/circle": { link: "circle" },
      "m/self": { link: "." },
    });
    expect(listing(value(await pack(folder, ["bin/", "m/"])))).toEqual([
      "bin/tool.js 644",
      "m/.bin/tool -> ../../bin/tool.js",
      "m/absolute -> ../bin/tool.js",
      "m/circle -> circle",
      "m/dangling -> nowhere",
      "m/detour -> ../bin/tool.js",
      "m/folder -> ../bin",
      "m/self -> .",
    ]);
  });

  test.each(["/etc/hosts", "../../outside", "/nowhere/at/all", "../../../../../../etc", "x/../../../y"])(
    "that lead out (%j) are refused",
    async (link) => {
      const folder = plant(temporaryFolder(), { "a/link": { link } });
      const result = await pack(folder, ["a/"]);
      expect(codes(result)).toEqual(["path-outside-project"]);
      expect(result).toMatchObject({ failures: [{ message: expect.stringContaining("a/link") }] });
      expect(codes(await pack(folder, ["a/", "!a/link"]))).toEqual(["release-file-missing"]);
    },
  );

  test("that lead out by way of another link are refused", async () => {
    const folder = plant(temporaryFolder(), { "a/link": { link: "../hop" }, hop: { link: "/etc" } });
    expect(codes(await pack(folder, ["a/"]))).toEqual(["path-outside-project"]);
  });

  test("are not walked through by a pattern", async () => {
    const folder = plant(temporaryFolder(), { "real/x": "", link: { link: "real" }, out: { link: "/etc" } });
    expect(codes(await pack(folder, ["link/x"]))).toEqual(["release-file-missing"]);
    expect(codes(await pack(folder, ["out/hosts"]))).toEqual(["path-outside-project"]);
    expect(codes(await pack(folder, ["link/"]))).toEqual(["release-file-missing"]);
    expect(listing(value(await pack(folder, ["link/", "real/"])))).toEqual(["link -> real", "real/x 644"]);
  });

  test("to a workspace's package that is not in the release are a failure that says what to add", async () => {
    const tree = { "packages/core/i.js": "", "node_modules/core": { link: "../packages/core" } };
    const folder = plant(temporaryFolder(), tree);
    const result = await pack(folder, ["node_modules/"]);
    expect(codes(result)).toEqual(["release-file-missing"]);
    expect(result).toMatchObject({ failures: [{ hint: expect.stringContaining('"packages/core/"') }] });
    expect(listing(value(await pack(folder, ["node_modules/", "packages/"])))).toHaveLength(2);
  });
});

test("what is no file is refused", async () => {
  const folder = plant(temporaryFolder(), { "a/file": "" });
  const server = createServer().listen(join(folder, "a/socket"));
  await once(server, "listening");
  try {
    expect(codes(await pack(folder, ["a/"]))).toEqual(["release-path-refused"]);
    expect(listing(value(await pack(folder, ["a/", "!a/socket"])))).toEqual(["a/file 644"]);
  } finally {
    server.close();
  }
});

test.runIf(process.platform === "linux")("names that are one name elsewhere are refused", async () => {
  expect(codes(await pack(plant(temporaryFolder(), { "a/X": "", "a/x": "" }), ["a/"]))).toEqual([
    "release-path-refused",
  ]);
  const spellings = { "a/\u00e4": "", "a/a\u0308": "" };
  expect(codes(await pack(plant(temporaryFolder(), spellings), ["a/"]))).toEqual(["release-path-refused"]);
});

test.runIf(process.platform === "linux")("a name that is not UTF-8 is a failure, not a crash", async () => {
  const folder = plant(temporaryFolder(), { "a/ok": "" });
  // Not through Node, which can only write names of valid Unicode.
  execFileSync("sh", ["-c", "printf x > \"$(printf 'a/\\377')\""], { cwd: folder });
  const result = await pack(folder, ["a/"]);
  expect(codes(result)).toEqual(["release-file-missing"]);
  expect(result).toHaveProperty("failures.0.cause", expect.stringContaining("UTF-8"));
});

test.runIf(canMount)("a full blob store is one failure, however many files there are", async () => {
  const disk = join(temporaryFolder(), "disk");
  const tree = Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`a/${n}`, `${n}`.repeat(5_000)]));
  const folder = plant(temporaryFolder(), tree);
  await withSmallDisk(disk, 64, async () => {
    expect(codes(await pack(folder, ["a/"], { blobs: new DiskBlobStore(disk) }))).toEqual(["no-space"]);
  });
});

test("promise 21: a release that says what an older Tidegate does not know has a schema that it refuses", async () => {
  const folder = plant(temporaryFolder(), app);
  const plain = value(await pack(folder, ["dist/"]));
  const services = project(["dist/"], { writes: ["uploads/"], drainTimeout: "1m" });
  const writing = value(await pack(folder, [], { project: services }));
  expect(plain.schema).toBe(1);
  expect(writing).toMatchObject({ schema: 2, services: { web: { writes: ["uploads/"], drainTimeoutMs: 60_000 } } });
});

test("promise 21: a single file that a service writes to needs schema 5", async () => {
  const folder = plant(temporaryFolder(), app);
  const blobs = diskStore();
  const packed = value(await pack(folder, [], { project: project(["dist/"], { writes: ["app.sqlite3"] }), blobs }));
  expect(packed).toMatchObject({ schema: 5, services: { web: { writes: ["app.sqlite3"] } } });
  expect(value(await readManifest(packed.digest, blobs)).services).toEqual(packed.services);
});

test("promise 21: the Node that the project says is in the release, which then needs schema 4", async () => {
  const folder = plant(temporaryFolder(), { ...app, ".nvmrc": "lts/jod\n" });
  expect(value(await pack(folder, ["dist/"]))).toMatchObject({ schema: 4, services: { web: { node: "22" } } });
});

test("promise 21: a static site needs schema 4: an older Tidegate has no server for it", async () => {
  const folder = plant(temporaryFolder(), app);
  const services = { ...project(["dist/"]), services: { web: staticSite({ folder: "dist" }) } };
  const blobs = diskStore();
  const packed = value(await pack(folder, [], { project: services, blobs }));
  expect(value(await readManifest(packed.digest, blobs)).services).toEqual(packed.services);
  expect(packed).toMatchObject({
    schema: 4,
    services: { web: { run: ["tidegate:static", "dist/"], files: ["dist/"] } },
  });
});

test("promise 21: what services use, their limits, and whether previews run them need schema 3, each by itself", async () => {
  const folder = plant(temporaryFolder(), app);
  const blobs = diskStore();
  const db = postgres({ version: "16" });
  const infra = terraform({ dir: "infra" });
  const schemaOf = async (options: Partial<ServiceOptions>, resources: Project["resources"] = {}) => {
    const packed = value(await pack(folder, [], { project: { ...project(["dist/"], options), resources }, blobs }));
    expect(value(await readManifest(packed.digest, blobs)).services).toEqual(packed.services);
    return { schema: packed.schema, web: packed.services.web };
  };
  const uses = { PGHOST: output(db, "host"), DATABASE_URL: db, BUCKET: output(infra, "bucket") };
  expect(await schemaOf({ uses }, { db, infra })).toMatchObject({
    schema: 3,
    web: {
      uses: {
        BUCKET: { resource: "infra", output: "bucket" },
        DATABASE_URL: { resource: "db", output: "url" },
        PGHOST: { resource: "db", output: "host" },
      },
    },
  });
  expect(await schemaOf({ limits: { memory: "0.5GB", cpu: 2 } })).toMatchObject({
    schema: 3,
    web: { limits: { memoryBytes: 500_000_000, cpu: 2 } },
  });
  expect(await schemaOf({ limits: { memory: "1.0000001MB" } })).toMatchObject({
    web: { limits: { memoryBytes: 1_000_000 } },
  });
  expect(await schemaOf({ inPreviews: false })).toMatchObject({ schema: 3, web: { inPreviews: false } });
  expect(await schemaOf({ uses: {} })).toMatchObject({ schema: 1 });
  expect(await schemaOf({ writes: ["a/"] })).toMatchObject({ schema: 2 });
});

test("a release that needs nothing new has the digest that it always had", async () => {
  const folder = plant(temporaryFolder(), app);
  const services = project(["dist/"], { writes: ["uploads/"] });
  // Resources that no service uses are the environment's, not the release's.
  const unused = { ...services, resources: { db: postgres({ version: "16" }) } };
  const digests = [];
  for (const one of [project(["dist/"]), services, unused])
    digests.push(value(await pack(folder, [], { project: one })).digest);
  expect(digests).toEqual([
    "sha256:bfd9a0cd09590083ec9797298e07c8410bcf424c1d296a23d180ac8f94a8ad1a",
    "sha256:e070087c138b861428e5607d5a39aa2f6d70870b80389f324fa0f180067efa32",
    "sha256:e070087c138b861428e5607d5a39aa2f6d70870b80389f324fa0f180067efa32",
  ]);
});
