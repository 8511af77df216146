import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { beforeEach, describe, expect, type TestContext, test } from "vitest";
import { failed } from "../../src/errors/result.ts";
import { terraformProvider } from "../../src/resources/terraform/provider.ts";
import { Secret } from "../../src/secrets/secret.ts";
import { tempFolder, writeFiles } from "../support/temp-folder.ts";
import { describeProvider } from "./conformance.ts";
import { hasTerraform, Ledger, requireTerraform, specIn } from "./terraform-support.ts";

const configuration = {
  "infra/main.tf": `
variable "name" { type = string }
variable "password" {
  type      = string
  sensitive = true
  default   = "correct-horse-battery"
}
resource "terraform_data" "bucket" { input = var.name }
resource "terraform_data" "user" { input = var.password }
output "bucket" { value = terraform_data.bucket.output }
output "password" {
  value     = var.password
  sensitive = true
}
output "replicas" { value = 3 }
output "zones" { value = ["a", "b"] }
`,
};

let folder: string;
let dir: string;
let ledger: Ledger;
beforeEach((context) => {
  requireTerraform(context as TestContext);
  folder = tempFolder(configuration, "shop & co: ü");
  dir = join(folder, "infra");
  ledger = new Ledger(join(folder, "state"));
});

const provider = terraformProvider();
const spec = () => specIn(dir, { name: "shop-{environment}" });
const workspace = () => join(folder, "state", String(ledger.made?.folder));
const change = (from: string, to: string) => {
  const file = join(dir, "main.tf");
  writeFileSync(file, readFileSync(file, "utf8").replace(from, to));
};
const outputs = async () => {
  const connected = await provider.connect(spec(), ledger.context());
  if (!connected.ok) throw new Error(JSON.stringify(connected.failures));
  return connected.value;
};

test("what the configuration says is made, told to services, and costs nothing the second time", async () => {
  expect(await provider.create(spec(), ledger.context())).toEqual({
    ok: true,
    value: { folder: "terraform/staging/infra" },
  });
  expect(ledger.said).toContain("terraform_data.bucket: Creating...");
  const told = await outputs();
  expect(told).toMatchObject({ bucket: "shop-staging", replicas: "3", zones: '["a","b"]' });
  expect(told.password).toBeInstanceOf(Secret);
  expect((told.password as Secret).reveal()).toBe("correct-horse-battery");
  const before = readFileSync(join(workspace(), "terraform.tfstate"), "utf8");
  ledger.said.length = 0;
  expect(await provider.create(spec(), ledger.context())).toMatchObject({ ok: true });
  expect(ledger.said).toEqual([]);
  expect(readFileSync(join(workspace(), "terraform.tfstate"), "utf8")).toBe(before);
});

test("promise 6: the checkout is only read, and what may hold a secret is private and not kept longer than needed", async () => {
  chmodSync(dir, 0o555);
  await provider.create(spec(), ledger.context());
  await provider.plan?.(spec(), ledger.context());
  await provider.observe(spec(), ledger.context(), "whole");
  expect(readdirSync(dir)).toEqual(["main.tf"]);
  const made = readdirSync(workspace());
  expect(made).not.toContain("plan");
  expect(readdirSync(join(folder, "state/terraform"))).toEqual(["staging"]);
  for (const path of ["state", "state/terraform", "state/terraform/staging", "state/terraform/staging/infra"])
    expect(statSync(join(folder, path)).mode & 0o777).toBe(0o700);
  expect(statSync(join(workspace(), "variables.tfvars.json")).mode & 0o777).toBe(0o600);
  expect(ledger.said.join("\n")).not.toContain("correct-horse");
});

test("it is in the ledger before anything is made, and nothing is made when it cannot be", async () => {
  const context = ledger.context();
  const refused = { ...context, note: async () => failed({ code: "stale-writer", message: "no" }) };
  expect(await provider.create(spec(), refused)).toMatchObject({ failures: [{ code: "stale-writer" }] });
  expect(existsSync(join(folder, "state/terraform"))).toBe(false);
});

test("a plan says what would be made, changed and destroyed, by name alone, and makes nothing", async () => {
  const plan = async () => provider.plan?.(spec(), ledger.context());
  expect(await plan()).toEqual({
    ok: true,
    value: [
      "creates terraform_data.bucket",
      "creates terraform_data.user",
      "adds the output bucket",
      "adds the output password",
      "adds the output replicas",
      "adds the output zones",
    ],
  });
  expect(ledger.made).toBeUndefined();
  expect(existsSync(join(folder, "state/terraform"))).toBe(false);
  await provider.create(spec(), ledger.context());
  expect(await plan()).toEqual({ ok: true, value: [] });
  change("input = var.name", 'input = "other"');
  change('resource "terraform_data" "user" { input = var.password }', "");
  expect(await plan()).toEqual({
    ok: true,
    value: ["changes terraform_data.bucket (input)", "destroys terraform_data.user", "changes the output bucket"],
  });
});

