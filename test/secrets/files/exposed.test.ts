import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { filledRig } from "../../cli/secrets-rig.ts";
import { runCli } from "../../support/cli.ts";

describe("a value that somebody added by hand, in plain text", () => {
  it("fails secrets check at its line, for who has a key and for who has none, and no command shows it", async () => {
    const rig = await filledRig();
    const path = "secrets/production.yaml";
    rig.write(path, `DATABASE:\n  password: hunter2hunter2\n${rig.read(path)}`);
    const checks = await Promise.all(["ada", "stranger"].map((as) => rig.run(["check"], { as })));
    for (const { code, stdout, stderr } of checks) {
      expect(code).toBe(2);
      expect(stderr).toContain("error[secrets-plaintext]: DATABASE.password is in plain text");
      expect(stderr).toContain(`at ${path}:2:1`);
      expect(stderr).toContain("tidegate secrets set DATABASE");
      expect(stdout + stderr).not.toContain("hunter2hunter2");
    }
  });

  it("fails check as a whole, and nothing of the file is used", async () => {
    const rig = await filledRig();
    const path = "secrets/staging.yaml";
    rig.write(path, rig.read(path).replace(/^TOKEN: .*$/m, "TOKEN: hunter2hunter2"));
    rig.git("rm", "--quiet", "--cached", "secrets/signers");
    const checked = await runCli(["check"], { cwd: rig.folder, env: { HOME: rig.home("stranger") } });
    expect(checked.code).toBe(2);
    const got = await rig.run(["get", "SESSION_KEY", "--env", "staging"]);
    expect(got).toMatchObject({ code: 2, stdout: "" });
    expect(checked.stderr + got.stderr).not.toContain("hunter2hunter2");
    expect(readFileSync(join(rig.folder, path), "utf8")).toContain("hunter2hunter2");
  });

  it("is told of a comment, too, which SOPS takes as it is", async () => {
    const rig = await filledRig();
    const path = "secrets/staging.yaml";
    rig.write(path, `# the old one was hunter2hunter2\n${rig.read(path)}`);
    const checked = await rig.run(["check"], { as: "stranger" });
    expect(checked.stdout).toContain(`${path}:1: a comment is in plain text among encrypted ones`);
    expect(checked.stdout + checked.stderr).not.toContain("hunter2hunter2");
  });
});
