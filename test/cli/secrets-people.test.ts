import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runCli } from "../support/cli.ts";
import { filledRig, type SecretsRig } from "./secrets-rig.ts";

async function withBob(): Promise<SecretsRig> {
  const rig = await filledRig();
  await rig.ok(["init"], { as: "bob" });
  const [, recipient = "", signingKey = ""] = (await rig.ok(["recipients", "me"], { as: "bob" })).stdout
    .trim()
    .split(" ");
  await rig.ok(["recipients", "add", recipient, signingKey, "--name", "bob"]);
  rig.commit("bob");
  return rig;
}

/** A project that never had signers. */
function withoutSigners(rig: SecretsRig): void {
  rmSync(join(rig.folder, "secrets/signers"));
  for (const place of ["staging", "production", "shared"]) {
    const path = `secrets/${place}.yaml`;
    rig.write(path, rig.read(path).replace(/^ {2}tidegate: .*\n/m, ""));
  }
}

describe("tidegate secrets recipients", () => {
  it("lets somebody read and write who was added, and no longer who was removed", async () => {
    const rig = await withBob();
    expect((await rig.ok(["get", "TOKEN", "-e", "staging"], { as: "bob" })).stdout).toBe("token of staging");
    await rig.ok(["set", "TOKEN", "-e", "staging"], { as: "bob", stdin: "set by bob" });
    await rig.ok(["check"]);
    await rig.ok(["recipients", "remove", "bob"]);
    expect((await rig.run(["get", "TOKEN", "-e", "staging"], { as: "bob" })).stderr).toContain("secrets-no-key");
    expect(await rig.get("TOKEN", "-e", "staging")).toBe("set by bob");
    expect(rig.read("secrets/signers")).not.toMatch(/^bob /m);
  });

  it("adds one signer at a time, whatever line ends were copied with the name", async () => {
    const rig = await filledRig();
    await rig.ok(["init"], { as: "bob" });
    const bob = (await rig.ok(["recipients", "me"], { as: "bob" })).stdout.trim().split(" ");
    await rig.ok(["init"], { as: "eve" });
    const eve = (await rig.ok(["recipients", "me"], { as: "eve" })).stdout.trim().split(" ");
    const name = `eve ${eve[1]} ${eve[2]}\nbob`;
    const added = await rig.run(["recipients", "add", bob[1]!, bob[2]!, "--name", name]);
    expect(added.stderr).toContain("A signer is one line");
    expect(rig.read("secrets/signers")).not.toMatch(/^eve /m);
  });

  it("says what somebody could read and follows it until it is renewed", async () => {
    const rig = await withBob();
    const plan = await rig.ok(["recipients", "remove", "bob", "--plan", "--json"]);
    expect(rig.git("status", "--porcelain")).toBe("");
    const { renew } = JSON.parse(plan.stdout) as { renew: { place: string; key: string }[] };
    expect(renew.map(({ place, key }) => `${place} ${key}`)).toEqual([
      "staging SESSION_KEY",
      "staging TOKEN",
      "production SESSION_KEY",
      "production TOKEN",
      "shared LICENCE",
    ]);
    await rig.ok(["recipients", "remove", "bob"]);
    const open = async () =>
      (JSON.parse((await rig.ok(["check", "--json"])).stdout) as { renewals: { key: string }[] }).renewals.length;
    expect(await open()).toBe(5);
    await rig.set("LICENCE", "a new licence");
    await rig.ok(["unset", "TOKEN", "--env", "staging"]);
    await rig.set("TOKEN", "a new token", "--env", "staging");
    expect(await open()).toBe(3);
    rig.write(
      "secrets/renewals.json",
      rig.read("secrets/renewals.json").replaceAll(/"due":"[^"]*"/g, '"due":"2020-01-01"'),
    );
    const late = await rig.run(["check"]);
    expect(late.code).toBe(1);
    expect(late.stderr).toContain("secrets-not-renewed");
  });

  it("writes no value while the list of what has to be renewed cannot be read", async () => {
    const rig = await filledRig();
    rig.write("secrets/renewals.json", "<<<<<<< ours");
    const refused = await rig.run(["set", "TOKEN", "-e", "staging"], { stdin: "another token" });
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining("is not a list of renewals") });
    expect(await rig.get("TOKEN", "-e", "staging")).toBe("token of staging");
  });

  it("gives the files new data keys when somebody is taken out of .sops.yaml by hand", async () => {
    const rig = await withBob();
    const [, recipient = ""] = (await rig.ok(["recipients", "me"], { as: "bob" })).stdout.trim().split(" ");
    const before = rig.read("secrets/staging.yaml");
    rig.write(".sops.yaml", rig.read(".sops.yaml").replaceAll(`      - ${recipient}\n`, ""));
    const checked = await rig.run(["check"], { as: "stranger" });
    expect(checked.code).toBe(2);
    expect(checked.stderr).toContain("can be read by people who should not, according to .sops.yaml");
    await rig.ok(["recipients", "apply"]);
    expect(rig.read("secrets/staging.yaml").match(/^TOKEN: .*/m)?.[0]).not.toBe(before.match(/^TOKEN: .*/m)?.[0]);
    await rig.ok(["check"], { as: "stranger" });
  });

  it("does not say that access is taken away where nothing says who has it", async () => {
    const rig = await withBob();
    rmSync(join(rig.folder, ".sops.yaml"));
    const before = rig.git("status", "--porcelain");
    for (const args of [["remove", "bob"], ["apply"]]) {
      const refused = await rig.run(["recipients", ...args]);
      expect(refused).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("There is no .sops.yaml") });
    }
    expect(rig.git("status", "--porcelain")).toBe(before);
  });

  it("does not let somebody remove themselves, or the unknown", async () => {
    const rig = await withBob();
    expect((await rig.run(["recipients", "remove", "Ada"])).stderr).toContain(
      "Somebody else has to remove your own access",
    );
    expect((await rig.run(["recipients", "remove", "carl"])).stderr).toContain("Nobody is called carl");
    expect((await rig.run(["recipients", "add", "age1nonsense"])).stderr).toContain("Not a recipient");
    expect(rig.git("status", "--porcelain")).toBe("");
  });
});

