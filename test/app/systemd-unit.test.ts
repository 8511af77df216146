import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { unitName, unitText } from "../../src/app/environments/systemd-unit.ts";

const cannotVerify = existsSync("/usr/bin/systemd-analyze") ? undefined : "there is no systemd-analyze";
if (cannotVerify !== undefined) console.warn(`skipped: units as systemd reads them, because ${cannotVerify}`);

const request = (folder: string) => ({
  project: "shop 100%",
  folder,
  argv: [process.execPath, `${folder}/it's $HOME.js`, "env", "start", "--all"] as const,
  variables: { SOPS_AGE_KEY_FILE: `${folder}/key "one".txt` },
});

test("paths mean themselves in a unit: spaces, quotes, percent and dollar signs are escaped", () => {
  const text = unitText({ ...request("/srv/a b\\%h"), user: "deploy" });
  expect(text).toMatchObject({ ok: true });
  const lines = text.ok ? text.value.split("\n") : [];
  expect(lines).toContain("WorkingDirectory=/srv/a b\\%%h");
  expect(lines).toContain('Environment="SOPS_AGE_KEY_FILE=/srv/a b\\\\%%h/key \\"one\\".txt"');
  expect(lines.find((line) => line.startsWith("ExecStart="))).toContain(`"/srv/a b\\\\%%h/it's $$HOME.js"`);
  expect(lines).toContain("User=deploy");
});

test("what no unit can hold is refused", () => {
  expect(unitText(request("/srv/a\nExecStart=evil"))).toMatchObject({ ok: false });
});

test("a unit's name has nothing that means something to systemd", () => {
  expect(unitName("../shop @1", "8e27f08a49e1")).toBe("tidegate-..-shop--1-8e27f08a49e1.service");
});

test.skipIf(cannotVerify !== undefined)("systemd finds nothing wrong with the unit", () => {
  const folder = mkdtempSync(join(tmpdir(), "tidegate unit %h "));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const project = join(folder, 'it\'s "mine" 100%');
  mkdirSync(project);
  const text = unitText(request(project));
  const file = join(folder, unitName("shop", "8e27f08a49e1"));
  writeFileSync(file, text.ok ? text.value : "");
  const said = execFileSync("sh", ["-c", 'systemd-analyze verify "$1" 2>&1 || true', "sh", file], { encoding: "utf8" });
  expect(said.split("\n").filter((line) => line.includes("tidegate-"))).toEqual([]);
});