test("what is there is looked at: nothing, all of it, and what is not as the configuration says", async () => {
  const look = () => provider.observe(spec(), ledger.context(), "whole");
  expect(await look()).toEqual({ ok: true, value: { state: "absent" } });
  await provider.create(spec(), ledger.context());
  const version = expect.stringMatching(/^\d+\.\d+\.\d+/);
  expect(await look()).toEqual({ ok: true, value: { state: "there", version, deviations: [], unchecked: [] } });
  change("input = var.name", 'input = "other"');
  const state = join(workspace(), "terraform.tfstate");
  const tampered = JSON.parse(readFileSync(state, "utf8"));
  tampered.resources = tampered.resources.filter(({ name }: { name: string }) => name !== "user");
  writeFileSync(state, JSON.stringify({ ...tampered, serial: tampered.serial + 1 }));
  expect(await look()).toMatchObject({
    value: {
      deviations: ["terraform_data.bucket does not match its configuration (input)", "terraform_data.user is missing"],
    },
  });
  await provider.create(spec(), ledger.context());
  expect(await look()).toMatchObject({ value: { deviations: [] } });
  expect(await outputs()).toMatchObject({ bucket: "other" });
});

test("promise 10: what was made is destroyed, once or twice, also when its configuration has gone", async () => {
  await provider.create(spec(), ledger.context());
  const away = workspace();
  rmSync(dir, { recursive: true });
  expect(await provider.destroy(spec(), ledger.context())).toEqual({ ok: true, value: undefined });
  expect([existsSync(away), readdirSync(join(folder, "state"))]).toEqual([false, []]);
  expect(await provider.destroy(spec(), ledger.context())).toEqual({ ok: true, value: undefined });
  ledger.made = undefined;
  expect(await provider.destroy(spec(), ledger.context())).toEqual({ ok: true, value: undefined });
});

test("a ledger that names a folder elsewhere removes nothing there", async () => {
  ledger.made = { folder: "../infra" };
  expect(await provider.destroy(spec(), ledger.context())).toMatchObject({ failures: [{ code: "state-damaged" }] });
  expect(existsSync(join(dir, "main.tf"))).toBe(true);
});

test("a configuration that is not there, is wrong, or keeps its state elsewhere is a failure that says so", async () => {
  const failure = async () => {
    const made = await provider.create(spec(), ledger.context());
    return made.ok ? undefined : made.failures[0];
  };
  change("var.name", "var.nam");
  expect(await failure()).toMatchObject({
    code: "resource-failed",
    message: 'Resource "infra" could not be planned',
    cause: expect.stringMatching(/^Error: Reference to undeclared input variable/),
  });
  change("var.nam", "var.name");
  writeFiles(dir, { "backend.tf": `terraform {\n  backend "s3" {}\n}` });
  expect(await failure()).toMatchObject({
    message: 'Resource "infra" could not be planned: its configuration keeps its state somewhere else',
    hint: `Remove the \`backend\` or \`cloud\` block from ${dir}: each environment has its own state here.`,
  });
  rmSync(dir, { recursive: true });
  expect(await failure()).toMatchObject({ message: expect.stringMatching(/^Resource "infra" has no configuration/) });
});

test("a step that fails is told without secrets, and the next create goes on where it stood", async () => {
  writeFiles(dir, {
    "more.tf": `resource "terraform_data" "last" {
  depends_on = [terraform_data.bucket]
  provisioner "local-exec" { command = "test -e ${folder.replaceAll(/[ &]/g, "\\\\$0")}/go || { echo hunter2-hunter2; exit 7; }" }
}`,
  });
  const broken = await provider.create(spec(), ledger.context());
  expect(broken).toMatchObject({ ok: false, failures: [{ message: 'Resource "infra" could not be created' }] });
  expect(JSON.stringify([broken, ledger.said])).not.toContain("hunter2");
  expect(await outputs()).toMatchObject({ bucket: "shop-staging" });
  rmSync(join(dir, "more.tf"));
  expect(await provider.create(spec(), ledger.context())).toMatchObject({ ok: true });
  expect(await provider.observe(spec(), ledger.context(), "whole")).toMatchObject({ value: { deviations: [] } });
});

describe.skipIf(!hasTerraform())("as every resource", () => {
  describeProvider("terraform", () => ({
    provider: terraformProvider(),
    spec: specIn(join(tempFolder(configuration), "infra"), { name: "shop-{environment}" }),
    // Whoever changes what it made changes what the state says of it: what is built in is nowhere else.
    alter: async (host) => {
      const state = join(host.folder, "terraform/staging/infra/terraform.tfstate");
      const { resources, serial, ...rest } = JSON.parse(readFileSync(state, "utf8"));
      writeFileSync(state, JSON.stringify({ ...rest, serial: serial + 1, resources: resources.slice(1) }));
    },
    left: (host) => readdirSync(host.folder),
  }));
});

