import { chmodSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { defineProject, task, workspace } from "../../src/definition/builders.ts";
import type { PackageTask, PackageTaskOptions } from "../../src/definition/types.ts";
import { failuresOf, outcomes, output, reasons, TestProject } from "./project.ts";

const tasksOf = (tasks: Readonly<Record<string, PackageTaskOptions>>) =>
  workspace(tasks as Parameters<typeof workspace>[0]) as Readonly<Record<string, PackageTask>>;

/** A workspace with these packages: `{ web: { scripts, dependencies } }`. */
function workspaceProject(packages: Readonly<Record<string, object>>, root: object = {}): TestProject {
  const files = Object.entries(packages).map(([name, content]) => [
    `packages/${name}/package.json`,
    JSON.stringify({ name: `@acme/${name}`, version: "1.2.3", ...content }),
  ]);
  const all = { "package.json": JSON.stringify({ workspaces: ["packages/*"], ...root }), ...Object.fromEntries(files) };
  return new TestProject(all);
}

async function run(project: TestProject, tasks: Readonly<Record<string, PackageTaskOptions>>, more: object = {}) {
  const { pipeline = {}, ...options } = more as { pipeline?: object };
  const whole = defineProject({ name: "test", pipeline: pipeline as {}, packages: tasksOf(tasks) });
  return await project.run({}, { project: whole, ...options });
}

describe("a script of a package", () => {
  it("runs in the package's folder, with what npm would set, and without npm", async () => {
    const script = "env | grep -E '^(npm_|INIT_CWD|NODE)' | grep -vE 'execpath|user_agent|NODE=' | sort; pwd";
    const project = workspaceProject({
      web: { config: { port: 80 }, bin: { web: "./cli.js" }, scripts: { build: script } },
    });
    const ran = await run(project, { build: {} });
    expect(output(ran, "@acme/web#build")).toEqual([
      `INIT_CWD=${project.folder}`,
      "npm_command=run",
      `npm_config_local_prefix=${project.folder}`,
      "npm_lifecycle_event=build",
      "npm_package_bin_web=./cli.js",
      "npm_package_config_port=80",
      `npm_package_json=${project.at("packages/web/package.json")}`,
      "npm_package_name=@acme/web",
      "npm_package_version=1.2.3",
      project.at("packages/web"),
    ]);
  });

  it("names the package manager that the project uses", async () => {
    const scripts = { who: "echo $npm_config_user_agent" };
    const project = workspaceProject({ web: { scripts } }, { packageManager: "pnpm@9.1.0+sha512.abc" });
    expect(output(await run(project, { who: {} }), "@acme/web#who")[0]).toMatch(
      /^pnpm\/9\.1\.0 node\/v\d+\.\d+\.\d+ \w+ \w+ workspaces\/true$/,
    );
  });

  it("runs between its pre and post scripts, and not on after a failure", async () => {
    const event = "echo $npm_lifecycle_event";
    const scripts = { prebuild: event, build: event, postbuild: event, pretest: "exit 3", test: event };
    const ran = await run(workspaceProject({ web: { scripts } }), { build: {}, test: {} });
    expect(output(ran, "@acme/web#build")).toEqual(["prebuild", "build", "postbuild"]);
    expect(output(ran, "@acme/web#test")).toEqual([]);
    expect(failuresOf(ran, "@acme/web#test")[0]!.message).toBe('Task "@acme/web#test" ended with exit code 3');
  });

  it("finds the programs of its package before those of the project", async () => {
    const project = workspaceProject({
      web: { scripts: { which: "tool && other" } },
      ui: { scripts: { which: "tool" } },
    });
    for (const [folder, name] of [
      ["", "tool"],
      ["", "other"],
      ["packages/web/", "tool"],
    ] as const) {
      const path = `${folder}node_modules/.bin/${name}`;
      project.write(path, `#!/bin/sh\necho ${name} of ${folder || "root"}\n`);
      chmodSync(project.at(path), 0o755);
    }
    const ran = await run(project, { which: {} });
    expect(output(ran, "@acme/web#which")).toEqual(["tool of packages/web/", "other of root"]);
    expect(output(ran, "@acme/ui#which")).toEqual(["tool of root"]);
  });

  it("runs again when its text, its pre script, its package.json, the lockfile or a program of its own has changed", async () => {
    const content = (build: string, more: object = {}) =>
      JSON.stringify({ name: "web", version: "1.0.0", scripts: { prebuild: "true", build }, ...more });
    const project = new TestProject({
      "package.json": '{"workspaces":["web"]}',
      "package-lock.json": "1",
      "web/src/a.js": "1",
      "web/tool.sh": "#!/bin/sh\necho 1\n",
      "web/package.json": content("./tool.sh"),
    });
    chmodSync(project.at("web/tool.sh"), 0o755);
    const again = async () => {
      const ran = await run(project, { build: { inputs: ["src/**"] } });
      const reason = reasons(ran)["web#build"] as { reason: string; part?: string } | undefined;
      return reason?.part ?? reason?.reason ?? "hit";
    };
    expect([await again(), await again()]).toEqual(["firstTime", "hit"]);
    project.write("web/tool.sh", "#!/bin/sh\necho 2\n");
    expect([await again(), await again()]).toEqual(["tool:web/tool.sh", "hit"]);
    project.write("web/package.json", content("./tool.sh", { description: "x" }));
    expect([await again(), await again()]).toEqual(["input:web/package.json", "hit"]);
    project.write("web/package.json", content("./tool.sh --fast", { description: "x" }));
    expect([await again(), await again()]).toEqual(["task:run", "hit"]);
    project.write("package-lock.json", "2");
    expect([await again(), await again()]).toEqual(["input:package-lock.json", "hit"]);
    project.write("web/src/a.js", "2");
    expect([await again(), await again()]).toEqual(["input:web/src/a.js", "hit"]);
  });
});

describe("packages", () => {
  const copy = (from: string) => `mkdir -p dist && cat ${from} > dist/out.txt`;

  it("are built one after the other, cached each for itself, and restored", async () => {
    const project = workspaceProject({
      lib: { scripts: { build: copy("src/a.txt") } },
      web: { scripts: { build: copy("../lib/dist/out.txt src/a.txt") }, dependencies: { "@acme/lib": "*" } },
    });
    for (const name of ["lib", "web"]) project.write(`packages/${name}/src/a.txt`, name);
    const build = { build: { needs: ["^build"], inputs: ["src/**"], outputs: ["dist/"] } };
    expect(outcomes(await run(project, build))).toEqual({ "@acme/lib#build": "ran", "@acme/web#build": "ran" });
    expect(outcomes(await run(project, build))).toEqual({ "@acme/lib#build": "hit", "@acme/web#build": "hit" });
    rmSync(project.at("packages/lib/dist"), { recursive: true });
    expect(outcomes(await run(project, build))).toEqual({ "@acme/lib#build": "hit 1", "@acme/web#build": "hit" });
    project.write("packages/web/src/a.txt", "2");
    expect(outcomes(await run(project, build))).toEqual({ "@acme/lib#build": "hit", "@acme/web#build": "ran" });
    project.write("packages/lib/src/a.txt", "2");
    expect(outcomes(await run(project, build))).toEqual({ "@acme/lib#build": "ran", "@acme/web#build": "ran" });
    expect(readdirSync(project.at(".tidegate/cache/last")).sort()).toEqual([
      "@acme%2Flib#build.json",
      "@acme%2Fweb#build.json",
    ]);
  });

  it("count for what depends on them although they lack the task", async () => {
    const project = workspaceProject({
      ui: { dependencies: {} },
      web: { scripts: { build: "cat ../ui/src/a.txt" }, dependencies: { "@acme/ui": "*" } },
    });
    project.write("packages/ui/src/a.txt", "1");
    project.write("packages/web/src/a.txt", "1");
    const build = { build: { needs: ["^build"], inputs: ["src/**"] } };
    await run(project, build);
    expect(outcomes(await run(project, build))).toEqual({ "@acme/web#build": "hit" });
    project.write("packages/ui/src/a.txt", "2");
    expect(reasons(await run(project, build))).toEqual({
      "@acme/web#build": expect.objectContaining({ part: "input:packages/ui/src/a.txt" }),
    });
  });

  it("may each have other inputs and outputs of those that all share, but not none of them", async () => {
    const project = workspaceProject({
      one: { scripts: { build: "mkdir -p dist" } },
      two: { scripts: { build: "mkdir -p lib" } },
      three: { scripts: { build: "true" } },
    });
    for (const name of ["one", "two", "three"]) project.write(`packages/${name}/src/a.txt`, name);
    const build = { build: { inputs: ["src/**", "public/**"], outputs: ["dist/", "lib/"] } };
    const ran = await run(project, build);
    expect(outcomes(ran)).toEqual({
      "@acme/one#build": "ran",
      "@acme/two#build": "ran",
      "@acme/three#build": "failed",
    });
    expect(failuresOf(ran, "@acme/three#build").map(({ code }) => code)).toEqual([
      "task-output-missing",
      "task-output-missing",
    ]);
    mkdirSync(project.at("packages/none"));
    project.write("packages/none/package.json", JSON.stringify({ name: "none", scripts: { build: "true" } }));
    const whole = defineProject({ name: "test", pipeline: {}, packages: tasksOf(build) });
    expect(await project.attempt({}, { project: whole })).toMatchObject({
      ok: false,
      failures: [
        { code: "no-such-input", message: "The input packages/none/src/** matches no file" },
        { code: "no-such-input", message: "The input packages/none/public/** matches no file" },
      ],
    });
  });

  it("can be chosen by a filter, which is told", async () => {
    const project = workspaceProject({ a: { scripts: { build: "true" } }, b: { scripts: { build: "true" } } });
    const ran = await run(project, { build: {} }, { filters: ["b"], pipeline: { root: task({ run: "true" }) } });
    expect(outcomes(ran)).toEqual({ "@acme/b#build": "ran" });
    expect(ran.events.filter(({ type }) => type === "taskSelected")).toEqual([
      { type: "taskSelected", task: "@acme/b#build", because: { reason: "filter", filter: "b" } },
    ]);
    expect(ran.result.tasks["@acme/b#build"]!.record.selected).toEqual({ reason: "filter", filter: "b" });
  });

  it("are staged like any other task", async () => {
    const project = workspaceProject({ web: { scripts: { build: "cat src/a.txt > out.txt; cat ../../secret.txt" } } });
    project.write("packages/web/src/a.txt", "1");
    project.write("secret.txt", "1");
    const ran = await run(project, { build: { inputs: ["src/**"], outputs: ["out.txt"], confine: "staged" } });
    expect(failuresOf(ran, "@acme/web#build")[0]!.cause).toMatch(/secret\.txt: No such file/);
  });
});
