import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fileFailure } from "../../src/files/file-failure.ts";
import { writeFileAtomic } from "../../src/files/write-atomic.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tidegate files ü-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("a file is written whole, private, into folders that are made private", () => {
  const path = join(folder, "a b/ç/state.json");
  writeFileAtomic(path, "{}");
  expect(readFileSync(path, "utf8")).toBe("{}");
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(statSync(join(folder, "a b")).mode & 0o777).toBe(0o700);
  expect(statSync(join(folder, "a b/ç")).mode & 0o777).toBe(0o700);
});

test("a second write replaces the first and leaves no neighbour", () => {
  const path = join(folder, `${"n".repeat(250)}.txt`);
  writeFileAtomic(path, "one");
  writeFileAtomic(path, new Uint8Array([116, 119, 111]), 0o644);
  expect(readFileSync(path, "utf8")).toBe("two");
  expect(statSync(path).mode & 0o777).toBe(0o644);
  expect(readdirSync(folder)).toHaveLength(1);
});

test("when the target cannot be replaced the error is thrown and nothing is left behind", () => {
  mkdirSync(join(folder, "taken/inside"), { recursive: true });
  expect(() => writeFileAtomic(join(folder, "taken"), "x")).toThrow();
  expect(readdirSync(folder)).toEqual(["taken"]);
});

test.runIf(process.getuid?.() === 0 && process.platform === "linux")(
  "a full disk keeps the old content and is a failure with a hint",
  () => {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", folder]);
    try {
      const path = join(folder, "state.json");
      writeFileAtomic(path, "old");
      const error = catchError(() => writeFileAtomic(path, "x".repeat(200_000)));
      expect(fileFailure(error)).toMatchObject({ code: "no-space", message: `No space left to write ${path}` });
      expect(readFileSync(path, "utf8")).toBe("old");
      expect(readdirSync(folder)).toEqual(["state.json"]);
    } finally {
      execFileSync("umount", [folder]);
    }
  },
);

test("only errors of the disk are failures", () => {
  const error = (code: string) => Object.assign(new Error(code), { code, path: "/x" });
  expect(fileFailure(error("EROFS"))).toMatchObject({ code: "not-writable", message: "Cannot write /x" });
  expect(fileFailure(error("EDQUOT"), "/y")).toMatchObject({ code: "no-space" });
  expect(fileFailure(error("EMFILE"))).toMatchObject({ code: "too-many-files" });
  expect(fileFailure(Object.assign(error("EACCES"), { syscall: "open" }))?.message).toBe("Cannot open /x");
  expect(fileFailure(error("EINVAL"))).toBeUndefined();
  expect(fileFailure(new Error("database or disk is full"))?.code).toBe("no-space");
  expect(fileFailure("no error")).toBeUndefined();
});

function catchError(run: () => void): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}
