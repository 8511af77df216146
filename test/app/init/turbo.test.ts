import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runCli } from "../../support/cli.ts";
import { tempFolder, writeFiles } from "../../support/temp-folder.ts";
import { run, takeOver, workspaceWith } from "./repositories.ts";

describe("init in a repository with turbo", () => {
  it("takes over tasks, needs, inputs, outputs and variables, and the result runs and is cached", async () => {
    const cwd = workspaceWith(
      {
        "turbo.json": `{
  // version 2
  "$schema": "https://turborepo.com/schema.json",
  "globalEnv": ["CI_TOKEN"],
  "globalDependencies": ["copy.mjs"],
  "tasks": {
    "build": { "dependsOn": ["^build"], "outputs": ["dist/**"], "env": ["NODE_ENV"] },
    "test": { "dependsOn": ["build"], "inputs": ["src/**", "$TURBO_ROOT$/copy.mjs"], },
    "dev": { "cache": false, "persistent": true },
  },
}`,
      },
      { web: { dev: "node server.js" } },
    );
    const { text, left } = await takeOver(cwd);
    expect(text).toContain(
      `const files = ["**", "!**/{dist,*.log}", "!**/{dist,*.log}/**"];`
        .replace("const files = ", "inputs: ")
        .replace(";", ","),
    );
    expect(text).toContain(`  build: {
    needs: ["^build"],
    inputs: ["**", "!**/{dist,*.log}", "!**/{dist,*.log}/**"],
    outputs: ["dist/"],
    env: ["CI_TOKEN", "NODE_ENV"],
    rootInputs: ["copy.mjs"],
  },
  test: {
    needs: ["build"],
    inputs: ["src/**"],
    env: ["CI_TOKEN"],
    stage: "verify",
    rootInputs: ["copy.mjs"],
  },
`);
    expect(left).toEqual([
      "turbo.json: tasks.dev: it is persistent, and a run has to finish: start it as before (npm run dev)",
    ]);
    const all = ["lib#build", "lib#test", "web#build", "web#test"];
    expect(await run(cwd)).toEqual(all.map((task) => `${task} ran`));
    expect(await run(cwd)).toEqual(all.map((task) => `${task} hit`));
    expect(readFileSync(join(cwd, "packages/web/dist/lib"), "utf8")).toBe("1;\n");
    writeFiles(cwd, { "packages/web/src/main.js": "3;\n", "packages/web/note.log": "x" });
    expect(await run(cwd)).toEqual(["lib#build hit", "lib#test hit", "web#build ran", "web#test ran"]);
    writeFiles(cwd, { "packages/web/.env": "A=1\n" });
    expect(await run(cwd)).toContain("web#build ran");
  });

  it("knows the form before version 2, tasks of one package, and the root's", async () => {
    const cwd = workspaceWith(
      {
        "turbo.json": {
          pipeline: {
            build: { dependsOn: ["^build", "$API_KEY"], outputs: ["dist/**"] },
            "web#build": { dependsOn: ["^build"], outputs: ["dist/**", ".next/**", "!.next/cache/**"], cache: false },
            "//#format": { inputs: ["copy.mjs"], outputs: [] },
            "test:unit": { dependsOn: ["build", "//#format"], cache: false },
            topo: { dependsOn: ["^topo"] },
            lint: { dependsOn: ["topo"] },
          },
        },
        "packages/lib/turbo.json": { extends: ["//"], pipeline: { lint: { cache: false, inputs: ["src/**"] } } },
      },
      {
        acme: { format: "node -e 0", build: "turbo run build" },
        lib: { lint: "node -e 0", "test:unit": "node -e 0" },
        web: { build: "node ../../copy.mjs && mkdir -p .next && touch .next/x", lint: "node -e 0" },
      },
    );
    const { text, left } = await takeOver(cwd);
    expect(text).toContain(
      `const format = task({\n  run: "npm run format",\n  inputs: ["copy.mjs"],\n  stage: "verify",\n});`,
    );
    expect(text).toContain(`"test-unit": {\n    script: "test:unit",\n    needs: ["build", format],`);
    expect(text).toContain(`env: ["API_KEY"],`);
    expect(text).toContain(
      `      web: {\n        outputs: ["dist/", ".next/"],\n        cache: false, // turbo.json says so\n      },`,
    );
    expect(text).toContain(
      `      lib: {\n        inputs: ["src/**"],\n        cache: false, // packages/lib/turbo.json says so\n      },`,
    );
    expect(text).toContain(`topo: {\n    run: "true",\n    needs: ["^topo"],`);
    expect(left).toEqual([]);
    expect(await run(cwd)).toEqual([
      "format ran",
      "lib#build ran",
      "lib#lint ran",
      "lib#test-unit ran",
      "lib#topo ran",
      "web#build ran",
      "web#lint ran",
      "web#topo ran",
    ]);
  });

  it("takes over needs that name the task of one package, also those of a single package or of the root", async () => {
    const cwd = workspaceWith(
      {
        "turbo.json": {
          tasks: {
            build: { dependsOn: ["^build"], outputs: ["dist/**"] },
            test: { dependsOn: ["lib#build"] },
            "web#test": { dependsOn: ["build", "lib#test"] },
            "//#pack": { dependsOn: ["web#build"] },
          },
        },
      },
      { acme: { pack: "true" } },
    );
    const { text, left } = await takeOver(cwd);
    expect(left).toEqual([]);
    expect(text).toContain('needs: ["lib#build"]');
    expect(text).toContain('needs: ["build", "lib#test"]');
    expect(text).toContain('needs: ["web#build"]');
    expect(await run(cwd)).toContain("pack ran");
  });

  it("says what has no counterpart, and never removes what has to stay", async () => {
    const cwd = workspaceWith({
      "turbo.json": {
        remoteCache: { enabled: true },
        tasks: {
          build: {
            dependsOn: ["lib#tset"],
            outputs: ["dist/**", "!dist/keep.txt", "../shared/**"],
            env: ["NEXT_PUBLIC_*"],
          },
          test: { with: ["build"], dependsOn: ["build"], inputs: ["../../../../etc/passwd", "src/**"] },
        },
      },
    });
    const { text, left } = await takeOver(cwd);
    expect(text).toContain("cache: false, // it also writes dist/**, of which a part has to stay");
    expect(text).not.toMatch(/^ +outputs:/m);
    expect(text).toContain(`localInputs: ["dist/**"],`);
    const places = [
      "tasks.build.dependsOn",
      "tasks.build.env",
      "tasks.build.outputs",
      "tasks.build.outputs",
      "tasks.test.inputs",
      "tasks.test.with",
      "remoteCache",
    ];
    expect(left.map((each) => each.split(": ")[1]).sort()).toEqual(places.sort());
  });

  it("adds what a build is known to write to outputs that came from another project's file, and says so", async () => {
    const library = { name: "lib", version: "1.0.0", main: "dist/main.js", scripts: { build: "node ../../copy.mjs" } };
    const cwd = workspaceWith(
      {
        "turbo.json": { tasks: { build: { dependsOn: ["^build"], outputs: [".next/**", "!.next/cache/**"] } } },
        "packages/lib/package.json": library,
      },
      { web: { build: "echo nothing to be built" } },
    );
    const { text, left } = await takeOver(cwd);
    expect(left).toEqual([]);
    expect(text.replaceAll("\n// ", " ")).toContain(
      'turbo.json does not name dist/ among the outputs of "build", where it goes in lib: added here.',
    );
    expect(text).toContain('    outputs: [".next/", "dist/"],\n    overrides: {\n      web: {\n        outputs: [],\n');
    expect(await run(cwd)).toEqual(["lib#build ran", "web#build ran"]);
    expect(await run(cwd)).toEqual(["lib#build hit", "web#build hit"]);
  });

  it("tells people the same, and is not led astray by hostile files", async () => {
    const evil = `x*/ evil(); /*"}); evil(); ({\u2028evil()`;
    const cwd = workspaceWith({
      "turbo.json": {
        tasks: { build: { outputs: ["dist/**"], env: [evil], with: [evil] }, [evil]: { persistent: true } },
        [evil]: 1,
      },
    });
    const { code, stderr } = await runCli(["init"], { cwd });
    expect(code).toBe(0);
    expect(stderr).toMatch(
      /^✔ wrote tidegate\.config\.ts: found turbo\.json, Node \(npm\)\n✔ added .+ to .+\n! \d things could not be carried over/,
    );
    expect((await runCli(["check"], { cwd })).stderr).toBe("");
    writeFiles(cwd, { "turbo.json": "{ broken" });
    expect((await runCli(["init", "--force"], { cwd })).code).toBe(0);
    expect((await runCli(["init"], { cwd: tempFolder({ "turbo.json": "{}", "package.json": "[]" }) })).code).toBe(0);
  });
});

