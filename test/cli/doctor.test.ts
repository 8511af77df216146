import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { findingOf } from "../../src/app/doctor/environments.ts";
import type { EnvironmentState, StatusProblem } from "../../src/environment/status.ts";
import { runCli } from "../support/cli.ts";
import { tempFolder, writeFiles } from "../support/temp-folder.ts";
import { scriptProject } from "./project.ts";

const project = () => scriptProject(`const one = task({ run: "true" });`);

describe("doctor", () => {
  it("calls an environment broken that should answer requests and does not", () => {
    const noGateway = [{ problem: "gatewayDown" }] as const;
    const stateOf = (state: EnvironmentState, problems: readonly StatusProblem[] = []) =>
      findingOf({ name: "production", state, problems });
    expect(stateOf("down", noGateway)).toMatchObject({ state: "broken", detail: "down" });
    expect(stateOf("standsStill").state).toBe("broken");
    expect(stateOf("degraded", [{ problem: "noAgent" }]).state).toBe("warning");
    expect(stateOf("neverDeployed")).toEqual({
      state: "good",
      what: "Environment production",
      detail: "nothing deployed yet",
    });
  });

  it("looks at the disk of the state, too, when that is another one", async (context) => {
    const cwd = project();
    const other = "/dev/shm";
    if (!existsSync(other) || statSync(other).dev === statSync(cwd).dev) return context.skip("there is one disk only");
    const home = mkdtempSync(join(other, "tidegate-"));
    try {
      await runCli(["state", "new"], { cwd, env: { TIDEGATE_STATE: home } });
      const { stdout } = await runCli(["doctor"], { cwd, env: { TIDEGATE_STATE: home } });
      expect(stdout).toMatch(/Disk: .+ free\n.+Disk of \/dev\/shm\/tidegate-.+ free\n/);
    } finally {
      rmSync(home, { recursive: true });
    }
  });

  it("says that all is well, and what it looked at", async () => {
    const { code, stdout, stderr } = await runCli(["doctor"], { cwd: project() });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^✔ Node: \d+\.\d+\.\d+ \(.+\)\n✔ System: /);
    expect(stdout).toMatch(/\n! git: the project is not in a repository\n {4}hint: Run: git init/);
    expect(stdout).toMatch(
      /\n✔ Definition: scripts \(.+tidegate\.config\.ts\)\n✔ State: nothing is kept here yet\n✔ Cache: nothing is kept here yet\n/,
    );
    expect(stdout).toMatch(/\n\nnothing is broken\n$/);
  });

  it("says how to mend what is broken, and exits with 4", async () => {
    const cwd = project();
    writeFiles(cwd, { "tidegate.config.ts": "export default 1", ".tidegate": "a file" });
    const { code, stdout } = await runCli(["doctor"], { cwd });
    expect(code).toBe(4);
    expect(stdout).toMatch(
      /\n✘ Definition: .+\n {4}hint: Run: tidegate check\n✘ Cache: .+ is not a folder\n {4}hint: Move/,
    );
    expect(stdout).toMatch(/\n\n2 things are broken\n$/);
  });

  it("warns of a cache that others can read", async () => {
    const cwd = project();
    mkdirSync(join(cwd, ".tidegate"));
    chmodSync(join(cwd, ".tidegate"), 0o755);
    const { code, stdout } = await runCli(["doctor"], { cwd });
    expect({ code, line: /\n! Cache: .+ can be read by others\n {4}hint: Run: chmod -R go-rwx /.test(stdout) }).toEqual(
      {
        code: 0,
        line: true,
      },
    );
  });

  it("gives its findings as JSON, also where there is no project", async () => {
    const { code, stdout } = await runCli(["doctor", "--json"], { cwd: tempFolder() });
    expect(code).toBe(0);
    const findings = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(findings.map(({ type, what, state }) => [type, what, state])).toEqual([
      ["finding", "Node", "good"],
      ["finding", "System", "good"],
      ["finding", "Tidegate", "good"],
      ["finding", "git", "warning"],
      ["finding", "Definition", "warning"],
      ["finding", "Disk", expect.any(String)],
    ]);
  });
});
