import { chmodSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { foresee } from "../../../src/app/foresee/foresee.ts";
import type { Project } from "../../../src/definition/types.ts";
import { projectGraph } from "../../../src/graph/project-graph.ts";
import { check, defineProject, local, rolling, service, staticSite, task, workspace } from "../../../src/index.ts";
import { tempFolder } from "../../support/temp-folder.ts";

type Files = Readonly<Record<string, string>>;

/** On a machine with `node`, `npm`, `python3` and `sh`, and nothing else. */
async function look(project: Project, files: Files, { isBuilt = false } = {}) {
  const machine = tempFolder({ node: "", npm: "", pnpm: "", python3: "", sh: "" }, "bin");
  for (const name of ["node", "npm", "pnpm", "python3", "sh"]) chmodSync(join(machine, name), 0o755);
  const folder = tempFolder(files);
  const { graph } = await projectGraph(project, folder);
  const { problems, warnings } = foresee({ project, folder, graph, variables: { PATH: machine }, isBuilt });
  const told = (each: (typeof problems)[number]) => `${each.path.join(".")}: ${each.message} | ${each.hint}`;
  return { problems: problems.map(told), warnings: warnings.map(told) };
}

const nothing = { problems: [], warnings: [] };
const manifest = (more: object) => JSON.stringify({ name: "shop", ...more });
const environments = { staging: { driver: local(), strategy: rolling() } };

function serving(
  run: Parameters<typeof service>[0]["run"],
  files: string[],
  pipeline: Project["pipeline"] = {},
): Project {
  return defineProject({ name: "shop", pipeline, services: { web: service({ run, files }) }, environments }) as Project;
}
const build = () => task({ run: "node build.js", inputs: ["build.js"], outputs: ["dist/"] });
const install = () => task({ run: "npm ci", inputs: ["package.json"], outputs: ["node_modules/"] });

describe("check foresees of what a service starts", () => {
  const buildFile = { "build.js": "" };

  it("nothing where it is there, or will be", async () => {
    expect(await look(serving("node dist/server.js", ["dist/"], { build: build() }), buildFile)).toEqual(nothing);
    expect(await look(serving("node server", ["*.js"]), { "server.js": "" })).toEqual(nothing);
    expect(await look(serving("./bin/server --port $PORT", ["bin/"]), { "bin/server": "" })).toEqual(nothing);
    expect(await look(serving(["python3", "-m", "shop.app"], ["shop/"]), { "shop/app.py": "" })).toEqual(nothing);
    expect(
      await look(serving("node .", ["lib/", "package.json"]), {
        "package.json": manifest({ main: "lib" }),
        "lib/index.js": "",
      }),
    ).toEqual(nothing);
  });

  it("nothing of a static site, which Tidegate serves itself", async () => {
    const site = (folder: string, pipeline: Project["pipeline"] = {}, files?: string[]) =>
      defineProject({
        name: "shop",
        pipeline,
        services: { web: staticSite({ folder, ...(files && { files }) }) },
        environments,
      }) as Project;
    expect(await look(site("dist/", { build: build() }), { "build.js": "" })).toEqual(nothing);
    expect(await look(site("./", {}, ["index.html"]), { "index.html": "" })).toEqual(nothing);
  });

  it("nothing where only a shell or a run can tell", async () => {
    for (const run of [
      "cd $APP && node server.js",
      "if [ -f x ]; then node server.js; fi",
      "$(which node) server.js",
      "test -f server.js || node other.js",
      "python3 -m http.server $PORT",
      "export PATH=$PWD/bin:$PATH && serve",
      "node -e 1 server.js",
      "/opt/shop/server",
    ])
      expect([run, await look(serving(run, ["web/"]), { "web/index.html": "" })]).toEqual([run, nothing]);
  });

  it("that it is not among the files of the release, with the line that mends it", async () => {
    expect(
      (await look(serving("node dist/server.js", ["public/"], { build: build() }), { ...buildFile, "public/a": "" }))
        .problems,
    ).toEqual([
      `services.web.run: Service "web" starts dist/server.js, which is not among the files of the release | Add it to \`files\` of "web": files: ["public/", "dist/"]`,
    ]);
    expect(
      (
        await look(serving("exec node --import ./otel.js src/server.js", ["src/"]), {
          "otel.js": "",
          "src/server.js": "",
        })
      ).problems,
    ).toEqual([
      `services.web.run: Service "web" starts otel.js, which is not among the files of the release | Add it to \`files\` of "web": files: ["src/", "otel.js"]`,
    ]);
    expect(
      (await look(serving("python3 -m gunicorn shop.wsgi:app", ["static/"]), { "shop/wsgi.py": "", "static/a": "" }))
        .problems,
    ).toEqual([expect.stringContaining("starts shop/wsgi.py, which is not among the files")]);
  });

  it("that nothing writes it, and that the last build wrote it elsewhere", async () => {
    expect((await look(serving("node app.js", ["src/"]), { "src/a.js": "" })).problems).toEqual([
      expect.stringContaining("starts app.js, which is not there, and no task says that it writes it"),
    ]);
    const project = serving("node dist/server.js", ["dist/"], { build: build() });
    expect(await look(project, { ...buildFile, "dist/src/server.js": "" })).toEqual({
      problems: [],
      warnings: [
        'services.web.run: Service "web" starts dist/server.js, but what was built before is dist/src/server.js | Write dist/src/server.js in `run`, or have the build write dist/server.js.',
      ],
    });
  });

  it("once the pipeline has run, that it has not written it", async () => {
    const project = serving("node dist/server.js", ["dist/"], { build: build() });
    expect(await look(project, { ...buildFile, "dist/src/server.js": "" }, { isBuilt: true })).toEqual({
      problems: [
        expect.stringContaining("starts dist/server.js, which is not there, and the pipeline has not written it"),
      ],
      warnings: [],
    });
  });

  it("what its scripts start, and that there is no such script", async () => {
    const scripts = { start: "next start -p $PORT", serve: "NODE_ENV=production node dist/main.js" };
    const files = { "package.json": manifest({ scripts, dependencies: { next: "15" } }) };
    const pipeline = { install: install() };
    expect((await look(serving("npm start", ["package.json"], pipeline), files)).problems).toEqual([
      expect.stringContaining(`starts node_modules/, which is not among the files of the release`),
      expect.stringContaining(`starts .next/, which is not among the files of the release`),
    ]);
    expect((await look(serving("pnpm serve", ["package.json"], pipeline), files)).problems).toEqual([
      expect.stringContaining("starts dist/main.js, which is not there"),
    ]);
    expect((await look(serving("pnpm run /^serve:/", ["package.json"], pipeline), files)).problems).toEqual([]);
    expect((await look(serving("npm run serv", ["package.json"]), files)).problems).toEqual([
      `services.web.run: Service "web" runs the script "serv", which package.json does not have | Did you mean "serve"?`,
    ]);
    expect((await look(serving("npm start", ["public/"]), { ...files, "public/a": "" })).problems[0]).toContain(
      "starts package.json, which is not among the files",
    );
  });

  it("that programs of node_modules are not in its PATH", async () => {
    const files = { "package.json": manifest({ dependencies: { next: "15" } }), ".next/BUILD_ID": "" };
    const found = await look(serving("next start", [".next/", "node_modules/"], { install: install() }), files);
    expect(found.problems).toEqual([
      `services.web.run: Service "web" runs next, which is a program of node_modules, and services have those not in their PATH | Name its place: run: "node_modules/.bin/next start"`,
    ]);
  });

  it("what its files load at once and the release lacks, but not what they load when needed", async () => {
    const files = {
      "package.json": manifest({ dependencies: { express: "5" } }),
      "server.js": `import express from "express"; import "node:http"; import { a } from "./lib/a.js"; try { require("pg") } catch {}`,
      "lib/a.js": `export const a = async () => (await import("./b.js")).b;`,
      "lib/b.js": `export const b = 1;`,
    };
    expect((await look(serving("node server.js", ["server.js"], { install: install() }), files)).problems).toEqual([
      `services.web.run: Service "web" starts server.js, which loads lib/a.js: that is not among the files of the release | Add it to \`files\` of "web": files: ["server.js", "lib/a.js"]`,
      `services.web.run: Service "web" starts server.js, which loads express: that is not among the files of the release | Add it to \`files\` of "web": files: ["server.js", "node_modules/"]`,
    ]);
    expect(
      await look(serving("node server.js", ["*.js", "lib/", "node_modules/"], { install: install() }), files),
    ).toEqual(nothing);
  });

  it("the same of migrations and of the checks of environments, which run in the same folder", async () => {
    const web = service({ run: "node server.js", files: ["server.js"], migrate: "node migrate.js" });
    const staging = { driver: local(), strategy: rolling(), gates: [check("smoke", "node smoke.js")] };
    const project = defineProject({
      name: "shop",
      pipeline: {},
      services: { web },
      environments: { staging },
    }) as Project;
    expect((await look(project, { "server.js": "", "migrate.js": "", "smoke.js": "" })).problems).toEqual([
      expect.stringMatching(/^services\.web\.migrate: The migration of "web" starts migrate\.js, which is not among/),
      expect.stringMatching(
        /^environments\.staging\.gates\.0\.run: The check "smoke" of staging starts smoke\.js, which/,
      ),
    ]);
  });
});

describe("check foresees of what tasks run", () => {
  const of = (pipeline: Project["pipeline"]) => defineProject({ name: "shop", pipeline }) as Project;

  it("that a program is not on this machine, and how it comes there", async () => {
    const image = task({ run: "docker build ." });
    const found = await look(of({ image, report: task({ run: "make report && true", needs: [image] }) }), {});
    expect(found).toEqual({
      problems: [],
      warnings: [
        expect.stringMatching(
          /^pipeline\.image\.run: Task "image" runs docker, which is not on this machine \| Install it: (apt-get install docker\.io|brew install docker)$/,
        ),
        expect.stringMatching(
          /^pipeline\.report\.run: Task "report" runs make, [^|]+ \| Install it: .* make\nIf the task may be left out where make is not: when: installed\("make"\)$/,
        ),
      ],
    });
  });

  it("that a program of node_modules needs the task that installs it, also through a script", async () => {
    const files = {
      "package.json": manifest({
        scripts: { build: "tsc -p . && vite build" },
        devDependencies: { typescript: "5", vite: "7" },
      }),
    };
    const pipeline = { install: install(), build: task({ run: "npm run build" }) };
    expect((await look(of(pipeline), files)).warnings).toEqual([
      `pipeline.build.run: Task "build" runs tsc of node_modules, which "install" writes, but does not need "install" | Write: needs: [install]`,
    ]);
    const first = install();
    expect(await look(of({ install: first, build: task({ run: "npm run build", needs: [first] }) }), files)).toEqual(
      nothing,
    );
    // A package manager may keep them outside of the project.
    const elsewhere = task({ run: "npm install" });
    const built = task({ run: "npm run build", needs: [elsewhere] });
    expect(await look(of({ install: elsewhere, build: built }), files)).toEqual(nothing);
    expect((await look(of({ build: task({ run: "npm run build" }) }), files)).warnings[0]).toMatch(
      /runs tsc of the package typescript, which is not installed, and no task installs it \| Install what the project depends on: npm install\n/,
    );
  });

  it("knows the programs of packages from npm's lockfile", async () => {
    const lock = { packages: { "": {}, "node_modules/odd": { bin: { oddly: "cli.js" } } } };
    const files = {
      "package.json": manifest({ devDependencies: { odd: "1" } }),
      "package-lock.json": JSON.stringify(lock),
    };
    const first = install();
    expect(await look(of({ install: first, odd: task({ run: "oddly", needs: [first] }) }), files)).toEqual(nothing);
    expect(
      (await look(of({ install: first, lint: task({ run: "eslint .", needs: [first] }) }), files)).warnings,
    ).toEqual([
      expect.stringMatching(
        /runs eslint, which is not on this machine \| Make it one of the project's: npm install --save-dev eslint\n/,
      ),
    ]);
  });

  it("that what it starts is written by a task that it does not need, or by none", async () => {
    const venv = task({
      run: "python3 -m venv .venv && .venv/bin/pip install -r requirements.txt",
      inputs: [],
      outputs: [".venv/"],
    });
    expect(await look(of({ venv, test: task({ run: ".venv/bin/pytest", needs: [venv] }) }), {})).toEqual(nothing);
    expect((await look(of({ venv, test: task({ run: ".venv/bin/pytest" }) }), {})).warnings).toEqual([
      `pipeline.test.run: Task "test" runs .venv/bin/pytest, which "venv" writes, but does not need "venv" | Write: needs: [venv]`,
    ]);
    expect((await look(of({ gen: task({ run: "node scripts/gen.js" }) }), {})).warnings).toEqual([
      expect.stringContaining(
        `Task "gen" starts scripts/gen.js, which is not there, and no task says that it writes it`,
      ),
    ]);
  });

  it("that package.json has no such script", async () => {
    const found = await look(of({ test: task({ run: "npm test" }) }), {
      "package.json": manifest({ scripts: { tests: "node --test" } }),
    });
    expect(found.problems).toEqual([
      `pipeline.test.run: Task "test" runs the script "test", which package.json does not have | Did you mean "tests"?`,
    ]);
    expect(await look(of({ test: task({ run: "npm test --if-present" }) }), { "package.json": manifest({}) })).toEqual(
      nothing,
    );
  });

  it("in packages once for all of them", async () => {
    const packages = workspace({ build: { inputs: ["*.js"] } });
    const project = defineProject({ name: "shop", pipeline: {}, packages }) as Project;
    const one = (name: string) => JSON.stringify({ name, version: "1.0.0", scripts: { build: "rollup -c" } });
    const found = await look(project, {
      "package.json": manifest({ workspaces: ["packages/*"], devDependencies: { rollup: "4" } }),
      "packages/a/package.json": one("a"),
      "packages/a/a.js": "",
      "packages/b/package.json": one("b"),
      "packages/b/b.js": "",
    });
    expect(found.warnings).toEqual([
      expect.stringMatching(
        /^packages\.build\.run: Task "a#build" runs rollup of the package rollup, which is not installed, .*\(and so 1 other task\) \|/,
      ),
    ]);
  });

  it("that it needs the network and is sealed without it", async () => {
    const files = { "package.json": manifest({ dependencies: { zod: "4" } }) };
    const sealed = (run: string, network = false) =>
      of({ test: task({ run, confine: "sealed", inputs: [], network }) });
    expect((await look(sealed("npm ci"), files)).warnings).toEqual([
      'pipeline.test.run: Task "test" runs `npm ci`, which needs the network, and is sealed without it | Add: network: true',
    ]);
    expect((await look(sealed("curl -sf https://example.org/x"), files)).warnings).toHaveLength(2);
    for (const run of ["npm ci --offline", "npm ls", "curl http://localhost:8080/", "pip3 install --no-index x"])
      expect([run, (await look(sealed(run), files)).warnings.join()]).toEqual([
        run,
        expect.not.stringContaining("network"),
      ]);
    expect(await look(sealed("npm ci", true), files)).toEqual(nothing);
    expect(await look(sealed("npm ci"), { "package.json": manifest({}) })).toEqual(nothing);
    expect(await look(of({ test: task({ run: "npm ci", inputs: [] }) }), files)).toEqual(nothing);
  });

  it("that it does not end by itself, or wants a terminal", async () => {
    const demands = async (run: string) =>
      (
        await look(of({ test: task({ run: "npm test" }) }), { "package.json": manifest({ scripts: { test: run } }) })
      ).warnings.filter((line) => line.includes("until somebody stops it") || line.includes("needs a terminal"));
    for (const run of [
      "node --watch server.js",
      "tsc -p . --watch",
      "vite dev --port 80",
      "docker run --rm -it alpine sh",
    ])
      expect([run, await demands(run)]).toEqual([run, [expect.stringContaining(`runs \`${run}\`, which `)]]);
    for (const run of [
      "vite build",
      "vite preview & node test.js",
      "jest --watch=false",
      "docker run --rm alpine ls -it",
      "tsc -p watch",
      "nodemon --help",
    ])
      expect([run, await demands(run)]).toEqual([run, []]);
  });
});
