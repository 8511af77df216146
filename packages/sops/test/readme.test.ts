import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as library from "../src/index.ts";

const folder = join(import.meta.dirname, "..");
const readme = readFileSync(join(folder, "README.md"), "utf8");

test("the example of the README runs as it stands there, by the name of the package", () => {
  const [, code = ""] = /```ts\n([\s\S]*?)```/.exec(readme) ?? [];
  // Beside the package, from where Node finds it by its name.
  const place = mkdtempSync(join(folder, "readme-"));
  try {
    writeFileSync(join(place, "example.ts"), code);
    const printed = execFileSync(process.execPath, [join(place, "example.ts")], { encoding: "utf8", timeout: 60_000 });
    expect(printed).toBe("[ 'database.password true', 'port_unencrypted false' ]\ncorrect horse\n");
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
});

test("what the README's table names is exported", () => {
  const [, table = ""] = /## What there is\n([\s\S]*?)\n\n[A-Z]/.exec(readme) ?? [];
  const names = [...table.matchAll(/`([a-z][A-Za-z]+)`/g)].map((match) => match[1]!);
  const ofOpenFiles = ["with", "withPlaintext", "withRecipients", "rotated", "print"];
  expect(names.length).toBeGreaterThan(15);
  expect(names.filter((name) => !ofOpenFiles.includes(name) && !Object.hasOwn(library, name))).toEqual([]);
});