describe("init in a workspace with packages to install", () => {
  it("has a task install them, into a folder of each package, which all others need", async () => {
    const cwd = workspaceWith(
      {
        "pnpm-workspace.yaml":
          'packages:\n  # what is shared\n  - "packages/*" # all\n  - tools/lint\nonlyBuiltDependencies: []\n',
        "pnpm-lock.yaml": "lockfileVersion: '9.0'\n",
        "tools/lint/package.json": { name: "rules", version: "1.0.0", scripts: { build: "node -e 0" } },
        "turbo.json": {
          tasks: {
            topo: { dependsOn: ["^topo"] },
            build: { dependsOn: ["^build"], outputs: ["dist/**", ".cache/tsbuildinfo.json"] },
            typecheck: { dependsOn: ["topo"], outputs: [".cache/tsbuildinfo.json"] },
            docs: { dependsOn: ["build"], outputs: ["dist/**"] },
            clean: { cache: false },
            "ui-add": { cache: false, interactive: true },
          },
        },
      },
      {
        lib: { typecheck: "node -e 0", clean: "git clean -xdf node_modules", docs: "node -e 0" },
        web: { "ui-add": "node -e 0" },
      },
    );
    const { text, left } = await takeOver(cwd);
    expect(text).toContain(`const install = task({
  run: "pnpm install --frozen-lockfile",
  inputs: [
    "package.json",
    "packages/*/package.json",
    "tools/lint/package.json",
    "pnpm-lock.yaml",
    "pnpm-workspace.yaml",
  ],
  outputs: ["node_modules/", "packages/*/node_modules/", "tools/lint/node_modules/"],
});`);
    expect(text).toContain(`  build: {\n    needs: [install, "^build"],`);
    expect(text).toContain(`  topo: {\n    run: "true",\n    needs: ["^topo"],`);
    // What a compiler keeps for the next time is its build's, and nobody's loss.
    expect(text).toMatch(
      / typecheck: \{\n {4}needs: \[install, "topo"\],\n {4}inputs: files,\n {4}stage: "verify",\n {2}\}/,
    );
    expect(text).toContain('cache: false, // it also writes dist/, as "build" does');
    expect(left).toEqual([
      expect.stringContaining("tasks.clean: judging by its name it removes what other tasks have made"),
      expect.stringContaining("tasks.ui-add: it is interactive, and tasks get no input"),
    ]);
  });
});

