import { chmodSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  deviationSentences,
  driftSentences,
  parseOutputs,
  parsePlan,
  planSentences,
} from "../../src/resources/terraform/plan-sentences.ts";
import { terraformProvider } from "../../src/resources/terraform/provider.ts";
import { tempFolder, writeFiles } from "../support/temp-folder.ts";
import { Ledger, specIn } from "./terraform-support.ts";

const change = (address: string, actions: readonly string[], before: unknown = null, after: unknown = null) => ({
  address,
  mode: address.startsWith("data.") ? "data" : "managed",
  change: { actions, before, after, after_unknown: { id: true } },
});

const document = {
  format_version: "1.2",
  terraform_version: "1.11.4",
  resource_changes: [
    change("a.new", ["create"], null, { name: "n" }),
    change("a.old", ["update"], { id: "1", tags: { a: 1 }, size: 1 }, { tags: { a: 2 }, size: 1 }),
    change("a.gone", ["delete"], { name: "n" }),
    change("a.anew", ["delete", "create"], { zone: "a" }, { zone: "b" }),
    change("a.anew_first", ["create", "delete"]),
    change("a.same", ["no-op"], { a: 1 }, { a: 1 }),
    change("a.forgotten", ["forget"]),
    change("data.x", ["read"]),
  ],
  resource_drift: [
    change("a.old", ["update"], { size: 1, secret: "hunter2" }, { size: 2, secret: "hunter3" }),
    change("a.lost", ["delete"], { size: 1 }),
  ],
  output_changes: {
    x: { actions: ["create"] },
    y: { actions: ["update"] },
    z: { actions: ["delete"] },
    w: { actions: ["no-op"] },
  },
};

test("a plan is told by names: what is made, changed, destroyed and told", () => {
  const plan = parsePlan(JSON.stringify(document))!;
  expect(planSentences(plan)).toEqual([
    "creates a.new",
    "changes a.old (tags)",
    "destroys a.gone",
    "destroys a.anew and recreates it (zone)",
    "destroys a.anew_first and recreates it",
    "adds the output x",
    "changes the output y",
    "no longer has the output z",
  ]);
  expect(driftSentences(plan)).toEqual(["a.old was changed outside Tidegate (secret, size)", "a.lost is gone"]);
  expect(deviationSentences(plan)).toEqual([
    "a.new is missing",
    "a.old does not match its configuration (tags)",
    "a.gone is no longer in the configuration",
    "a.anew does not match its configuration and has to be recreated (zone)",
    "a.anew_first does not match its configuration and has to be recreated",
  ]);
});

test("what is no plan and no outputs is not guessed at", () => {
  for (const text of ["", "null", "[]", '{"resource_changes":5}', "Error: x"]) expect(parsePlan(text)).toBeUndefined();
  for (const text of ["", "null", "5", '{"a":"b"}']) expect(parseOutputs(text)).toBeUndefined();
  expect(parseOutputs("{}")).toEqual({});
});

test("a program that is not there is said, with where to get it; what it would look at is unreachable, not absent", async () => {
  const folder = tempFolder({
    "infra/main.tf": "",
    "state/terraform/staging/infra/terraform.tfstate": '{"resources":[{}]}',
  });
  const provider = terraformProvider({ environment: { PATH: folder } });
  const ledger = new Ledger(join(folder, "state"));
  const spec = specIn(join(folder, "infra"));
  expect(await provider.create(spec, ledger.context())).toEqual({
    ok: false,
    failures: [
      {
        code: "resource-failed",
        message: 'Resource "infra" needs terraform or tofu, which is not on the PATH',
        hint: "Install it (https://developer.hashicorp.com/terraform/install, https://opentofu.org/docs/intro/install).",
      },
    ],
  });
  expect(ledger.noted).toEqual([]);
  ledger.made = { folder: "terraform/staging/infra" };
  expect(await provider.observe(spec, ledger.context(), "whole")).toMatchObject({
    failures: [{ code: "resource-unreachable" }],
  });
  expect(await provider.destroy(spec, ledger.context())).toMatchObject({ failures: [{ code: "resource-failed" }] });
  expect(await provider.create({ ...spec, program: "tofu" }, ledger.context())).toMatchObject({
    failures: [{ message: 'Resource "infra" needs tofu, which is not on the PATH' }],
  });
});

test("a glance asks the state alone, and no program", async () => {
  const folder = tempFolder({ "infra/main.tf": "" });
  const provider = terraformProvider({ environment: { PATH: folder } });
  const ledger = new Ledger(join(folder, "state"));
  const glance = () => provider.observe(specIn(join(folder, "infra")), ledger.context(), "glance");
  const write = (state: string) => writeFiles(folder, { "state/terraform/staging/infra/terraform.tfstate": state });
  ledger.made = { folder: "terraform/staging/infra" };
  expect(await glance()).toEqual({ ok: true, value: { state: "absent" } });
  write('{"terraform_version":"1.9.0","resources":[]}');
  expect(await glance()).toMatchObject({ value: { state: "there", version: "1.9.0", deviations: [] } });
  write("half of a st");
  expect(await glance()).toMatchObject({ failures: [{ code: "resource-unreachable" }] });
});

