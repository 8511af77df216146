import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Event } from "../../src/events/event.ts";
import { codes, listing, type PackCall, pack, plant, type Tree, temporaryFolder, value } from "./support.ts";

const tree: Tree = {
  ".gitignore": "__pycache__/\n*.sqlite\n.env\nbuild/\nlocal.json\n",
  "app/main.py": "main",
  "app/__pycache__/main.pyc": "compiled",
  "app/dev.sqlite": "data",
  "app/.env": "KEY=value",
  "app/.env.production.local": "KEY=value",
  "app/.env.production": "PUBLIC=value",
  "build/app.js": "built",
  "build/x.sqlite": "built, too",
  "build/.env": "KEY=value",
  "local.json": "{}",
  ".env": "KEY=value",
};

function inGit(): string {
  const folder = plant(temporaryFolder(), tree);
  execFileSync("git", ["init", "-q", folder]);
  return folder;
}

async function released(folder: string, files: readonly string[], call: PackCall = {}) {
  const events: Event[] = [];
  const packed = value(await pack(folder, files, { ...call, events }));
  const told = events.find((event) => event.type === "releasePacked");
  return { paths: listing(packed).map((line) => line.slice(0, -4)), ignored: told?.leftOut?.ignored };
}

describe("what git ignores in a folder that is asked for", () => {
  test("stays out, and is told of", async () => {
    const { paths, ignored } = await released(inGit(), ["app/"]);
    expect(paths).toEqual(["app/.env.production", "app/main.py"]);
    expect(ignored).toEqual(["app/.env", "app/.env.production.local", "app/__pycache__/main.pyc", "app/dev.sqlite"]);
  });

  test("is released when a task writes it, or when it is what `files` names", async () => {
    const folder = inGit();
    expect((await released(folder, ["./"], { outputs: ["build/"] })).paths).toEqual([
      ".gitignore",
      "app/.env.production",
      "app/main.py",
      "build/app.js",
      "build/x.sqlite",
    ]);
    expect((await released(folder, ["build/", "local.json"])).paths).toEqual([
      "build/app.js",
      "build/x.sqlite",
      "local.json",
    ]);
  });

  test("is not known when git does not answer: then nothing is released", async () => {
    const folder = inGit();
    writeFileSync(join(folder, ".git/config"), "[core\n");
    expect(codes(await pack(folder, ["app/"]))).toEqual(["git-unavailable"]);
    expect(codes(await pack(inGit(), ["app/"], { variables: { PATH: temporaryFolder() } }))).toEqual([
      "git-unavailable",
    ]);
  });
});

test("an .env that git ignores is refused when `files` names it", async () => {
  const refused = await pack(inGit(), [".env", "app/"]);
  expect(codes(refused)).toEqual(["release-path-refused"]);
});

test("outside of git what tools leave beside sources stays out, and so does .env", async () => {
  const { paths } = await released(plant(temporaryFolder(), tree), ["app/"]);
  expect(paths).toEqual(["app/.env.production", "app/dev.sqlite", "app/main.py"]);
});
