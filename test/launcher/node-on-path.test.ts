import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { nodeOnPath, pathWithNode } from "../../src/launcher/node-on-path.ts";
import { tempFolder } from "../support/temp-folder.ts";

/** A user with a Node on PATH that says a version, and counts how often it is asked. */
function user(version: string) {
  const folder = tempFolder({ "home/.keep": "", "cache/.keep": "", "bin/.keep": "" });
  const node = (place: string, says: string) => {
    mkdirSync(join(folder, place), { recursive: true });
    const program = `#!/bin/sh\necho asked >>'${folder}/asked'\necho v${says}\n`;
    writeFileSync(join(folder, place, "node"), program, { mode: 0o755 });
  };
  node("bin", version);
  const env = {
    PATH: `${join(folder, "bin")}:/usr/bin`,
    HOME: join(folder, "home"),
    XDG_CACHE_HOME: join(folder, "cache"),
  };
  return { folder, node, env, asked: () => readFileSync(join(folder, "asked"), "utf8").split("\n").length - 1 };
}

test("the caller's Node is taken where it fits: PATH stays as it is", () => {
  const { env, folder } = user("20.9.0");
  const file = join(folder, "bin/node");
  expect(pathWithNode(">=18", env, folder)).toEqual({
    path: env.PATH,
    node: { file, version: "20.9.0" },
    was: "there",
  });
});

test("another one that the machine has comes first on PATH where the caller's does not fit", () => {
  const { env, folder, node } = user("20.9.0");
  node("home/.nvm/versions/node/v22.3.0/bin", "22.3.0");
  expect(pathWithNode("22", env, folder)).toMatchObject({
    path: `${join(folder, "home/.nvm/versions/node/v22.3.0/bin")}:${env.PATH}`,
    was: "added",
  });
  expect(pathWithNode("23", env, folder)).toMatchObject({ was: "missing", first: { version: "20.9.0" } });
});

test("without any Node on PATH there is none that does not fit", () => {
  const { folder, env } = user("20.9.0");
  expect(nodeOnPath({ ...env, PATH: "/nothing" }, folder)).toBeUndefined();
  expect(pathWithNode("22", { ...env, PATH: "/nothing" }, folder)).toEqual({ was: "missing" });
});

test("a script in Node's place, as version managers have it, is asked each time: it answers by where it is asked", () => {
  const { env, folder, asked } = user("20.9.0");
  nodeOnPath(env, folder);
  nodeOnPath(env, folder);
  expect(asked()).toBe(2);
});