test("a folder of the ledger that is none of the state's is neither looked into nor removed", async () => {
  const folder = tempFolder({ "elsewhere/terraform.tfstate": "{}", "infra/main.tf": "" });
  const provider = terraformProvider({ environment: { PATH: folder } });
  const ledger = new Ledger(join(folder, "state"));
  const spec = specIn(join(folder, "infra"));
  ledger.made = { folder: "../elsewhere" };
  const damaged = { failures: [{ code: "state-damaged" }] };
  expect(await provider.observe(spec, ledger.context(), "glance")).toMatchObject(damaged);
  expect(await provider.observe(spec, ledger.context(), "whole")).toMatchObject(damaged);
  expect(await provider.connect(spec, ledger.context())).toMatchObject(damaged);
  expect(await provider.destroy(spec, ledger.context())).toMatchObject(damaged);
});

test("what was begun and never made is removed without the program", async () => {
  const folder = tempFolder({ "state/terraform/staging/infra/variables.tfvars.json": "{}" });
  const ledger = new Ledger(join(folder, "state"));
  ledger.made = { folder: "terraform/staging/infra" };
  const provider = terraformProvider({ environment: { PATH: folder } });
  expect(await provider.destroy(specIn(join(folder, "infra")), ledger.context())).toEqual({
    ok: true,
    value: undefined,
  });
});

test("the program gets what every program needs and what the definition says, and nothing else of whoever starts it", async () => {
  const folder = tempFolder({ "bin/terraform": '#!/bin/sh\nenv > "$LOG"\n', "infra/main.tf": "" });
  chmodSync(join(folder, "bin/terraform"), 0o755);
  const astray = {
    ...{ TF_VAR_name: "x", TF_CLI_ARGS_plan: "-destroy", TF_CLI_ARGS: "-x", TF_WORKSPACE: "x", TF_DATA_DIR: "/x" },
    ...{ TF_LOG: "trace", TF_STATE_PERSIST_INTERVAL: "1", AWS_ACCESS_KEY_ID: "x", NODE_OPTIONS: "--x" },
  };
  const path = `${join(folder, "bin")}:/usr/bin:/bin`;
  const provider = terraformProvider({ environment: { PATH: path, HOME: folder, LANG: "C", LC_TIME: "C", ...astray } });
  const env = { AWS_PROFILE: "shop-{environment}", LOG: join(folder, "log") };
  const ledger = new Ledger(join(folder, "state"));
  await provider.create({ ...specIn(join(folder, "infra")), env }, ledger.context());
  const told = readFileSync(env.LOG, "utf8").trimEnd().split("\n");
  expect(told).toContain("AWS_PROFILE=shop-staging");
  expect(told).toContain(`TF_DATA_DIR=${join(folder, "state/terraform/staging/infra/data")}`);
  const shells = /^(PWD|OLDPWD|SHLVL|_)=/;
  expect(
    told
      .filter((line) => !shells.test(line))
      .map((line) => line.split("=")[0])
      .sort(),
  ).toEqual([
    ...["AWS_PROFILE", "CHECKPOINT_DISABLE", "HOME", "LANG", "LC_TIME", "LOG", "PATH"],
    ...["TF_DATA_DIR", "TF_INPUT", "TF_IN_AUTOMATION", "TIDEGATE_TERRAFORM"],
  ]);
});

test("promise 6: variables come to the program in a private file, never in a command line", async () => {
  const folder = tempFolder({
    "bin/terraform": `#!/bin/sh\necho "$@" >> "$LOG"\ncase "$2" in plan) for one in "$@"; do case "$one" in -var-file=*) cat "\${one#-var-file=}" >> "$LOG.vars";; esac; done; exit 0;; esac\n`,
    "infra/main.tf": "",
  });
  chmodSync(join(folder, "bin/terraform"), 0o755);
  const log = join(folder, "log");
  const provider = terraformProvider({ environment: { PATH: `${join(folder, "bin")}:/usr/bin:/bin` } });
  const variables = { token: "hunter2", place: "{environment}-{environment}" };
  const spec = { ...specIn(join(folder, "infra"), variables), env: { LOG: log } };
  expect(await provider.create(spec, new Ledger(join(folder, "state")).context())).toMatchObject({ ok: true });
  expect(readFileSync(log, "utf8")).not.toContain("hunter2");
  expect(JSON.parse(readFileSync(`${log}.vars`, "utf8"))).toEqual({ token: "hunter2", place: "staging-staging" });
  const [init, plan] = readFileSync(log, "utf8").split("\n");
  expect(init).toContain("init -backend=false -lockfile=readonly -input=false");
  expect(plan).toContain("plan -detailed-exitcode -input=false");
});
