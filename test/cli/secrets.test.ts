import { existsSync, lstatSync, readdirSync, renameSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runCli, startCli } from "../support/cli.ts";
import { envelopesOf } from "../support/events.ts";
import { filledRig, SecretsRig } from "./secrets-rig.ts";

describe("tidegate secrets init", () => {
  it("makes a private key, who may read, who may write, and how git merges; and nothing twice", async () => {
    const rig = new SecretsRig();
    const first = await rig.ok(["init"]);
    const key = join(rig.home(), ".config/sops/age/keys.txt");
    expect(statSync(key).mode & 0o777).toBe(0o600);
    expect(rig.read(".sops.yaml")).toContain("path_regex: ^secrets/production");
    expect(rig.read("secrets/signers")).toMatch(/^Ada age1\w+ tgsign1\w+$/m);
    expect(rig.read(".gitattributes")).toContain("/secrets/*.yaml text eol=lf merge=tidegate-secrets\n");
    expect(rig.git("config", "merge.tidegate-secrets.driver")).toContain("secrets merge %O %A %B %P");
    expect(`${first.stdout}${first.stderr}`).not.toContain("AGE-SECRET-KEY");
    const before = [rig.read(".sops.yaml"), rig.read("secrets/signers"), rig.read(".gitattributes")];
    const second = await rig.ok(["init"]);
    expect(second.stdout).not.toContain("✔");
    expect([rig.read(".sops.yaml"), rig.read("secrets/signers"), rig.read(".gitattributes")]).toEqual(before);
  });

  it("makes a key for each environment when asked", async () => {
    const rig = new SecretsRig();
    await rig.ok(["init", "--environment-keys"]);
    const folder = join(rig.home(), ".config/tidegate/keys/shop");
    expect(readdirSync(folder).sort()).toEqual(["production.txt", "staging.txt"]);
    const recipients = rig.read(".sops.yaml").match(/age1\w+/g) ?? [];
    expect(new Set(recipients).size).toBe(3);
  });
});

