import { describe, expect, it } from "vitest";
import { task } from "../../src/definition/builders.ts";
import { failuresOf, TestProject } from "./project.ts";

const sh = (script: string) => ["sh", "-c", script] as const;

describe("a task that misses something", () => {
  it("is told the task that brings it", async () => {
    const project = new TestProject({ "package.json": "{}", "package-lock.json": "{}" });
    const install = task({ run: sh("mkdir -p node_modules"), inputs: [], outputs: ["node_modules/"] });
    const build = task({ run: sh("echo \"Error: Cannot find module 'zod'\"; exit 1"), inputs: [] });
    const run = await project.run({ install, build, lint: task({ run: "no-such-linter ." }) });
    expect(failuresOf(run, "build")[0]!.hint).toBe(
      'zod is not installed: task "install" brings it: add install to `needs` of "build"; if package.json does not name it yet: npm install zod',
    );
    expect(failuresOf(run, "lint")[0]!.hint).toBe(
      'There is no program no-such-linter: task "install" brings it: add install to `needs` of "lint"',
    );
  });

  it.each([
    [
      "ERROR: No matching distribution found for flask==3.0.3",
      "pip found flask==3.0.3 in no package index that it reached. Whether one has it: python3 -m pip download --no-deps flask==3.0.3",
    ],
    [
      "ERROR: No matching distribution found for flask==3.0.3 (from -r requirements.txt (line 1))",
      "pip found flask==3.0.3 in no package index that it reached",
    ],
    [
      "go: go.mod requires go >= 1.99.0 (running go 1.24.4; GOTOOLCHAIN=local)",
      "Go 1.99.0 is needed: install it, or let Go fetch it where its proxy is within reach: GOTOOLCHAIN=auto",
    ],
    [
      'go: download go1.99.0: example.org/toolchain@v0.0.1-go1.99.0: Get "https://proxy.example": dial tcp: no such host',
      "Go 1.99.0 is needed",
    ],
    [
      'app.go:21:2: example.com/acme/x@v1.5.3: Get "https://proxy.example/x.zip": dial tcp: lookup proxy.example: no such host',
      "Go could not fetch example.com/acme/x: the proxy in GOPROXY is out of reach. Where it is not: go mod download",
    ],
    [
      " ERROR  Refusing to run pnpm@10.20.0: its npm registry signature could not be verified (pnpm@10.20.0 has none)",
      "Or keep the pnpm that is there: echo manage-package-manager-versions=false >> .npmrc",
    ],
    [
      "ERROR: Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
      "No Docker daemon answers here",
    ],
  ])("is told what to do when it cannot be fetched: %s", async (line, hint) => {
    const project = new TestProject({ "requirements.txt": "flask" });
    const install = task({ run: sh(`echo '${line}'; exit 1`), inputs: [] });
    expect(failuresOf(await project.run({ install }), "install")[0]!.hint).toContain(hint);
  });

  it("is told the command that brings it, where no task does", async () => {
    const node = new TestProject({ "package.json": "{}", "pnpm-lock.yaml": "" });
    const build = task({ run: sh("echo 'sh: 1: vite: not found' >&2; exit 127"), inputs: [] });
    const missing = await node.run({ build });
    expect(failuresOf(missing, "build")[0]!.hint).toBe("There is no program vite: pnpm install --frozen-lockfile");
    const python = new TestProject({ "requirements.txt": "flask" });
    const test = task({ run: sh("echo \"ModuleNotFoundError: No module named 'flask'\"; exit 1"), inputs: [] });
    expect(failuresOf(await python.run({ test }), "test")[0]!.hint).toBe(
      "flask is not installed: python3 -m pip install -r requirements.txt",
    );
  });
});
