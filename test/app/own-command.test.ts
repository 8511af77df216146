import { join } from "node:path";
import { expect, test } from "vitest";
import { ownCommand } from "../../src/app/own-command.ts";
import { installAgain } from "../../src/app/packages-command.ts";
import { tempFolder } from "../support/temp-folder.ts";

const env = { PATH: "/usr/bin:/bin" };
const bin = { "node_modules/.bin/tidegate": "", ".git/HEAD": "" };

test.each([
  [{ "package-lock.json": "" }, "npx --no tidegate", "npm ci"],
  [{}, "npx --no tidegate", "npm ci"],
  [{ "pnpm-lock.yaml": "" }, "pnpm exec tidegate", "pnpm install --frozen-lockfile"],
  [{ "yarn.lock": "" }, "yarn tidegate", "yarn install"],
  [{ "bun.lock": "" }, "bun run tidegate", "bun install"],
])("a project that has it among its packages calls it through its package manager: %j", (files, call, again) => {
  const folder = tempFolder({ ...bin, ...files, "apps/web/x": "" });
  for (const place of [folder, join(folder, "apps/web")]) {
    expect(ownCommand(place, env, undefined)).toBe(call);
    expect(installAgain(place)).toBe(again);
  }
});

test("no message tells anybody to let npm ask the registry for the package", () => {
  const folder = tempFolder({ ".git/HEAD": "" });
  const other = tempFolder({ "bin/tidegate": "" });
  const program = "/home/me/a folder/node_modules/.bin/tidegate";
  expect(ownCommand(folder, env, program)).toBe("'/home/me/a folder/node_modules/.bin/tidegate'");
  expect(ownCommand(folder, env, "/opt/tidegate/dist/bin.js")).toBe("node /opt/tidegate/dist/bin.js");
  // Not executable: it is no program.
  expect(ownCommand(folder, { PATH: join(other, "bin") }, program)).toContain(program);
});