describe("a secrets file of an environment that is gone", () => {
  /** `hasRule`: whether .sops.yaml still says who may read it. */
  async function withoutStaging(hasRule: boolean): Promise<SecretsRig> {
    const rig = await withBob();
    const text = rig.read("tidegate.config.ts").replace(/^ {4}staging: .*\n/m, "");
    rig.write("tidegate.config.ts", text.replace(', after: "staging"', ""));
    if (!hasRule) rig.write(".sops.yaml", rig.read(".sops.yaml").replace("^secrets/staging", "^secrets/other"));
    rig.commit("no staging");
    return rig;
  }

  it.each([true, false])("is named, and closed to whoever is removed (with a rule: %j)", async (hasRule) => {
    const rig = await withoutStaging(hasRule);
    const [, bob = ""] = (await rig.ok(["recipients", "me"], { as: "bob" })).stdout.trim().split(" ");
    expect((await rig.ok(["check"])).stdout).toContain("secrets/staging.yaml belongs to no environment");
    const before = rig.read("secrets/staging.yaml");
    expect(before).toContain(bob);
    const removed = await rig.ok(["recipients", "remove", "bob"]);
    expect(removed.stderr).toContain("secrets/staging.yaml belongs to no environment");
    const after = rig.read("secrets/staging.yaml");
    expect(after).not.toContain(bob);
    expect(after.match(/^TOKEN: .*/m)?.[0]).not.toBe(before.match(/^TOKEN: .*/m)?.[0]);
    expect(rig.read("secrets/renewals.json")).not.toContain("staging");
    await rig.ok(["recipients", "apply"]);
    expect(rig.read("secrets/staging.yaml")).toBe(after);
    expect((await rig.ok(["check"])).stderr).toBe("");
  });

  it("is rotated and brought in line like the others, unless one of them is named", async () => {
    const rig = await withoutStaging(true);
    await rig.ok(["rotate", "production"]);
    expect(rig.git("status", "--porcelain")).toBe(" M secrets/production.yaml\n");
    expect((await rig.ok(["rotate"])).stdout).toContain("secrets/staging.yaml has a new data key");
    const [, bob = ""] = (await rig.ok(["recipients", "me"], { as: "bob" })).stdout.trim().split(" ");
    rig.write(".sops.yaml", rig.read(".sops.yaml").replaceAll(`      - ${bob}\n`, ""));
    await rig.ok(["recipients", "apply"]);
    expect(rig.read("secrets/staging.yaml")).not.toContain(bob);
  });

  it("has to be signed before anything is changed when it was only copied", async () => {
    const rig = await withBob();
    rig.write("secrets/oldqa.yaml", rig.read("secrets/staging.yaml"));
    const before = rig.git("status", "--porcelain");
    const refused = await rig.run(["recipients", "remove", "bob"]);
    expect(refused).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("secrets/oldqa.yaml") });
    expect(rig.git("status", "--porcelain")).toBe(before);
    await rig.ok(["sign", "secrets/oldqa.yaml"]);
    await rig.ok(["recipients", "remove", "bob"]);
    const [, bob = ""] = (await rig.ok(["recipients", "me"], { as: "bob" })).stdout.trim().split(" ");
    expect(rig.read("secrets/oldqa.yaml")).not.toContain(bob);
  });

  it("is none of another name", async () => {
    const rig = await filledRig();
    rig.write("secrets/README.md", "ENC[AES256_GCM,\n");
    expect((await rig.ok(["check"])).stdout).toBe("✔ 3 secrets files, no problems\n");
  });
});

