import { existsSync, linkSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../process/support.ts";
import { inReadOnly } from "../support/remove-tree.ts";
import { value } from "./conformance.ts";
import { contentOf } from "./content.ts";
import { copyIn, createLocal } from "./support.ts";

/** Two releases that differ in one file. */
async function twoReleases() {
  const under = await createLocal();
  const folder = temporaryFolder();
  for (const name of ["large.js", "license", "licence"]) writeFileSync(join(folder, name), name.slice(0, 3));
  writeFileSync(join(folder, "changed.js"), "1");
  const first = contentOf(folder);
  writeFileSync(join(folder, "changed.js"), "2");
  const second = contentOf(folder);
  for (const content of [first, second]) value(await under.driver.prepare("staging", content, 1));
  value(await under.driver.prepare("production", first, 1));
  const at = (content: typeof first, name = "", environment = "staging") =>
    join(copyIn({ ...under, release: content }, environment), name);
  const files = join(under.stateFolder, "environments/staging/files");
  return { ...under, first, second, at, files };
}

const inode = (path: string) => statSync(path).ino;
const intact = { added: [], changed: [], missing: [] };

describe("promise 20: releases of one environment", () => {
  test("have the files in common that are the same; two environments have none", async () => {
    const { first, second, at } = await twoReleases();
    expect(inode(at(first, "large.js"))).toBe(inode(at(second, "large.js")));
    expect(inode(at(second, "license"))).toBe(inode(at(second, "licence")));
    expect(inode(at(first, "changed.js"))).not.toBe(inode(at(second, "changed.js")));
    expect(inode(at(first, "large.js"))).not.toBe(inode(at(first, "large.js", "production")));
    expect(readFileSync(at(second, "changed.js"), "utf8")).toBe("2");
  });

  test("that have a changed file in common are both found changed, and made anew without it", async () => {
    const { driver, first, second, at } = await twoReleases();
    inReadOnly(at(first), () => writeFileSync(at(first, "large.js"), "LAR"));
    for (const content of [first, second])
      expect(value(await driver.verify("staging", content))).toEqual({ ...intact, changed: ["large.js"] });
    expect(value(await driver.verify("production", first))).toEqual(intact);
    for (const content of [second, first]) {
      value(await driver.prepare("staging", content, 1));
      expect(readFileSync(at(content, "large.js"), "utf8")).toBe("lar");
      expect(value(await driver.verify("staging", content))).toEqual(intact);
    }
  });

  test("are known to be as they were when another one comes and goes, without being read", async () => {
    const { driver, first, second, at } = await twoReleases();
    const record = readFileSync(`${at(first)}.json`, "utf8");
    value(await driver.prepare("staging", first, 1));
    value(await driver.forget("staging", second.digest, 1));
    value(await driver.prepare("staging", first, 1));
    // Of what was read it is noted how it looks.
    expect(readFileSync(`${at(first)}.json`, "utf8")).toBe(record);
    expect(value(await driver.verify("staging", first))).toEqual(intact);
  });

  test("leave nothing when the last of them is forgotten", async () => {
    const { driver, release, first, second, files } = await twoReleases();
    for (const { digest } of [release, second]) value(await driver.forget("staging", digest, 1));
    const names = () => readdirSync(files, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
    expect(names()).toHaveLength(3);
    value(await driver.forget("staging", first.digest, 1));
    expect(names()).toHaveLength(0);
    expect(readFileSync(`${files}.json`, "utf8")).toBe('{"version":1,"looks":{}}');
  });

  test("are written whole where nothing says what they could have in common", async () => {
    const { driver, first, second, at, files } = await twoReleases();
    value(await driver.forget("staging", second.digest, 1));
    writeFileSync(`${files}.json`, "{");
    value(await driver.prepare("staging", second, 1));
    expect(inode(at(first, "large.js"))).not.toBe(inode(at(second, "large.js")));
    for (const content of [first, second]) expect(value(await driver.verify("staging", content))).toEqual(intact);
  });
});

test("a file in common that was replaced from outside gets into no release", async () => {
  const { driver, first, second, at, files } = await twoReleases();
  value(await driver.forget("staging", second.digest, 1));
  const [own] = readdirSync(files, { recursive: true, encoding: "utf8" })
    .map((name) => join(files, name))
    .filter((path) => statSync(path).ino === inode(at(first, "large.js")));
  rmSync(own!);
  writeFileSync(`${own}.new`, "LAR", { mode: 0o444 });
  linkSync(`${own}.new`, `${own}.other`);
  renameSync(`${own}.new`, own!);
  value(await driver.prepare("staging", second, 1));
  expect(readFileSync(at(second, "large.js"), "utf8")).toBe("lar");
  expect(value(await driver.verify("staging", first))).toEqual(intact);
  expect(existsSync(own!)).toBe(true);
});
