import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { InstanceSpec } from "../../src/drivers/driver.ts";
import { Secret } from "../../src/secrets/secret.ts";
import { temporaryFolder } from "../process/support.ts";
import { jobEnded, output } from "./conformance.ts";
import { createLocal, specIn } from "./support.ts";

const digest = (value: string) => `keyed:${value.length}`;

async function setUp() {
  const filesFolder = join(temporaryFolder(), "files");
  const under = await createLocal({ filesFolder, digest });
  const content = new Secret('{"KEY":"hunter2-hunter2"}');
  const files = { CONFIG: { name: "config.json", content, secrets: [new Secret("hunter2-hunter2")] } };
  const spec = (id: string): InstanceSpec => ({ ...specIn(under, id), env: { LEVEL: "debug" }, files });
  return { ...under, filesFolder, files, spec };
}

function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: "utf8" });
}

test("an instance finds its file, which only its user can read, and which is gone once it is stopped", async () => {
  const { driver, filesFolder, spec, node } = await setUp();
  const script = "console.log(process.env.CONFIG); setInterval(() => {}, 1000)";
  expect(await driver.start({ ...spec("a"), command: [node, "-e", script] }, 1)).toMatchObject({ ok: true });
  const path = join(filesFolder, "instances", "staging", "a", "config.json");
  expect(readFileSync(path, "utf8")).toBe('{"KEY":"hunter2-hunter2"}');
  expect(statSync(path).mode & 0o777).toBe(0o600);
  for (const folder of [filesFolder, join(path, "..")]) expect(statSync(folder).mode & 0o777).toBe(0o700);
  await driver.stop("staging", "a", 0, 1);
  expect(filesBelow(filesFolder)).toEqual([]);
});

test("a job finds its file, and leaves none; what it prints of it is not kept", async () => {
  const { driver, filesFolder, files, release, stateFolder } = await setUp();
  const command = 'cat "$CONFIG"; exit 0';
  const common = { id: "j", environment: "staging", release: release.digest, deployment: 1, env: {} };
  expect(await driver.startJob({ ...common, command, files, timeoutMs: 10_000 }, 1)).toMatchObject({ ok: true });
  expect(await jobEnded(driver, "j")).toMatchObject({ exit: { code: 0 } });
  expect((await output(driver, "j", 5)).join()).toContain("[secret]");
  expect(filesBelow(filesFolder)).toEqual([]);
  for (const path of filesBelow(stateFolder)) {
    const file = join(stateFolder, path);
    if (statSync(file).isFile()) expect(readFileSync(file, "latin1")).not.toContain("hunter2");
  }
});

test("the driver says what an instance was started with, as digests, without asking it", async () => {
  const { driver, spec } = await setUp();
  const env = JSON.parse('{"LEVEL":"debug","constructor":"c","__proto__":"p"}');
  await driver.start({ ...spec("a"), env: { ...env, KEY: new Secret("hunter2") } }, 1);
  const observed = await driver.observe("staging");
  const [instance] = observed.ok ? observed.value : [];
  expect(JSON.stringify(instance?.startedWith)).toBe(
    '{"LEVEL":"keyed:5","constructor":"keyed:1","__proto__":"keyed:1","KEY":"keyed:7","CONFIG":"keyed:25"}',
  );
  await driver.stop("staging", "a", 0, 1);
});
