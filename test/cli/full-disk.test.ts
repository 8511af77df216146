import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { binFile } from "../support/cli.ts";
import { tempFolder } from "../support/temp-folder.ts";

test.skipIf(!existsSync("/dev/full")).each([
  ["--version", "error[not-writable]: The version could not be written"],
  ["--help", "error[no-space]: The output could not be written"],
])("what %s cannot write on a full disk is told, and is no success", (word, sentence) => {
  const command = 'exec "$0" "$1" "$2" > /dev/full';
  const ran = spawnSync("sh", ["-c", command, process.execPath, binFile(), word], {
    cwd: tempFolder({}),
    encoding: "utf8",
  });
  expect(ran.stderr).toContain(sentence);
  expect(ran.stderr).not.toContain("    at ");
  expect(ran.status).toBe(4);
});
