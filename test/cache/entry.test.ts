import { describe, expect, it } from "vitest";
import { digestOf } from "../../src/blobs/digest.ts";
import { type Entry, parseEntry, writeEntry } from "../../src/cache/entries/entry.ts";
import { type Fingerprint, fingerprintSchema } from "../../src/cache/fingerprint/fingerprint.ts";
import { type OutputEntry, outputManifest } from "../../src/cache/outputs/manifest.ts";
import { cacheKey } from "../support/cache-key.ts";

const fingerprint = digestOf("fingerprint") as string as Fingerprint;
const file: OutputEntry = { path: "dist/a", kind: "file", mode: 0o644, digest: digestOf("a"), size: 1 };

function entry(outputs: readonly unknown[]): Entry {
  return {
    schema: fingerprintSchema,
    task: "build",
    fingerprint,
    parts: [["task:run", '"make"']],
    outputs: outputManifest(outputs as OutputEntry[]),
    log: digestOf("log"),
    durationMs: 5,
    createdAt: 1,
  };
}

describe("promise 3: an entry of the cache", () => {
  it("is read as it was written", () => {
    const whole = entry([
      { path: "dist", kind: "folder", mode: 0o755 },
      file,
      { path: "dist/l", kind: "link", target: "../../anywhere" },
    ]);
    expect(parseEntry(writeEntry(whole, cacheKey), fingerprint, cacheKey)).toEqual(whole);
  });

  it("is damaged when any byte of it is", () => {
    const text = writeEntry(entry([file]), cacheKey);
    for (let position = 0; position < text.length; position++) {
      const other = text[position] === "0" ? "1" : "0";
      expect(
        parseEntry(text.slice(0, position) + other + text.slice(position + 1), fingerprint, cacheKey),
      ).toBeUndefined();
      expect(parseEntry(text.slice(0, position), fingerprint, cacheKey)).toBeUndefined();
    }
  });

  it("is not used for another fingerprint, or from another schema", () => {
    expect(
      parseEntry(writeEntry(entry([]), cacheKey), digestOf("other") as string as Fingerprint, cacheKey),
    ).toBeUndefined();
    expect(parseEntry(writeEntry({ ...entry([]), schema: "0" }, cacheKey), fingerprint, cacheKey)).toBeUndefined();
  });

  it.each([
    ["climbs out", [{ ...file, path: "../a" }]],
    ["climbs out in the middle", [{ ...file, path: "a/../../b" }]],
    ["is absolute", [{ ...file, path: "/etc/cron.d/x" }]],
    ["is git's", [{ ...file, path: ".git/hooks/pre-commit" }]],
    ["is Tidegate's", [{ ...file, path: ".tidegate/key" }]],
    ["is named twice", [file, file]],
    [
      "stands behind a link",
      [
        { path: "dist", kind: "link", target: "/etc" },
        { ...file, path: "dist/passwd" },
      ],
    ],
    [
      "stands far behind a link",
      [
        { path: "dist", kind: "link", target: "/etc" },
        { ...file, path: "dist/a/b" },
      ],
    ],
    ["has a digest that is a path", [{ ...file, digest: "sha256:../../x" }]],
    ["has a mode with more than permissions", [{ ...file, mode: 0o4755 }]],
    ["is of no known kind", [{ path: "x", kind: "socket", mode: 0o644 }]],
  ])("is refused when an output %s", (_, outputs) => {
    expect(parseEntry(writeEntry(entry(outputs), cacheKey), fingerprint, cacheKey)).toBeUndefined();
  });
});
