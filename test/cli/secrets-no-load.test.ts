import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { filledRig } from "./secrets-rig.ts";

test("secrets check --no-load never runs the definition, and says what it left out", async () => {
  const rig = await filledRig();
  const mark = join(rig.folder, "ran");
  rig.write(
    "tidegate.config.ts",
    `import { writeFileSync } from "node:fs";\nwriteFileSync(${JSON.stringify(mark)}, "");\nthrow new Error("ran");\n`,
  );
  const checked = await rig.run(["check", "--no-load"]);
  expect(checked.stderr).toBe("");
  expect(checked.code).toBe(0);
  expect(checked.stdout).toContain("3 secrets files, no problems");
  expect(checked.stdout).toContain("Not checked, because the definition was not loaded: secrets without a value");
  expect(existsSync(mark)).toBe(false);
  // The definition does run without it: the mark can fail.
  expect((await rig.run(["check"])).code).not.toBe(0);
  expect(existsSync(mark)).toBe(true);
});

test("secrets check --no-load finds plain text, a changed file, a wrong reader and a file in clear", async () => {
  const rig = await filledRig();
  const staging = rig.read("secrets/staging.yaml");
  rig.write("secrets/staging.yaml", `ADDED: in clear\n${staging}`);
  const exposed = await rig.run(["check", "--no-load"]);
  expect(exposed.code).not.toBe(0);
  expect(exposed.stderr).toContain("ADDED is in plain text in a secrets file");
  expect(exposed.stderr).toContain("secrets-file-tampered");
  rig.write("secrets/staging.yaml", staging);

  const policy = rig.read(".sops.yaml");
  const extra = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";
  rig.write(".sops.yaml", policy.replaceAll(/age1[0-9a-z]{50,}/g, extra));
  expect((await rig.run(["check", "--no-load"])).stderr).toContain(
    "can be read by people who should not, according to .sops.yaml",
  );

  mkdirSync(join(rig.folder, "ops"));
  rig.write("ops/live.yaml", "TOKEN: in clear\n");
  const rule = `creation_rules:\n  - path_regex: ^ops/\n    age: ${extra}\n`;
  rig.write(".sops.yaml", policy.replace("creation_rules:\n", rule));
  const named = await rig.run(["check", "--no-load"]);
  expect(named.stderr).toContain("ops/live.yaml is in plain text, but a rule of .sops.yaml names it");
});

test("secrets check --no-load takes no environment: nothing says which file is whose", async () => {
  const rig = await filledRig();
  expect((await rig.run(["check", "production", "--no-load"])).stderr).toContain("nothing says which file");
});
