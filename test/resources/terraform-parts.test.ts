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
import { tempFolder } from "../support/temp-folder.ts";
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
    "destroys a.anew and creates it anew (zone)",
    "destroys a.anew_first and creates it anew",
    "tells x",
    "changes what it tells as y",
    "does not tell z any more",
  ]);
  expect(driftSentences(plan)).toEqual(["a.old was changed by somebody else (secret, size)", "a.lost is gone"]);
  expect(deviationSentences(plan)).toEqual([
    "a.new is missing",
    "a.old is not as its configuration says (tags)",
    "a.gone is not in the configuration any more",
    "a.anew is not as its configuration says and has to be made anew (zone)",
    "a.anew_first is not as its configuration says and has to be made anew",
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
  expect(await provider.observe(spec, ledger.context())).toMatchObject({
    failures: [{ code: "resource-unreachable" }],
  });
  expect(await provider.destroy(spec, ledger.context())).toMatchObject({ failures: [{ code: "resource-failed" }] });
  expect(await provider.create({ ...spec, program: "tofu" }, ledger.context())).toMatchObject({
    failures: [{ message: 'Resource "infra" needs tofu, which is not on the PATH' }],
  });
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

test("promise 6: variables come to the program in a private file, never in a command line", async () => {
  const folder = tempFolder({
    "bin/terraform": `#!/bin/sh\necho "$@" >> "$LOG"\ncase "$2" in plan) for one in "$@"; do case "$one" in -var-file=*) cat "\${one#-var-file=}" >> "$LOG.vars";; esac; done; exit 0;; esac\n`,
    "infra/main.tf": "",
  });
  chmodSync(join(folder, "bin/terraform"), 0o755);
  const log = join(folder, "log");
  const provider = terraformProvider({ environment: { PATH: `${join(folder, "bin")}:/usr/bin:/bin`, LOG: log } });
  const spec = specIn(join(folder, "infra"), { token: "hunter2", place: "{environment}-{environment}" });
  expect(await provider.create(spec, new Ledger(join(folder, "state")).context())).toMatchObject({ ok: true });
  expect(readFileSync(log, "utf8")).not.toContain("hunter2");
  expect(JSON.parse(readFileSync(`${log}.vars`, "utf8"))).toEqual({ token: "hunter2", place: "staging-staging" });
  const [init, plan] = readFileSync(log, "utf8").split("\n");
  expect(init).toContain("init -backend=false -lockfile=readonly -input=false");
  expect(plan).toContain("plan -detailed-exitcode -input=false");
});
