import { describe, expect, it } from "vitest";
import { count, shortDigest, showBytes, showDuration } from "../../src/errors/quantities.ts";

describe("quantities for people", () => {
  it.each([
    [0, "0 ms"],
    [8.4, "8 ms"],
    [99.9, "100 ms"],
    [100, "0.1 s"],
    [1249, "1.2 s"],
    [59_940, "59.9 s"],
    [59_960, "1 min 00 s"],
    [3_599_499, "59 min 59 s"],
    [3_600_000, "1 h 00 min"],
    [7_505_000, "2 h 05 min"],
  ])("%d ms are shown as %s", (milliseconds, shown) => {
    expect(showDuration(milliseconds)).toBe(shown);
  });

  it.each([
    [0, "0 B"],
    [999, "999 B"],
    [1000, "1.0 kB"],
    [1_234_567, "1.2 MB"],
    [99_960_000, "100 MB"],
    [999_600_000, "1.0 GB"],
  ])("%d bytes are shown as %s", (bytes, shown) => {
    expect(showBytes(bytes)).toBe(shown);
  });

  it("have plurals and short digests", () => {
    expect([count(1, "task"), count(0, "task"), count(2, "branch", "branches")]).toEqual([
      "1 task",
      "0 tasks",
      "2 branches",
    ]);
    expect(shortDigest(`sha256:1a2b3c4d${"0".repeat(56)}`)).toBe("1a2b3c4d");
  });
});
