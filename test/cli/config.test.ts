import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runCli } from "../support/cli.ts";
import { tempFolder } from "../support/temp-folder.ts";

const definition = `import { command, defineProject, differs, duration, local, rolling, secret, shared, task } from "tidegate";
import { z } from "zod";

const build = task({ run: "true", inputs: ["a"] });

export default defineProject({
  name: "shop",
  pipeline: { build },
  config: {
    LOG_LEVEL: differs(z.enum(["debug", "info"]).default("info"), "staging is chatty"),
    TTL: duration("30s"),
    KEY: secret(z.string().min(8)),
    REMOTE: secret(shared(z.string(), "one licence"), { from: command(["false"]) }),
  },
  environments: {
    staging: { driver: local(), strategy: rolling(), config: { LOG_LEVEL: "debug" } },
    production: { driver: local(), strategy: rolling(), after: "staging" },
  },
});
`;
const secrets = { STAGING_KEY: "hunter2-staging", PRODUCTION_KEY: "hunter2-production" };

const project = (text = definition) => tempFolder({ "tidegate.config.ts": text, a: "" });
const run = (cwd: string, args: readonly string[], env: Readonly<Record<string, string>> = secrets) =>
  runCli(["config", ...args], { cwd, env });
const lines = (stdout: string) =>
  stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

describe("config explain", () => {
  it("shows every layer, which one won, and where it is written", async () => {
    const { code, stdout } = await run(project(), ["explain", "LOG_LEVEL", "--env", "staging"]);
    expect(code).toBe(0);
    expect(stdout).toBe(`LOG_LEVEL in staging: debug
     default      info    tidegate.config.ts:10:16
  ✔  environment  debug   tidegate.config.ts:16:75
     secret       –
     set by hand  (none)
  declared to differ: staging is chatty
`);
  });

  it("masks a secret and says where it comes from, or would come from", async () => {
    const cwd = project();
    const set = await run(cwd, ["explain", "KEY", "--env", "staging"]);
    expect(set.stdout).toContain("✔  secret       [secret]  environment variable STAGING_KEY");
    const missing = await run(cwd, ["explain", "KEY", "--env", "staging"], {});
    expect(missing.stdout).toMatch(/^KEY in staging: \(missing\)[\s\S]*STAGING_KEY/);
    expect(set.stdout + missing.stdout).not.toContain("hunter2");
  });

  it("tells what cannot be read from what is missing", async () => {
    const { stdout } = await run(project(), ["explain", "REMOTE", "--env", "staging", "--json"]);
    expect(lines(stdout)).toMatchObject([{ key: "REMOTE", state: "unreadable", shared: "one licence" }]);
    expect(lines(stdout)[0].layers[2]).toMatchObject({
      layer: "secret",
      state: "unreadable",
      origin: { kind: "command" },
    });
  });

  it("shows what a deployment with --set would get, and knows which keys there are", async () => {
    const cwd = project();
    const set = await run(cwd, ["explain", "TTL", "--env", "staging", "--set", "TTL=5m"]);
    expect(set.stdout).toMatch(/^TTL in staging: 300000\n[\s\S]*✔ {2}set by hand {2}5m {5}--set\n$/);
    const unknown = await run(cwd, ["explain", "LOG_LEVLE"]);
    expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('Did you mean "LOG_LEVEL"?') });
  });
});

describe("a value of two lines, set by hand", () => {
  it("is one value, and sets no second key", async () => {
    const cwd = project(definition.replace('TTL: duration("30s"),', 'TTL: z.string().default("30s"),'));
    const args = ["--env", "staging", "--set", "TTL=one\nLOG_LEVEL=info"];
    const both = await run(cwd, ["export", "--format", "json", ...args]);
    expect(both.code).toBe(0);
    expect(JSON.parse(both.stdout)).toEqual({ LOG_LEVEL: "debug", TTL: "one\nLOG_LEVEL=info" });
    const honest = await run(cwd, ["export", "--format", "json", "--env", "staging", "--set", "TTL=one\ntwo"]);
    expect(JSON.parse(honest.stdout)).toMatchObject({ TTL: "one\ntwo" });
  });
});

describe("config show, diff and check", () => {
  it("shows all environments side by side, secrets masked", async () => {
    const { stdout } = await run(project(), ["show"]);
    expect(stdout).toBe(`           staging       production
LOG_LEVEL  debug         info
TTL        30000         30000
KEY        [secret]      [secret]
REMOTE     (unreadable)  (unreadable)
`);
  });

  it("gives typed values to a script, and no secret", async () => {
    const { stdout } = await run(project(), ["show", "--env", "production", "--json"]);
    expect(lines(stdout)).toMatchObject([
      { key: "LOG_LEVEL", state: "set", layer: "default", value: "info" },
      { key: "TTL", value: 30_000 },
      { key: "KEY", kind: "secret", state: "set" },
      { key: "REMOTE", state: "unreadable" },
    ]);
    expect(stdout).not.toContain("hunter2");
  });

  it("compares secrets without showing them, and finds an undeclared sameness", async () => {
    const cwd = project();
    const different = await run(cwd, ["diff", "staging", "production", "--json"]);
    expect(lines(different.stdout).map(({ key, state }) => `${key} ${state}`)).toEqual([
      "LOG_LEVEL different",
      "KEY different",
      "REMOTE unknown",
    ]);
    const same = { STAGING_KEY: "hunter2-same", PRODUCTION_KEY: "hunter2-same" };
    const equal = await run(cwd, ["diff", "staging", "production"], same);
    expect(equal.stdout).toContain("the same, which is not declared");
    expect(different.stdout + equal.stdout).not.toContain("hunter2");
    expect(existsSync(join(cwd, ".tidegate"))).toBe(false);
  });

  it("tells all problems of all environments at once, at their places", async () => {
    const wrong = definition
      .replace('LOG_LEVEL: "debug"', 'LOG_LEVEL: "loud", TTL: "5m"')
      .replace('after: "staging"', 'after: "staging", config: { NOPE: 1 }');
    const { code, stderr } = await run(project(wrong), ["check"], {});
    expect(code).toBe(2);
    const codes = [...stderr.matchAll(/error\[([\w-]+)\]/g)].map(([, one]) => one);
    expect(codes.sort()).toEqual([
      "config-invalid",
      "config-undeclared-difference",
      "config-unknown",
      "secret-missing",
      "secret-missing",
    ]);
  });

  it("says what could not be checked, here and in check, and that is no failure", async () => {
    const cwd = project();
    const config = await run(cwd, ["check"]);
    expect(config).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/4 keys in 2 environments, no problems\n! not checked: REMOTE of/),
    });
    const whole = await runCli(["check", "--json"], { cwd, env: secrets });
    expect(whole.code).toBe(0);
    expect(JSON.parse(whole.stdout).skipped).toContainEqual(expect.objectContaining({ what: "REMOTE of staging" }));
  });
});