describe("tidegate secrets set", () => {
  it("encrypts what standard input has, and get prints exactly that", async () => {
    const rig = new SecretsRig();
    await rig.ok(["init"]);
    const value = `-----BEGIN KEY-----\nabc 'ü' "q" $x\n-----END KEY-----`;
    const set = await rig.ok(["set", "TOKEN", "--env", "staging"], { stdin: `${value}\n` });
    expect(`${set.stdout}${set.stderr}${rig.read("secrets/staging.yaml")}`).not.toContain("abc '");
    expect(await rig.get("TOKEN", "--env", "staging")).toBe(value);
    expect((await rig.ok(["get", "TOKEN", "-e", "staging", "--json"])).stdout).toBe(
      `${JSON.stringify({ type: "secret", key: "TOKEN", environment: "staging", value })}\n`,
    );
  });

  it("notes in the history of a project that has one who changed which secrets, and no value", async () => {
    const rig = new SecretsRig();
    await rig.ok(["init"]);
    await rig.set("TOKEN", "before there is a history", "--env", "staging");
    const call = { cwd: rig.folder, env: { HOME: rig.home() } };
    await runCli(["state", "new"], call);
    // `release` makes the state's database; what it says of the pipeline is of no interest here.
    await runCli(["release"], call);
    await rig.set("TOKEN", "a value of later", "--env", "staging");
    const follow = startCli(["history", "--follow", "--after", "0", "--json"], call);
    await follow.until("secretsChanged");
    follow.child.kill("SIGKILL");
    const { stdout } = await follow.ended;
    expect(envelopesOf(stdout)).toMatchObject([
      {
        project: "shop",
        subject: { kind: "environment", name: "staging" },
        by: { git: { name: "Ada", email: "ada@example.com" } },
        event: { type: "secretsChanged", place: "staging", keys: ["TOKEN"] },
      },
    ]);
    expect(stdout).not.toContain("a value of later");
  });

  it("changes only that value, and nothing when it is there already", async () => {
    const rig = await filledRig();
    await rig.set("TOKEN", "token of staging", "--env", "staging");
    expect(rig.git("status", "--porcelain")).toBe("");
    await rig.set("TOKEN", "another one", "--env", "staging");
    const lines = rig.git("diff", "--unified=0").match(/^\+ *\w+:/gm) ?? [];
    expect(lines.map((line) => line.slice(1).trim())).toEqual(["TOKEN:", "lastmodified:", "mac:", "tidegate:"]);
  });

  it.each([
    [["TOKEN=abc", "--env", "staging"], "", "does not belong on the command line"],
    [["TOKEN", "battery", "--env", "staging"], "", "does not belong on the command line"],
    [["TOKEN"], "some value", "Whose TOKEN?"],
    [["LICENCE", "--env", "staging"], "some value", "is shared"],
    [["TOKN", "--env", "staging"], "some value", 'Did you mean "TOKEN"?'],
    [["TOKEN", "--env", "stagin"], "some value", 'There is no environment "stagin"'],
    [["TOKEN", "--env", "staging"], "", "is empty"],
    [["TOKEN", "--env", "staging"], "changeme", "cannot have this value"],
    [["SESSION_KEY", "--env", "staging"], "too-short", "does not fit its schema"],
    [["DATABASE", "--env", "staging", "--as", "json"], '{"user":"battery', "is not JSON"],
  ])("refuses %j", async (args, stdin, why) => {
    const rig = new SecretsRig();
    await rig.ok(["init"]);
    const refused = await rig.run(["set", ...args], { stdin });
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain(why);
    expect(refused.stderr).not.toMatch(/too-short|battery/);
    expect(existsSync(join(rig.folder, "secrets/staging.yaml"))).toBe(false);
  });

  it("writes to where a link leads, and leaves the link", async () => {
    const rig = await filledRig();
    renameSync(join(rig.folder, "secrets/staging.yaml"), join(rig.folder, "elsewhere.yaml"));
    symlinkSync("../elsewhere.yaml", join(rig.folder, "secrets/staging.yaml"));
    await rig.set("TOKEN", "a token behind a link", "--env", "staging");
    expect(lstatSync(join(rig.folder, "secrets/staging.yaml")).isSymbolicLink()).toBe(true);
    expect(await rig.get("TOKEN", "--env", "staging")).toBe("a token behind a link");
  });

  it("takes a structured value", async () => {
    const rig = await filledRig();
    await rig.ok(["set", "DATABASE", "-e", "staging", "--as", "json"], {
      stdin: '{"user":"u","password":"correct horse"}',
    });
    expect(await rig.get("DATABASE", "-e", "staging")).toBe('{"user":"u","password":"correct horse"}');
    expect(rig.read("secrets/staging.yaml")).toMatch(/^ {2}password: ENC\[/m);
  });

  it("says to somebody without a key why they cannot set one value", async () => {
    const rig = await filledRig();
    const refused = await rig.run(["set", "TOKEN", "--env", "staging"], { as: "stranger", stdin: "some new value" });
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("a SOPS file has one key for all its values");
    expect(rig.git("status", "--porcelain")).toBe("");
  });

  it("leaves every value in place when many write at once", async () => {
    const rig = await filledRig();
    const writers = Array.from({ length: 4 }, (_, index) => {
      return rig.ok(["set", `EXTRA_${index}`, "--env", "staging", "--undeclared"], { stdin: `value number ${index}` });
    });
    await Promise.all(writers);
    const { stdout } = await rig.ok(["list", "staging", "--json"]);
    const { secrets } = JSON.parse(stdout) as { secrets: { key: string; declared: boolean }[] };
    expect(
      secrets
        .filter(({ declared }) => !declared)
        .map(({ key }) => key)
        .sort(),
    ).toEqual(["EXTRA_0", "EXTRA_1", "EXTRA_2", "EXTRA_3"]);
  });
});

describe("tidegate secrets unset, list and get", () => {
  it("take a value away, and show where each comes from without a key", async () => {
    const rig = await filledRig();
    await rig.ok(["unset", "TOKEN", "--env", "staging"]);
    const listed = await rig.run(["list", "staging", "shared"], {
      as: "stranger",
      env: { STAGING_TOKEN: "of a variable" },
    });
    expect(listed.stdout).toBe(
      [
        "ENVIRONMENT  KEY          FROM      WHERE",
        "staging      SESSION_KEY  file      secrets/staging.yaml:1",
        "staging      TOKEN        variable",
        "staging      DATABASE     missing",
        "shared       LICENCE      file      secrets/shared.yaml:1",
        "",
      ].join("\n"),
    );
    expect((await rig.run(["unset", "TOKEN", "--env", "staging"])).stderr).toContain("has no TOKEN");
    const missing = await rig.run(["get", "TOKEN", "--env", "staging"]);
    expect(missing).toMatchObject({ code: 2, stdout: "" });
    expect(missing.stderr).toContain("tidegate secrets set TOKEN --env staging");
  });

  it("show a name that would move the cursor without what moves it", async () => {
    const rig = await filledRig();
    const text = rig.read("secrets/staging.yaml");
    rig.write("secrets/staging.yaml", `"\\e]0;title\\aX\\e[2J\\rY": ENC[x]\n${text}`);
    const listed = await rig.ok(["list", "staging"]);
    const checked = await rig.run(["check", "staging"]);
    for (const output of [listed.stdout, checked.stdout, checked.stderr])
      expect([...output].filter((one) => one < " " && one !== "\n")).toEqual([]);
    expect(listed.stdout).toContain("Y");
  });

  it("give the file's value before the variable's", async () => {
    const rig = await filledRig();
    const env = { STAGING_TOKEN: "of a variable" };
    expect((await rig.ok(["get", "TOKEN", "-e", "staging"], { env })).stdout).toBe("token of staging");
    await rig.ok(["unset", "TOKEN", "-e", "staging"]);
    expect((await rig.ok(["get", "TOKEN", "-e", "staging"], { env })).stdout).toBe("of a variable");
  });

  it("say that a value is unreadable, never that it is missing, without a key", async () => {
    const rig = await filledRig();
    const refused = await rig.run(["get", "TOKEN", "-e", "staging"], {
      as: "stranger",
      env: { STAGING_TOKEN: "of a variable" },
    });
    expect(refused).toMatchObject({ code: 2, stdout: "" });
    expect(refused.stderr).toContain("secrets-no-key");
  });
});

describe("tidegate secrets import", () => {
  it("takes the secrets of a file in clear, all or none, and leaves what is there", async () => {
    const rig = await filledRig();
    rig.write(
      ".env.staging",
      "export TOKEN=\"imported token\"\nSESSION_KEY='imported session'\nPORT=80\nLICENCE=xxxxxxxxxxxx\n",
    );
    const imported = await rig.ok(["import", ".env.staging", "--env", "staging", "--json"]);
    expect(JSON.parse(imported.stdout)).toMatchObject({
      keys: [
        { key: "TOKEN", outcome: "kept" },
        { key: "SESSION_KEY", outcome: "kept" },
        { key: "PORT", outcome: "undeclared" },
        { key: "LICENCE", outcome: "undeclared" },
      ],
    });
    await rig.ok(["import", ".env.staging", "--env", "staging", "--overwrite"]);
    expect(await rig.get("TOKEN", "-e", "staging")).toBe("imported token");
    rig.write("bad.json", JSON.stringify({ TOKEN: "a good new token", SESSION_KEY: "bad" }));
    const refused = await rig.run(["import", "bad.json", "--env", "staging", "--overwrite"]);
    expect(refused.code).toBe(2);
    expect(await rig.get("TOKEN", "-e", "staging")).toBe("imported token");
  });

  it("tells nobody to remove a file that has what was not taken, and takes no half values", async () => {
    const rig = await filledRig();
    rig.write(".env.staging", "TOKEN=another token\n");
    const kept = await rig.ok(["import", ".env.staging", "--env", "staging"]);
    expect(kept.stderr).toBe(".env.staging still has what secrets/staging.yaml does not have: TOKEN\n");
    rig.write(".env.staging", 'TOKEN="half a token\nMORE=of it\n');
    const half = await rig.run(["import", ".env.staging", "--env", "staging", "--overwrite"]);
    expect(half).toMatchObject({ code: 2, stderr: expect.stringContaining("A quote is not closed: line 1") });
    writeFileSync(join(rig.folder, ".env.staging"), Buffer.from("TOKEN=gr\u00fc\u00dfe aus Bonn\n", "latin1"));
    const latin = await rig.run(["import", ".env.staging", "--env", "staging", "--overwrite"]);
    expect(latin).toMatchObject({ code: 2, stderr: expect.stringContaining("It is not UTF-8 text") });
    expect(await rig.get("TOKEN", "-e", "staging")).toBe("token of staging");
  });

  it("reads YAML with structures", async () => {
    const rig = await filledRig();
    rig.write("in.yaml", "DATABASE:\n  user: admin\n  password: correct horse\n");
    await rig.ok(["import", "in.yaml", "--env", "production"]);
    expect(JSON.parse(await rig.get("DATABASE", "-e", "production"))).toEqual({
      user: "admin",
      password: "correct horse",
    });
  });
});

describe("tidegate secrets edit", () => {
  const leftovers = () => readdirSync("/dev/shm").filter((name) => name.startsWith("tidegate-secrets-"));

  it("gives the editor a private file in clear, writes what changed, and wipes it", async () => {
    const rig = await filledRig();
    const editor = join(rig.folder, "..", "editor.sh");
    rig.write(
      "../editor.sh",
      `stat -c '%a %n' "$1" "$(dirname "$1")" > ${rig.folder}/../modes\nsed -i 's/token of staging/edited token/' "$1"\n`,
    );
    const edited = await rig.ok(["edit", "staging"], { env: { EDITOR: `sh ${editor}` } });
    expect(edited.stdout).toContain("secrets/staging.yaml: changed TOKEN");
    expect(await rig.get("TOKEN", "-e", "staging")).toBe("edited token");
    expect(rig.read("../modes")).toMatch(/^600 \/dev\/shm\/.*\/staging\.yaml\n700 /);
    expect(leftovers()).toEqual([]);
  });

  it("warns of a key that was deleted and is needed", async () => {
    const rig = await filledRig();
    rig.write("../editor.sh", `sed -i '/^TOKEN/d' "$1"`);
    const edited = await rig.ok(["edit", "staging"], { env: { EDITOR: `sh ${rig.folder}/../editor.sh` } });
    expect(edited.stdout).toBe(
      "✔ secrets/staging.yaml: changed TOKEN\n! TOKEN has no value in secrets/staging.yaml, but needs one\n",
    );
  });

  it("writes nothing when nothing changed, or when the editor fails", async () => {
    const rig = await filledRig();
    expect((await rig.ok(["edit", "staging"], { env: { EDITOR: "true" } })).stdout).toContain("nothing was changed");
    expect((await rig.run(["edit", "staging"], { env: { EDITOR: "false" } })).stderr).toContain("nothing was written");
    expect(rig.git("status", "--porcelain")).toBe("");
    expect(leftovers()).toEqual([]);
  });

  it("takes nothing away when the editor empties the file or leaves none", async () => {
    const rig = await filledRig();
    for (const [script, told] of [
      [': > "$1"', "The file is empty; nothing was written"],
      ['rm "$1"', "The editor left no file behind; nothing was written"],
    ] as const) {
      rig.write("../editor.sh", script);
      const edited = await rig.run(["edit", "staging"], { env: { EDITOR: `sh ${rig.folder}/../editor.sh` } });
      expect(edited).toMatchObject({ code: 2, stderr: expect.stringContaining(told) });
    }
    expect(rig.git("status", "--porcelain")).toBe("");
    expect(leftovers()).toEqual([]);
  });

  it("opens again on what cannot be read or does not fit, with the text as it was left", async () => {
    const rig = await filledRig();
    const script = [
      `n=$(cat ${rig.folder}/../count 2>/dev/null || echo 0); echo $((n + 1)) > ${rig.folder}/../count`,
      `case $n in`,
      `0) printf 'SESSION_KEY: "unclosed\\nTOKEN: a second token\\n' > "$1" ;;`,
      `1) grep -q unclosed "$1" && printf 'SESSION_KEY: tiny\\nTOKEN: a second token\\n' > "$1" ;;`,
      `2) grep -q tiny "$1" && printf 'SESSION_KEY: long enough now\\nTOKEN: a second token\\n' > "$1" ;;`,
      `esac`,
    ];
    rig.write("../editor.sh", script.join("\n"));
    const edited = await rig.ok(["edit", "staging"], {
      env: { VISUAL: `sh ${rig.folder}/../editor.sh`, EDITOR: "false" },
    });
    expect(rig.read("../count")).toBe("3\n");
    expect(edited.stderr).not.toMatch(/tiny|second token/);
    expect(await rig.get("SESSION_KEY", "-e", "staging")).toBe("long enough now");
  });

  it("wipes the file and writes nothing when it is interrupted", async () => {
    const rig = await filledRig();
    rig.write("../editor.sh", `echo "NEW: value of a new key" >> "$1"; echo open >&2; exec sleep 1000`);
    const running = startCli(["secrets", "edit", "staging"], {
      cwd: rig.folder,
      env: { HOME: rig.home(), EDITOR: `sh ${rig.folder}/../editor.sh` },
    });
    await running.until("open");
    running.child.kill("SIGINT");
    expect((await running.ended).code).toBe(130);
    expect(leftovers()).toEqual([]);
    expect(rig.git("status", "--porcelain")).toBe("");
  });

  it("holds other writers off while it is open", async () => {
    const rig = await filledRig();
    rig.write(
      "../editor.sh",
      `echo open >&2; while [ ! -e ${rig.folder}/../go ]; do sleep 0.05; done; sed -i 's/token of staging/edited token/' "$1"`,
    );
    const running = startCli(["secrets", "edit", "staging"], {
      cwd: rig.folder,
      env: { HOME: rig.home(), EDITOR: `sh ${rig.folder}/../editor.sh` },
    });
    await running.until("open");
    const other = rig.ok(["set", "SESSION_KEY", "-e", "staging"], { stdin: "set meanwhile by another" });
    rig.write("../go", "");
    expect((await running.ended).code).toBe(0);
    await other;
    expect(await rig.get("TOKEN", "-e", "staging")).toBe("edited token");
    expect(await rig.get("SESSION_KEY", "-e", "staging")).toBe("set meanwhile by another");
  });
});
