import { spawnSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { BlobStore } from "../../src/blobs/blob-store.ts";
import { digestOf } from "../../src/blobs/digest.ts";
import { localDriver } from "../../src/drivers/local/local-driver.ts";
import { ok, type Result } from "../../src/errors/result.ts";
import { releaseContent } from "../../src/release/content.ts";
import { entryProblem } from "../../src/release/entry-problem.ts";
import type { ReleaseEntry } from "../../src/release/manifest.ts";
import { readManifest } from "../../src/release/read-manifest.ts";
import { verifyRelease } from "../../src/release/verify.ts";
import { inReadOnly } from "../support/remove-tree.ts";
import {
  canMount,
  codes,
  diskStore,
  forge,
  harvest,
  pack,
  plant,
  temporaryFolder,
  value,
  withSmallDisk,
} from "./support.ts";

const app = {
  "dist/sérver 1.js": "serve",
  "dist/run.sh": ["x", "run"],
  "dist/empty/deep": null,
  "dist/link": { link: "../package.json" },
  "package.json": "{}",
} as const;
const unpackedApp = {
  "dist/sérver 1.js": ["444", "serve"],
  "dist/run.sh": ["555", "run"],
  "dist/empty/deep": null,
  "dist/link": { link: "../package.json" },
  "package.json": ["444", "{}"],
};

async function packed() {
  const blobs = diskStore();
  const { digest } = value(await pack(plant(temporaryFolder(), app), ["dist/", "package.json"], { blobs }));
  return { blobs, digest, folder: join(temporaryFolder(), "state") };
}

const copiesIn = (folder: string) => join(folder, "environments/staging/releases");

/** The release in the copy that an environment runs it from. */
async function unpackRelease(release: string, blobs: BlobStore, folder: string): Promise<Result<string>> {
  const content = await releaseContent(release, blobs);
  if (!content.ok) return content;
  const prepared = await localDriver({ stateFolder: folder }).prepare("staging", content.value, 1);
  return prepared.ok ? ok(join(copiesIn(folder), release.replace("sha256:", ""))) : prepared;
}

function blobPath(folder: string, content: string): string {
  const name = digestOf(content).slice("sha256:".length);
  return join(folder, name.slice(0, 2), name.slice(2));
}

function overwrite(path: string, content: string): void {
  chmodSync(path, 0o644);
  writeFileSync(path, content);
}

test("a release is unpacked as it was packed, its files and folders read-only", async () => {
  const { blobs, digest, folder } = await packed();
  const path = value(await unpackRelease(digest, blobs, folder));
  expect(path).toBe(join(copiesIn(folder), digest.replace("sha256:", "")));
  expect(harvest(path)).toEqual(unpackedApp);
  for (const name of ["", "dist", "dist/empty/deep"]) expect(statSync(join(path, name)).mode & 0o777).toBe(0o555);
  expect(readdirSync(copiesIn(folder))).toEqual([digest.slice(7), `${digest.slice(7)}.json`]);
});

test("the umask of who unpacks makes no difference", async () => {
  const { blobs, digest, folder } = await packed();
  const module = (name: string) => JSON.stringify(join(import.meta.dirname, "../../src", name));
  const script = `
    import { localDriver } from ${module("drivers/local/local-driver.ts")};
    import { releaseContent } from ${module("release/content.ts")};
    import { DiskBlobStore } from ${module("blobs/disk/disk-blob-store.ts")};
    process.umask(0o077);
    const { value } = await releaseContent(${JSON.stringify(digest)}, new DiskBlobStore(${JSON.stringify(blobs.folder)}));
    await localDriver({ stateFolder: ${JSON.stringify(folder)} }).prepare("staging", value, 1);`;
  expect(spawnSync(process.execPath, ["--input-type=module", "-e", script]).status).toBe(0);
  const path = join(copiesIn(folder), digest.replace("sha256:", ""));
  expect(harvest(path)).toEqual(unpackedApp);
  for (const name of ["", "dist", "dist/empty/deep"]) expect(statSync(join(path, name)).mode & 0o777).toBe(0o555);
});

test("unpacking twice, and many times at once, is the same as once", async () => {
  const { blobs, digest, folder } = await packed();
  const all = await Promise.all(Array.from({ length: 6 }, () => unpackRelease(digest, blobs, folder)));
  const [path] = all.map(value);
  const inode = statSync(join(path!, "package.json")).ino;
  value(await unpackRelease(digest, blobs, folder));
  expect(statSync(join(path!, "package.json")).ino).toBe(inode);
  expect(harvest(path!)).toEqual(unpackedApp);
  expect(readdirSync(copiesIn(folder))).toEqual([digest.slice(7), `${digest.slice(7)}.json`]);
});

test.each<[string, (path: string) => void]>([
  ["a changed file", (path) => overwrite(join(path, "package.json"), "[]")],
  ["a truncated file", (path) => overwrite(join(path, "dist/sérver 1.js"), "")],
  ["a file that may be written", (path) => chmodSync(join(path, "package.json"), 0o644)],
  ["a missing folder", (path) => rmSync(join(path, "dist"), { recursive: true })],
  [
    "another link",
    (path) => {
      rmSync(join(path, "dist/link"));
      symlinkSync("/etc/passwd", join(path, "dist/link"));
    },
  ],
  [
    "a folder where a file was",
    (path) => {
      rmSync(join(path, "package.json"));
      mkdirSync(join(path, "package.json/x"), { recursive: true });
    },
  ],
  [
    "a file where a folder was",
    (path) => {
      rmSync(join(path, "dist"), { recursive: true });
      writeFileSync(join(path, "dist"), "");
    },
  ],
])("%s is put right by unpacking again", async (_, damage) => {
  const { blobs, digest, folder } = await packed();
  const path = value(await unpackRelease(digest, blobs, folder));
  inReadOnly(path, () => damage(path));
  expect(value(await unpackRelease(digest, blobs, folder))).toBe(path);
  expect(harvest(path)).toEqual(unpackedApp);
});

test("putting a release right writes nothing through a link that took a folder's place", async () => {
  const { blobs, digest, folder } = await packed();
  const path = value(await unpackRelease(digest, blobs, folder));
  const outside = temporaryFolder();
  inReadOnly(path, () => {
    rmSync(join(path, "dist"), { recursive: true });
    symlinkSync(outside, join(path, "dist"));
  });
  value(await unpackRelease(digest, blobs, folder));
  expect(harvest(path)).toEqual(unpackedApp);
  expect(readdirSync(outside)).toEqual([]);
});

test("a link in the release's own place is replaced", async () => {
  const { blobs, digest, folder } = await packed();
  const outside = temporaryFolder();
  mkdirSync(copiesIn(folder), { recursive: true });
  symlinkSync(outside, join(copiesIn(folder), digest.replace("sha256:", "")));
  expect(harvest(value(await unpackRelease(digest, blobs, folder)))).toEqual(unpackedApp);
  expect(readdirSync(outside)).toEqual([]);
});

test("what a killed process left half unpacked is removed, what a living one is at work on is not", async () => {
  const { blobs, digest, folder } = await packed();
  const name = digest.replace("sha256:", "");
  const ended = spawnSync("true").pid;
  const left = (pid: number) => `.${name}.unfinished.${pid}.abc`;
  mkdirSync(join(copiesIn(folder), left(ended), "dist"), { recursive: true });
  mkdirSync(join(copiesIn(folder), left(process.ppid)));
  value(await unpackRelease(digest, blobs, folder));
  expect(readdirSync(copiesIn(folder)).sort()).toEqual([left(process.ppid), name, `${name}.json`]);
});

test("a missing or damaged blob is release-damaged, and nothing is left", async () => {
  const { blobs, digest, folder } = await packed();
  overwrite(blobPath(blobs.folder, "serve"), "SERVE");
  rmSync(blobPath(blobs.folder, "run"));
  const verified = await verifyRelease(digest, blobs);
  expect(verified).toMatchObject({ failures: [{ code: "release-damaged", cause: "dist/run.sh\ndist/sérver 1.js" }] });
  const unpacked = await unpackRelease(digest, blobs, folder);
  expect(unpacked).toMatchObject({ failures: [{ code: "release-damaged", cause: "dist/run.sh\ndist/sérver 1.js" }] });
  expect(readdirSync(copiesIn(folder))).toEqual([]);
});

test("an intact release verifies; packing again mends a damaged one", async () => {
  const blobs = diskStore();
  const folder = plant(temporaryFolder(), app);
  const { digest } = value(await pack(folder, ["dist/", "package.json"], { blobs }));
  expect(value(await verifyRelease(digest, blobs)).project).toBe("shortlinks");
  overwrite(blobPath(blobs.folder, "run"), "ruin");
  expect(codes(await verifyRelease(digest, blobs))).toEqual(["release-damaged"]);
  value(await pack(folder, ["dist/", "package.json"], { blobs }));
  expect(codes(await verifyRelease(digest, blobs))).toEqual([]);
});

test("a damaged manifest is release-damaged, a missing one no longer kept, and what is no digest unknown", async () => {
  const { blobs, digest, folder } = await packed();
  const name = digest.replace("sha256:", "");
  overwrite(join(blobs.folder, name.slice(0, 2), name.slice(2)), "{}");
  expect(codes(await unpackRelease(digest, blobs, folder))).toEqual(["release-damaged"]);
  expect(codes(await verifyRelease(digest, blobs))).toEqual(["release-collected"]);
  for (const text of ["", name, "sha256:", `sha256:${"../".repeat(21)}a`, `sha256:${"A".repeat(64)}`])
    expect(codes(await readManifest(text, blobs))).toEqual(["unknown-release"]);
});

test("a manifest of a newer version is said to be one", async () => {
  const blobs = diskStore();
  expect(codes(await readManifest(await forge(blobs, { schema: 99, novelty: true }), blobs))).toEqual(["state-newer"]);
});

test.each<object>([
  { schema: 0 },
  { project: 1 },
  { extra: true },
  { files: [{ path: "a" }] },
  { files: [{ path: "a", mode: "777", digest: digestOf(""), size: 0 }] },
  { files: [{ path: "a", mode: "644", digest: "sha256:../../x", size: 0 }] },
  { files: [{ path: "a", mode: "644", digest: digestOf(""), size: -1 }] },
  { files: [{ path: "a", symlink: "b", folder: true }] },
  { services: { web: { run: [] } } },
])("a manifest of another form is refused: %j", async (change) => {
  const blobs = diskStore();
  expect(codes(await readManifest(await forge(blobs, change), blobs))).toEqual(["release-damaged"]);
});

test("bytes that are no JSON are no manifest", async () => {
  const blobs = diskStore();
  for (const bytes of ["", "null", "[]", "{", '"x"'])
    expect(codes(await readManifest(value(await blobs.putBytes(Buffer.from(bytes))), blobs))).toEqual([
      "release-damaged",
    ]);
});

const file = (path: string): ReleaseEntry => ({ path, mode: "644", digest: digestOf("evil"), size: 4 });
const link = (path: string, symlink: string): ReleaseEntry => ({ path, symlink });

describe("hostile manifests are refused", () => {
  test.each<[string, ReleaseEntry[]]>([
    ["path", [file("/etc/cron.d/x")]],
    ["path", [file("../x")]],
    ["path", [file("a/../../x")]],
    ["path", [file("a/./b")]],
    ["path", [file("a//b")]],
    ["path", [file("")]],
    ["path", [file("a/")]],
    ["path", [file("a\0b")]],
    ["path", [file("\ud800")]],
    ["path", [{ path: "..", folder: true }]],
    ["path", [file(`${"d/".repeat(3_000)}x`)]],
    ["name", [file("x".repeat(256))]],
    ["name", [file(".git/hooks/post-checkout")]],
    ["name", [file("a/.Tidegate/state.db")]],
    ["twice", [file("a"), file("a")]],
    ["twice", [file("a"), link("a", "b")]],
    ["collision", [file("A"), file("a")]],
    ["collision", [link("Dir", "."), file("dir/x")]],
    ["collision", [file("ä"), file("a\u0308")]],
    ["belowNonFolder", [link("a", "b"), file("a/x")]],
    ["belowNonFolder", [file("a/b/c"), file("a")]],
    ["symlink", [link("a", "/etc")]],
    ["symlink", [link("a", "..")]],
    ["symlink", [link("a/b", "../../x")]],
    ["symlink", [link("a", "a/a/a/../../..")]],
    ["symlink", [link("a", "b//c")]],
    ["symlink", [link("a", "")]],
    ["symlink", [link("a", "b\0c")]],
  ])("%s: %j", async (because, files) => {
    expect(entryProblem(files)?.because).toBe(because);
    const blobs = diskStore();
    value(await blobs.putBytes(Buffer.from("evil")));
    const folder = join(temporaryFolder(), "a/b/c/d/releases");
    const result = await unpackRelease(await forge(blobs, { files }), blobs, folder);
    expect(codes(result)).toEqual(["release-damaged"]);
    expect(() => readdirSync(folder)).toThrow();
  });
});

test("what is strange but harmless is taken", () => {
  const names = ["...", "..a", "a\\..\\b", "-rf", "a b", "ü", "new\nline", ".gitignore", "a/.github/x"].map(file);
  const links = [link("l/1", ".."), link("l/2", "."), link("l/3/4", "../../..."), link("l/5", "..a/b")];
  expect(entryProblem([...names, ...links, { path: "e", folder: true }])).toBeUndefined();
});

test.runIf(canMount)("a full disk leaves nothing half unpacked", async () => {
  const blobs = diskStore();
  const tree = { "a/small": "1", "a/big": "x".repeat(300_000) };
  const { digest } = value(await pack(plant(temporaryFolder(), tree), ["a/"], { blobs }));
  const disk = join(temporaryFolder(), "disk");
  await withSmallDisk(disk, 128, async () => {
    expect(codes(await unpackRelease(digest, blobs, disk))).toEqual(["no-space"]);
    expect(readdirSync(copiesIn(disk))).toEqual([]);
  });
});

test("an unpacked release can be moved away and unpacked again", async () => {
  const { blobs, digest, folder } = await packed();
  const path = value(await unpackRelease(digest, blobs, folder));
  renameSync(path, `${path}.old`);
  expect(readFileSync(join(value(await unpackRelease(digest, blobs, folder)), "package.json"), "utf8")).toBe("{}");
});