describe("init in a workspace without a task runner", () => {
  it("writes the usual scripts of its packages down, with what they need", async () => {
    const cwd = workspaceWith(
      {},
      { lib: { build: "vite build", lint: "eslint ." }, web: { test: "echo no test specified; exit 1" } },
    );
    const { text, left } = await takeOver(cwd);
    expect(left).toEqual([]);
    expect(text).toContain(`    needs: ["^build"],\n    inputs: files,\n    outputs: ["dist/"],\n`);
    expect(text).toContain(
      `      web: {\n        outputs: [],\n        cache: false, // list what it writes in \`outputs\``,
    );
    expect(text).toContain(`  test: {\n    needs: ["build", "^build"],\n`);
  });

  it("promise 1: ^typecheck of a package that is read as source gives no stale green", async () => {
    const scripts = { typecheck: "node --check src/main.js" };
    const cwd = workspaceWith(
      { "turbo.json": { tasks: { typecheck: { dependsOn: ["^typecheck"], inputs: ["src/**"] } } } },
      { lib: scripts, web: scripts },
    );
    await takeOver(cwd);
    await run(cwd);
    expect(await run(cwd)).toEqual(["lib#typecheck hit", "web#typecheck hit"]);
    writeFiles(cwd, { "packages/lib/src/main.js": "export const size = 2;\n" });
    expect(await run(cwd)).toEqual(["lib#typecheck ran", "web#typecheck ran"]);
  });
});