describe("config export", () => {
  it("leaves secrets out, and says so", async () => {
    const { code, stdout, stderr } = await run(project(), ["export", "--env", "staging"]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "LOG_LEVEL=debug\nTTL=30000\n" });
    expect(stderr).toContain("--with-secrets");
  });

  it("refuses to make up what cannot be read", async () => {
    const { code, stdout } = await run(project(), ["export", "--env", "staging", "--with-secrets", "--format", "json"]);
    expect(stdout).toBe("");
    expect(code).not.toBe(0);
  });

  it("makes a Secret beside the ConfigMap when it is asked to", async () => {
    const readable = definition.replace('["false"]', '["echo", "licence-of-ours"]');
    const args = ["export", "--env", "staging", "--with-secrets", "--format", "kubernetes"];
    const { stdout } = await run(project(readable), args);
    expect(stdout).toMatch(
      /kind: ConfigMap[\s\S]*---\n[\s\S]*kind: Secret[\s\S]*KEY: hunter2-staging[\s\S]*REMOTE: licence-of-ours/,
    );
  });
});

describe("config import", () => {
  const dotenv = "export TTL=30s\nLOG_LEVEL = info # chatty\nKEY='hunter2'\nwhat is this\n";

  it("prints code that works as a definition, and no value of a secret", async () => {
    const cwd = tempFolder({ ".env": dotenv, ".env.staging": "LOG_LEVEL=debug\n" });
    const printed = await run(cwd, ["import", ".env", ".env.staging", "production=.env", "--out", "config.ts"]);
    expect(printed).toMatchObject({ code: 0, stdout: "" });
    expect(printed.stderr).toContain(".env:4: this line is neither a variable nor a comment");
    expect(printed.stderr).toContain("tidegate secrets import .env.staging --env staging");
    const code = readFileSync(join(cwd, "config.ts"), "utf8");
    expect(printed.stderr + code).not.toContain("hunter2");

    const uses = `import { defineProject, local, rolling } from "tidegate";
import { config, environmentConfig } from "./config.ts";
const common = { driver: local(), strategy: rolling() };
export default defineProject({ name: "x", pipeline: {}, config, environments: {
  staging: { ...common, config: environmentConfig.staging },
  production: { ...common, config: environmentConfig.production },
} });
`;
    const shown = await run(tempFolder({ "tidegate.config.ts": uses, "config.ts": code }), ["show"], {});
    expect(shown.stdout).toBe(`           staging    production
TTL        30000      30000
LOG_LEVEL  debug      info
KEY        (missing)  (missing)
`);
  });

  it("prints no value that stands inside of JSON, and says of what it is not sure", async () => {
    const lines = [
      'GOOGLE={"type":"service_account","private_key":"-----BEGIN PRIVATE KEY-----\\nMIIEvQ\\n","client_email":"a@b"}',
      'DBCONF={"host":"h","password":"Xk29fjw0sQpa81"}',
      "INGEST=https://0123456789abcdef@o1.ingest.example.com/1",
    ];
    const printed = await run(tempFolder({ ".env": lines.join("\n") }), ["import", ".env"]);
    expect(printed.stdout).toContain(
      "GOOGLE: secret(z.string()),\n  DBCONF: secret(z.string()),\n  INGEST: secret(z.url()),",
    );
    expect(printed.stderr).toContain("taken for secrets, although they may not be: INGEST;");
    expect(printed.stdout + printed.stderr).not.toMatch(/MIIEvQ|Xk29fjw0sQpa81|0123456789abcdef/);
  });

  it("does not write over a file, and says which file it cannot read", async () => {
    const cwd = tempFolder({ ".env": dotenv, "config.ts": "mine" });
    expect(await run(cwd, ["import", ".env", "--out", "config.ts"])).toMatchObject({ code: 2 });
    expect(readFileSync(join(cwd, "config.ts"), "utf8")).toBe("mine");
    expect(await run(cwd, ["import", ".nope"])).toMatchObject({ code: 2, stderr: expect.stringContaining(".nope") });
    expect(statSync(cwd).isDirectory()).toBe(true);
  });

  it("does not take another encoding for UTF-8", async () => {
    const cwd = tempFolder({});
    writeFileSync(join(cwd, ".env"), Buffer.from("NAME=Gr\u00fc\u00dfe\n", "latin1"));
    const refused = await run(cwd, ["import", ".env"]);
    expect(refused).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("It is not UTF-8 text.") });
  });
});