const slow = (seconds: number) => `resource "terraform_data" "slow" {
  depends_on = [terraform_data.bucket]
  provisioner "local-exec" { command = "echo at-work; exec sleep ${seconds}" }
}`;

test("promise 4: cancelled, the program and all that it started are ended, and what it had made is known", async () => {
  writeFiles(dir, { "slow.tf": slow(600) });
  const stop = new AbortController();
  const onSay = (text: string) => /at-work/.test(text) && stop.abort();
  const made = await provider.create(spec(), ledger.context({ signal: stop.signal, onSay }));
  expect(made).toMatchObject({ ok: false, failures: [{ code: "interrupted" }] });
  expect(execFileSync("ps", ["-A", "-o", "args="], { encoding: "utf8" })).not.toContain("sleep 600");
  rmSync(join(dir, "slow.tf"));
  expect(await provider.create(spec(), ledger.context())).toMatchObject({ ok: true });
  expect(await provider.destroy(spec(), ledger.context())).toMatchObject({ ok: true });
});

test("promise 11: killed in the middle of a create, the program goes on alone, and the next create ends well", async () => {
  writeFiles(dir, { "slow.tf": slow(601) });
  const script = `
    import { terraformProvider } from ${JSON.stringify(join(import.meta.dirname, "../../src/resources/terraform/provider.ts"))};
    import { Ledger } from ${JSON.stringify(join(import.meta.dirname, "terraform-support.ts"))};
    const onSay = (text) => /at-work/.test(text) && process.kill(process.pid, "SIGKILL");
    const ledger = new Ledger(process.argv[1]);
    await terraformProvider().create(JSON.parse(process.argv[2]), ledger.context({ onSay }));`;
  const args = ["--input-type=module", "-e", script, join(folder, "state"), JSON.stringify(spec())];
  const [, signal] = await once(spawn(process.execPath, args, { stdio: "ignore" }), "exit");
  expect(signal).toBe("SIGKILL");
  ledger.made = { folder: "terraform/staging/infra" };
  expect(existsSync(join(workspace(), "running.json"))).toBe(true);
  rmSync(join(dir, "slow.tf"));
  expect(await provider.create(spec(), ledger.context())).toMatchObject({ ok: true });
  expect(ledger.said).toContain("What an earlier process left running was ended.");
  expect(execFileSync("ps", ["-A", "-o", "args="], { encoding: "utf8" })).not.toContain("sleep 601");
  expect(await provider.observe(spec(), ledger.context(), "whole")).toMatchObject({ value: { deviations: [] } });
});

test("promise 11: a lock that a killed program left behind stands in nobody's way", async () => {
  writeFiles(dir, { "slow.tf": slow(602) });
  const killed = provider.create(spec(), ledger.context({ onSay: (text) => /at-work/.test(text) && killProgram() }));
  const killProgram = () => {
    const { pid } = JSON.parse(readFileSync(join(workspace(), "running.json"), "utf8"));
    process.kill(-pid, "SIGKILL");
  };
  expect(await killed).toMatchObject({ ok: false });
  expect(readdirSync(workspace())).toContain(".terraform.tfstate.lock.info");
  rmSync(join(dir, "slow.tf"));
  expect(await provider.create(spec(), ledger.context())).toMatchObject({ ok: true });
});

test("what takes longer than it may is ended and told", async () => {
  writeFiles(dir, { "slow.tf": slow(603) });
  const hasty = terraformProvider({ changeLimitMs: 500 });
  expect(await hasty.create(spec(), ledger.context())).toMatchObject({
    failures: [{ code: "resource-failed", message: expect.stringMatching(/took longer than/) }],
  });
  await wait(0);
  expect(execFileSync("ps", ["-A", "-o", "args="], { encoding: "utf8" })).not.toContain("sleep 603");
});

test("what somebody left who was killed while looking is removed by the next look: it may hold secrets", async () => {
  await provider.create(spec(), ledger.context());
  const left = join(folder, "state/terraform/.look-999999999-abc");
  writeFiles(left, { plan: "secret" });
  await provider.observe(spec(), ledger.context(), "whole");
  expect(readdirSync(join(folder, "state/terraform"))).toEqual(["staging"]);
});

test("variables of the caller that would lead the program elsewhere are not passed on", async () => {
  const environment = {
    ...process.env,
    TF_CLI_ARGS: "-nonsense",
    TF_WORKSPACE: "other",
    TF_DATA_DIR: dir,
    TF_LOG: "TRACE",
  };
  const astray = terraformProvider({ environment });
  expect(await astray.create(spec(), ledger.context())).toMatchObject({ ok: true });
  expect(readdirSync(dir)).toEqual(["main.tf"]);
});
