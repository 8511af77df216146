import { execFileSync } from "node:child_process";
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, expect } from "vitest";
import type { BlobStore } from "../../src/blobs/blob-store.ts";
import { DiskBlobStore } from "../../src/blobs/disk/disk-blob-store.ts";
import type { Project, ServiceOptions } from "../../src/definition/types.ts";
import type { Result } from "../../src/errors/result.ts";
import type { Event } from "../../src/events/event.ts";
import { canonicalJson, type JsonValue } from "../../src/files/canonical-json.ts";
import type { Variables } from "../../src/git/ask-git.ts";
import { type Pattern, parsePattern } from "../../src/graph/patterns/pattern.ts";
import { defineProject, service } from "../../src/index.ts";
import type { ReleaseManifest } from "../../src/release/manifest.ts";
import { type Leaks, type PackedRelease, packRelease } from "../../src/release/pack.ts";
import type { PackIndex } from "../../src/release/pack-index.ts";
import { LeakScanner } from "../../src/secrets/scan/leak-scanner.ts";
import { removeTree } from "../support/remove-tree.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) removeTree(folder);
});

export function temporaryFolder(name = "tidegate release ü-"): string {
  const folder = mkdtempSync(join(tmpdir(), name));
  folders.push(folder);
  return folder;
}

/** What a path is: text of a file, `["x", text]` of an executable one, `{ link }`, or an empty folder. */
export type Tree = Readonly<Record<string, string | readonly ["x", string] | { readonly link: string } | null>>;

export function plant(folder: string, tree: Tree): string {
  for (const [path, content] of Object.entries(tree)) {
    const file = join(folder, path);
    mkdirSync(content === null ? file : dirname(file), { recursive: true });
    if (content === null) continue;
    if (typeof content === "string") writeFileSync(file, content);
    else if ("link" in content) symlinkSync(content.link, file);
    else writeFileSync(file, content[1]);
    if (Array.isArray(content)) chmodSync(file, 0o755);
  }
  return folder;
}

/** The other way round: what is in a folder, with the modes of its files. */
export function harvest(folder: string, path = ""): Record<string, unknown> {
  const names = readdirSync(join(folder, path));
  if (names.length === 0 && path !== "") return { [path]: null };
  return Object.assign({}, ...names.map((name) => harvestOne(folder, path === "" ? name : `${path}/${name}`)));
}

function harvestOne(folder: string, path: string): Record<string, unknown> {
  const stat = lstatSync(join(folder, path));
  if (stat.isSymbolicLink()) return { [path]: { link: readlinkSync(join(folder, path)) } };
  if (stat.isDirectory()) return harvest(folder, path);
  return { [path]: [(stat.mode & 0o777).toString(8), readFileSync(join(folder, path), "utf8")] };
}

export function diskStore(): BlobStore & { readonly folder: string } {
  const folder = join(temporaryFolder(), "blobs");
  return Object.assign(new DiskBlobStore(folder, { durable: false }), { folder });
}

export function project(files: readonly string[], options: Partial<ServiceOptions> = {}): Project {
  const web = service({ run: "node server.js", files, ...options });
  return defineProject({ name: "shortlinks", pipeline: {}, services: { web } });
}

export interface PackCall {
  readonly blobs?: BlobStore;
  readonly project?: Project;
  readonly events?: Event[];
  readonly configSchema?: JsonValue;
  readonly leaks?: Leaks;
  readonly outputs?: readonly string[];
  readonly variables?: Variables;
  readonly index?: PackIndex;
}

export function pack(projectFolder: string, files: readonly string[], call: PackCall = {}) {
  return packRelease({
    projectFolder,
    project: call.project ?? project(files),
    blobs: call.blobs ?? diskStore(),
    configSchema: call.configSchema ?? { LOG_LEVEL: { type: "string" } },
    leaks: call.leaks ?? { scanner: new LeakScanner([]), unchecked: [] },
    outputs: (call.outputs ?? []).map((text) => (parsePattern(text) as { readonly pattern: Pattern }).pattern),
    variables: call.variables ?? process.env,
    index: call.index,
    emit: (event) => call.events?.push(event),
  });
}

/** Stores a manifest of somebody who did not use `packRelease`. */
export async function forge(blobs: BlobStore, change: Partial<Record<keyof ReleaseManifest | string, unknown>>) {
  const manifest = { schema: 1, project: "forged", services: {}, files: [], config: {}, ...change };
  return value(await blobs.putBytes(Buffer.from(canonicalJson(manifest as JsonValue))));
}

export function value<T>(result: Result<T>): T {
  expect(result).toMatchObject({ ok: true });
  return (result as { value: T }).value;
}

export function codes(result: Result<unknown>): string[] {
  return result.ok ? [] : result.failures.map(({ code }) => code);
}

/** Paths with what they say, without digests. */
export function listing(release: PackedRelease): string[] {
  return release.files.map((entry) => {
    if ("symlink" in entry) return `${entry.path} -> ${entry.symlink}`;
    return "folder" in entry ? `${entry.path}/` : `${entry.path} ${entry.mode}`;
  });
}

export const canMount = process.platform === "linux" && process.getuid?.() === 0;

export async function withSmallDisk(path: string, kilobytes: number, work: () => Promise<void>): Promise<void> {
  mkdirSync(path, { recursive: true });
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${kilobytes}k`, "tmpfs", path]);
  try {
    await work();
  } finally {
    execFileSync("umount", ["--lazy", path]);
  }
}
