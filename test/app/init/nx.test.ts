import { describe, expect, it } from "vitest";
import { writeFiles } from "../../support/temp-folder.ts";
import { run, takeOver, workspaceWith } from "./repositories.ts";

describe("init in a repository with nx", () => {
  it("takes over target defaults, named inputs and the targets of projects", async () => {
    const cwd = workspaceWith(
      {
        "nx.json": {
          namedInputs: {
            default: ["{projectRoot}/**/*", "shared"],
            production: ["default", "!{projectRoot}/**/*.spec.js"],
            shared: ["{workspaceRoot}/copy.mjs"],
          },
          targetDefaults: {
            build: {
              dependsOn: ["^build"],
              inputs: ["production", "^production", { env: "MODE" }, { runtime: "node -v" }],
              outputs: ["{projectRoot}/dist"],
              cache: true,
            },
            test: { dependsOn: [{ target: "build" }], inputs: ["default", "^production"], cache: true },
          },
        },
        "packages/lib/project.json": {
          name: "lib",
          targets: {
            check: {
              executor: "nx:run-commands",
              options: { commands: ["node --check src/main.js", "node -e 0"], parallel: false },
            },
            serve: { executor: "@nx/js:node" },
            bundle: { executor: "@nx/webpack:webpack", options: {} },
          },
        },
      },
      {},
    );
    const { text, left } = await takeOver(cwd);
    expect(text).toContain(
      `  build: {
    needs: ["^build", "^sources"],
    inputs: ["**", "!**/{dist,*.log}", "!**/{dist,*.log}/**", "!**/*.spec.js"],
    outputs: ["dist"],
    env: ["MODE"],
    rootInputs: ["copy.mjs"],
  },
`.replace(`"**", "!**/{dist,*.log}", "!**/{dist,*.log}/**"`, "...files"),
    );
    // ^production: what is read of dependencies, without their specs.
    expect(text).toContain(
      `  sources: {\n    run: "true",\n    needs: ["^sources"],\n    inputs: [...files, "!**/*.spec.js"],`,
    );
    expect(text).toContain(`needs: ["build", "^sources"],`);
    expect(text).toContain(`run: "node --check src/main.js && node -e 0",`);
    expect(text).toContain(`run: "nx run lib:bundle --excludeTaskDependencies --skipNxCache",`);
    expect(text).not.toContain("serve");
    expect(left).toEqual([
      "nx: lib:bundle: its executor belongs to nx, which goes on running it",
      `nx.json: build.inputs: {"runtime":"node -v"}: the output of a command is no input`,
    ]);
    expect(await run(cwd, "build", "test", "check")).toEqual([
      "lib#build ran",
      "lib#check ran",
      "lib#sources ran",
      "lib#test ran",
      "web#build ran",
      "web#test ran",
    ]);
    const all = ["lib#build", "lib#sources", "lib#test", "web#build", "web#test"];
    expect(await run(cwd, "build", "test")).toEqual(all.map((name) => `${name} hit`));
    writeFiles(cwd, { "packages/lib/src/a.spec.js": "// a spec" });
    expect(await run(cwd, "build", "test")).toContain("web#test hit");
    writeFiles(cwd, { "packages/lib/src/b.js": "// read by web" });
    expect(await run(cwd, "build", "test")).toEqual(expect.arrayContaining(["web#build ran", "web#test ran"]));
  });

  it("knows the older list of what is cached, and what plugins infer", async () => {
    const cwd = workspaceWith({
      "nx.json": {
        tasksRunnerOptions: { default: { options: { cacheableOperations: ["build"] } } },
        targetDefaults: { build: { outputs: ["{projectRoot}/dist"] } },
        plugins: ["@nx/eslint/plugin", { plugin: "@acme/own" }],
      },
      "packages/web/eslint.config.js": "export default [];",
      "libs/other/project.json": { targets: {} },
    });
    const { text, left } = await takeOver(cwd);
    expect(text).toMatch(/ {2}build: \{\n(?!.*cache: false)[\s\S]*outputs: \["dist"\]/);
    expect(text).toContain(`run: "nx run web:lint --excludeTaskDependencies --skipNxCache",`);
    expect(left).toEqual(
      expect.arrayContaining([
        "nx.json: plugins: @acme/own: it is not known which targets it infers",
        "libs/other/project.json: the folder has no package.json in the workspace: give it one, or write a task that runs it",
      ]),
    );
  });
});