describe("tidegate secrets rotate", () => {
  it("encrypts everything anew and keeps the values", async () => {
    const rig = await filledRig();
    const before = rig.read("secrets/staging.yaml");
    await rig.ok(["rotate", "staging"]);
    const after = rig.read("secrets/staging.yaml");
    for (const line of before.split("\n").filter((one) => one.includes("ENC["))) expect(after).not.toContain(line);
    expect(await rig.get("TOKEN", "-e", "staging")).toBe("token of staging");
    expect(rig.git("status", "--porcelain")).toBe(" M secrets/staging.yaml\n");
  });
});

describe("tidegate secrets check and sign", () => {
  it("needs no key", async () => {
    const rig = await filledRig();
    const checked = await rig.ok(["check"], { as: "stranger" });
    expect(checked.stdout).toBe("✔ 3 secrets files, no problems\n");
  });

  it("finds a renamed key, and sign does not make a damaged file look right", async () => {
    const rig = await filledRig();
    rig.write("secrets/staging.yaml", rig.read("secrets/staging.yaml").replace(/^TOKEN:/m, "TOKEN2:"));
    const checked = await rig.run(["check"], { as: "stranger" });
    expect(checked.code).toBe(2);
    expect(checked.stderr).toContain("renamed to TOKEN2");
    expect((await rig.run(["get", "SESSION_KEY", "-e", "staging"])).stderr).toContain("secrets-file-tampered");
    expect((await rig.run(["sign"])).stderr).toContain("is not as it was encrypted");
  });

  it("signs what was reviewed, and says what it was", async () => {
    const rig = await filledRig();
    const text = rig.read("secrets/staging.yaml");
    rig.write("secrets/staging.yaml", text.replace(/^ {2}tidegate: .*\n/m, ""));
    const refused = await rig.run(["get", "TOKEN", "-e", "staging"]);
    expect(refused.stderr).toContain("is not signed");
    const signed = await rig.ok(["sign", "secrets/staging.yaml"]);
    expect(signed.stdout).toContain("nobody signed this one");
    await rig.ok(["check"]);
    expect(await rig.get("TOKEN", "-e", "staging")).toBe("token of staging");
  });

  it("reads unsigned files where the project has no signers file, and says so", async () => {
    const rig = await filledRig();
    withoutSigners(rig);
    const checked = await rig.ok(["check"]);
    expect(checked.stdout).toContain("There is no signers file");
    expect(await rig.get("TOKEN", "-e", "staging")).toBe("token of staging");
  });

  it("refuses signed files whose signers file is gone", async () => {
    const rig = await filledRig();
    rmSync(join(rig.folder, "secrets/signers"));
    const whole = runCli(["check"], { cwd: rig.folder, env: { HOME: rig.home() } });
    for (const refused of [await rig.run(["check"]), await rig.run(["get", "TOKEN", "-e", "staging"]), await whole]) {
      expect(refused.code).toBe(2);
      expect(refused.stderr).toContain("secrets-file-tampered");
      expect(refused.stderr).toContain("secrets/staging.yaml is signed, but there is no signers file");
      expect(refused.stderr).toMatch(/git checkout -- \S*secrets\/signers/);
      expect(`${refused.stdout}${refused.stderr}`).not.toContain("There is no signers file");
    }
    rig.git("checkout", "--", "secrets/signers");
    await rig.ok(["check"]);
  });

  it("name git's conflict markers, and how the file is merged by key", async () => {
    const rig = await filledRig();
    const text = rig.read("secrets/staging.yaml");
    rig.write("secrets/staging.yaml", text.replace(/^TOKEN: .*$/m, "<<<<<<< HEAD\n$&\n=======\n$&\n>>>>>>> theirs"));
    for (const args of [["check"], ["get", "TOKEN", "-e", "staging"]]) {
      const refused = await rig.run(args);
      expect(refused.code).toBe(2);
      expect(refused.stderr).toMatch(/secrets\/staging\.yaml has git's conflict markers/);
      expect(refused.stderr).toContain("tidegate secrets init");
      expect(refused.stderr).toMatch(/git checkout --merge -- \S*secrets\/staging\.yaml/);
    }
  });

  it("name the file whose MAC is wrong where there is no signature that tells it", async () => {
    const rig = await filledRig();
    withoutSigners(rig);
    const text = rig.read("secrets/staging.yaml");
    rig.write("secrets/staging.yaml", text.replace(/lastmodified: .*/, 'lastmodified: "2020-01-01T00:00:00Z"'));
    const read = await rig.run(["get", "TOKEN", "-e", "staging"]);
    expect(read.stderr).toContain("cannot be read from secrets/staging.yaml: The MAC of a secrets file is wrong");
    const rotated = await rig.run(["rotate"]);
    expect(rotated.stderr).toContain("at secrets/staging.yaml:1:1");
  });

  it("tell what is wrong with the key that was meant when another one does not fit", async () => {
    const rig = await filledRig();
    await rig.ok(["init"], { as: "bob" });
    const refused = await rig.run(["get", "TOKEN", "-e", "staging"], {
      as: "bob",
      env: { SOPS_AGE_KEY_FILE: "/nope" },
    });
    expect(refused.stderr).toContain("None of your age keys fits");
    expect(refused.stderr).toContain("SOPS_AGE_KEY_FILE (/nope) cannot be used");
  });

  it("finds a secret that the selector leaves in clear, and keys that nobody declared", async () => {
    const rig = await filledRig();
    rig.write(".sops.yaml", rig.read(".sops.yaml").replace("    age:", "    encrypted_regex: ^SESSION\n    age:"));
    rmSync(join(rig.folder, "secrets/staging.yaml"));
    await rig.set("SESSION_KEY", "session of staging", "-e", "staging");
    await rig.set("TOKEN", "token of staging", "-e", "staging");
    await rig.ok(["set", "SESSION_OLD", "-e", "staging", "--undeclared"], { stdin: "nobody declared me" });
    const checked = await rig.run(["check"], { as: "stranger" });
    expect(checked.code).toBe(2);
    expect(checked.stderr).toContain("The secret TOKEN is in secrets/staging.yaml unencrypted");
    expect(checked.stdout).toContain("has SESSION_OLD, which is not declared");
  });

  it("finds secrets without a value, and two files for one environment", async () => {
    const rig = await filledRig();
    await rig.ok(["unset", "TOKEN", "-e", "staging"]);
    expect((await rig.run(["check"])).stderr).toContain('Environment "staging" has no value for the secret TOKEN');
    rig.write("secrets/staging.env", "");
    expect((await rig.run(["check"])).stderr).toContain("several secrets files for staging");
  });
});

describe("tidegate secrets scan", () => {
  it("finds a value in the tree, staged, and in history", async () => {
    const rig = await filledRig();
    expect((await rig.ok(["scan"])).stdout).toContain("none of 6 values");
    rig.write("notes.txt", `key: ${Buffer.from("token of staging").toString("base64")}\n`);
    const found = await rig.run(["scan"]);
    expect(found.code).toBe(3);
    expect(found.stderr).toContain("notes.txt:1 has the value of the secret TOKEN of staging");
    rig.commit("leak");
    rig.git("rm", "--quiet", "notes.txt");
    rig.commit("no leak");
    expect((await rig.run(["scan"])).code).toBe(0);
    expect((await rig.run(["scan", "--history"])).stderr).toContain("in commit");
  });

  it("a git that does not answer has not said that nothing is staged", async () => {
    const rig = await filledRig();
    rig.write("notes.txt", `key: ${Buffer.from("token of staging").toString("base64")}\n`);
    rig.git("add", "notes.txt");
    rig.write("notes.txt", "nothing\n");
    expect((await rig.run(["scan"])).code).toBe(3);
    rig.git("config", "core.repositoryformatversion", "9");
    const found = await rig.run(["scan"]);
    expect(found.code).toBe(2);
    expect(found.stderr).toContain("error[git-unavailable]: What is staged cannot be read");
    rmSync(join(rig.folder, ".git"), { recursive: true });
    expect((await rig.ok(["scan"])).stdout).toContain("not checked: what is staged: this is not a git repository");
  });

  it("of a shallow clone it says that the rest of the history was not looked at", async () => {
    const rig = await filledRig();
    rig.write(".git/shallow", rig.git("rev-parse", "HEAD"));
    expect((await rig.ok(["scan", "--history"])).stdout).toContain("not checked: the history before");
  });
});

describe("git merge with tidegate secrets merge", () => {
  async function branches(ours: (rig: SecretsRig) => Promise<void>, theirs: (rig: SecretsRig) => Promise<void>) {
    const rig = await filledRig();
    rig.git("checkout", "--quiet", "-b", "theirs");
    await theirs(rig);
    rig.commit("theirs");
    rig.git("checkout", "--quiet", "main");
    await ours(rig);
    rig.commit("ours");
    const version = (ref: string, name: string) => rig.write(name, rig.git("show", `${ref}:secrets/staging.yaml`));
    version("main~1", "base.tmp");
    version("main", "ours.tmp");
    version("theirs", "theirs.tmp");
    const merged = await rig.run(["merge", "base.tmp", "ours.tmp", "theirs.tmp", "secrets/staging.yaml"]);
    rig.write("secrets/staging.yaml", rig.read("ours.tmp"));
    return { rig, merged };
  }

  it("takes what only one side changed", async () => {
    const { rig, merged } = await branches(
      (one) => one.set("TOKEN", "our new token", "-e", "staging"),
      (one) => one.set("SESSION_KEY", "their new session", "-e", "staging"),
    );
    expect(merged.code).toBe(0);
    expect(await rig.get("TOKEN", "-e", "staging")).toBe("our new token");
    expect(await rig.get("SESSION_KEY", "-e", "staging")).toBe("their new session");
    await rig.ok(["check"]);
  });

  it("names what both changed, shows no value, and keeps ours", async () => {
    const { rig, merged } = await branches(
      (one) => one.set("TOKEN", "our new token", "-e", "staging"),
      async (one) => {
        await one.set("TOKEN", "their new token", "-e", "staging");
        await one.set("SESSION_KEY", "their new session", "-e", "staging");
      },
    );
    expect(merged.code).toBe(1);
    expect(merged.stderr).toContain("TOKEN was changed here ([secret]) and changed there ([secret])");
    expect(merged.stderr).not.toMatch(/new token|new session/);
    expect(await rig.get("TOKEN", "-e", "staging")).toBe("our new token");
    expect(await rig.get("SESSION_KEY", "-e", "staging")).toBe("their new session");
  });

  it("refuses a side that nobody signed", async () => {
    const { rig, merged } = await branches(
      (one) => one.set("TOKEN", "our new token", "-e", "staging"),
      async (one) => {
        await one.set("SESSION_KEY", "their new session", "-e", "staging");
        one.write("secrets/staging.yaml", one.read("secrets/staging.yaml").replace(/^ {2}tidegate: .*\n/m, ""));
      },
    );
    expect(merged.code).toBe(2);
    expect(merged.stderr).toMatch(/Their version of .* cannot be merged: .* is not signed/);
    expect(merged.stderr).toContain("Until then it is only our version: do not add it");
    expect(merged.stderr).not.toContain("tidegate secrets sign");
    expect(await rig.get("TOKEN", "-e", "staging")).toBe("our new token");
  });
});
