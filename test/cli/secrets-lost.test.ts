import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { leftPrefix, privatePlaces, wipeLeft } from "../../src/secrets/files/left-plaintext.ts";
import { parseRenewals, printRenewals, type Renewal, union } from "../../src/secrets/renewals/renewals.ts";
import { startCli } from "../support/cli.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { filledRig, SecretsRig } from "./secrets-rig.ts";

const renewal = (person: string, since: string, more: Partial<Renewal> = {}): Renewal => ({
  place: "staging",
  key: "TOKEN",
  person,
  since,
  due: "2026-12-01",
  ...more,
});

describe("two people who were removed on two branches", () => {
  it("both have what they could read renewed", () => {
    const both = union([renewal("bob", "2026-11-01")], [renewal("eve", "2026-11-02")]);
    expect(both.map(({ person }) => person)).toEqual(["bob", "eve"]);
  });

  it("what was renewed on one branch is renewed, and the same person is noted once, for the first day", () => {
    const done = renewal("bob", "2026-11-01", { done: "2026-11-05" });
    expect(union([renewal("bob", "2026-11-01")], [done])).toEqual([done]);
    expect(union([done], [renewal("bob", "2026-11-01")])).toEqual([done]);
    expect(union([renewal("bob", "2026-11-03")], [renewal("bob", "2026-11-02")])).toEqual([
      renewal("bob", "2026-11-02"),
    ]);
    expect(union([done], [renewal("bob", "2026-11-06")])).toHaveLength(2);
  });

  it("are merged by git, without a key and without a conflict", async () => {
    const rig = await filledRig();
    rig.write("ours.tmp", printRenewals([renewal("bob", "2026-11-01")]));
    rig.write("theirs.tmp", printRenewals([renewal("eve", "2026-11-02")]));
    rig.write("base.tmp", "");
    expect(rig.read(".gitattributes")).toContain("/secrets/renewals.json text eol=lf merge=tidegate-secrets\n");
    const call = ["merge", "base.tmp", "ours.tmp", "theirs.tmp", "secrets/renewals.json"];
    await rig.ok(call, { as: "stranger" });
    const merged = parseRenewals("x", rig.read("ours.tmp"));
    expect(merged).toMatchObject({ ok: true, value: [{ person: "bob" }, { person: "eve" }] });
  });
});

describe("who joins, and who comes again", () => {
  it("what recipients me prints is what recipients add takes; another key of the same name takes the old one's place", async () => {
    const rig = await filledRig();
    for (const as of ["bob", "bob2"]) await rig.run(["init", "--name", "bob"], { as });
    const lineOf = async (as: string) =>
      (await rig.ok(["recipients", "me"], { as })).stdout.trim().replace(/^\S+/, "bob");
    const [first, second] = [await lineOf("bob"), await lineOf("bob2")];
    await rig.ok(["recipients", "add", ...first.split(" ")]);
    await rig.ok(["get", "TOKEN", "--env", "staging"], { as: "bob" });
    await rig.ok(["recipients", "add", second]);
    expect(rig.read("secrets/signers").match(/^bob .*$/gm)).toEqual([second]);
    expect((await rig.run(["get", "TOKEN", "--env", "staging"], { as: "bob" })).code).toBe(2);
    await rig.ok(["get", "TOKEN", "--env", "staging"], { as: "bob2" });
    expect(rig.read("secrets/renewals.json")).toContain('"person":"bob"');
    const elsewhere = await rig.run(["recipients", "add", ...first.split(" "), "--env", "staging"]);
    expect(elsewhere).toMatchObject({ code: 2, stderr: expect.stringContaining("can only be replaced everywhere") });
  });
});

describe("keys of environments for a project that has rules already", () => {
  it("come into the rules, each into its own, and the next command is told", async () => {
    const rig = await filledRig();
    const made = await rig.ok(["init", "--environment-keys"]);
    expect(made.stdout).toContain("keys of environments may read, according to .sops.yaml: staging, production");
    expect(made.stderr).toContain("tidegate secrets recipients apply");
    expect(new Set(rig.read(".sops.yaml").match(/age1\w+/g)).size).toBe(3);
    await rig.ok(["recipients", "apply"]);
    await rig.ok(["check"]);
    const keys = join(rig.home(), ".config/tidegate/keys/shop/staging.txt");
    const env = { SOPS_AGE_KEY_FILE: keys };
    await rig.ok(["get", "TOKEN", "--env", "staging"], { as: "ci", env });
    expect((await rig.run(["get", "TOKEN", "--env", "production"], { as: "ci", env })).code).toBe(2);
  });

  it("are refused where one rule is for several environments", async () => {
    const rig = new SecretsRig();
    await rig.ok(["init"]);
    const [recipient = ""] = rig.read(".sops.yaml").match(/age1\w+/) ?? [];
    rig.write(".sops.yaml", `creation_rules:\n  - path_regex: secrets/.*\n    age: ${recipient}\n`);
    const refused = await rig.run(["init", "--environment-keys"]);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("a key for one would read both");
  });
});

describe("files in clear beside the secrets files", () => {
  it("fail check, each by its name", async () => {
    const rig = await filledRig();
    rig.write("secrets/prod.yaml", "TOKEN: hunter2hunter2\n");
    rig.write("secrets/extra.env", "TOKEN=hunter2hunter2\n");
    const checked = await rig.run(["check"], { as: "stranger" });
    expect(checked.code).toBe(2);
    for (const name of ["secrets/prod.yaml", "secrets/extra.env"])
      expect(checked.stderr).toContain(`${name} is in plain text beside the secrets files`);
    expect(checked.stdout + checked.stderr).not.toContain("hunter2");
  });
});

describe("an edit that was killed", () => {
  it("leaves nothing that can be read", async () => {
    const rig = await filledRig();
    const shm = tempFolder({});
    const seen = join(shm, "seen");
    const editor = `sh -c 'echo "$$ $1" > ${seen}.tmp; mv ${seen}.tmp ${seen}; exec tail -f /dev/null' sh`;
    const cli = startCli(["secrets", "edit", "staging"], {
      cwd: rig.folder,
      env: { HOME: rig.home(), EDITOR: editor },
    });
    await expect.poll(() => existsSync(seen), { timeout: 30_000 }).toBe(true);
    const [editing = "", path = ""] = readFileSync(seen, "utf8").trim().split(" ");
    expect(readFileSync(path, "utf8")).toContain("token of staging");
    cli.child.kill("SIGKILL");
    await expect.poll(() => existsSync(path), { timeout: 30_000 }).toBe(false);
    process.kill(Number(editing), "SIGKILL");
    await cli.ended;
  });

  it("is wiped by the next command where even the machine went down, and one that is open is not", () => {
    const place = tempFolder({});
    const left = join(place, `${leftPrefix}999999999-abc`);
    const open = join(place, `${leftPrefix}${process.pid}-abc`);
    for (const folder of [left, open]) {
      mkdirSync(folder);
      writeFileSync(join(folder, "staging.yaml"), "TOKEN: hunter2hunter2\n");
    }
    expect(privatePlaces({ XDG_RUNTIME_DIR: place })).toContain(place);
    expect(wipeLeft({ XDG_RUNTIME_DIR: place })).toContain(left);
    expect(readdirSync(place)).toEqual([`${leftPrefix}${process.pid}-abc`]);
  });
});
