import { describe, expect, it } from "vitest";
import { tempFolder, writeFiles } from "../../support/temp-folder.ts";
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
            serve: { executor: "@nx/vite:dev-server" },
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
    rootInputs: ["copy.mjs", "nx.json"],
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
    });
    const { text, left } = await takeOver(cwd);
    expect(text).toMatch(/ {2}build: \{\n(?!.*cache: false)[\s\S]*outputs: \["dist"\]/);
    expect(text).toContain(`run: "nx run web:lint --excludeTaskDependencies --skipNxCache",`);
    expect(left).toContain("nx.json: plugins: @acme/own: it is not known which targets it infers");
  });

  it("caches what a plugin infers and its settings tell the outputs of, and serves what nx would start", async () => {
    const webpack = { plugin: "@nx/webpack/plugin", options: { buildTargetName: "build" } };
    const cwd = workspaceWith({
      "nx.json": { plugins: [webpack, "@nx/eslint/plugin", "@nx/js/typescript"] },
      "babel.config.json": {},
      "packages/web/package.json": { name: "web", version: "1.0.0" },
      "packages/web/webpack.config.js": `module.exports = { output: { path: join(__dirname, "made") } };`,
      "packages/web/.eslintrc.json": {},
      "packages/web/tsconfig.json": {},
      "packages/web/src/main.js": "listen(process.env.PORT);",
      "packages/web/project.json": {
        name: "web",
        sourceRoot: "packages/web/src",
        targets: {
          serve: { executor: "@nx/js:node" },
          "prune-lockfile": { executor: "@nx/js:prune-lockfile" },
          prune: { executor: "nx:noop", dependsOn: ["prune-lockfile"] },
          e2e: { executor: "@nx/jest:jest", dependsOn: ["web:build", "web:serve"] },
        },
      },
    });
    writeFiles(cwd, { ".gitignore": "node_modules\nmade/\n" });
    const { text, left } = await takeOver(cwd);
    expect(text).toMatch(/ {2}build: \{\n(?:(?!cache).)*outputs: \["made\/"\]/s);
    expect(text).toMatch(/ {2}lint: \{\n((?!cache: false)[\s\S])*web:lint/);
    expect(text).toContain('rootInputs: ["babel.config.json", "nx.json"]');
    expect(text).toMatch(/ {2}typecheck: \{\n[^}]*cache: false/);
    expect(text).toContain('run: "cd packages/web && node made/main.js"');
    expect(text).not.toMatch(/^ {2}"?(prune|e2e)/m);
    expect(left).toEqual(
      expect.arrayContaining([
        "nx: web:prune-lockfile: it prepares a folder for an image, which a release does without",
        "nx: web:e2e: it needs a server that nx starts beside it: add a task for it, with the server in its `services`",
      ]),
    );
  });

  it("knows what scripts of packages write that nothing describes", async () => {
    const cwd = workspaceWith(
      {
        "nx.json": {
          targetDefaults: { build: { cache: true } },
          plugins: [{ plugin: "@nx/vite/plugin", options: { buildTargetName: "vite:build" } }],
        },
        "packages/web/index.html": "<p>",
        "packages/web/vite.config.ts": "export default { build: { outDir: '../../dist/web' } };",
      },
      { lib: { build: "tsup index.ts" }, web: { build: "nx vite:build" } },
    );
    const { text } = await takeOver(cwd);
    // A target that a script has nx run is a part of what the script does.
    expect(text).not.toContain("vite-build");
    expect(text).toMatch(/ {2}build: \{[^}]*outputs: \["dist\/"\],[^}]*web: \{\n {8}outputs: \[\],\n {8}cache: false,/);
  });

  it("serves a program of the repository's own folder that nx builds and starts", async () => {
    const cwd = tempFolder({
      "package.json": JSON.stringify({ name: "shop", scripts: { start: "nx serve", build: "nx build" } }),
      ".gitignore": "node_modules\ndist\n",
      "nx.json": "{}",
      "src/main.ts": "listen(process.env.PORT);",
      "project.json": JSON.stringify({
        sourceRoot: "src",
        targets: {
          build: { executor: "@nx/esbuild:esbuild", options: { outputPath: "dist/api", main: "src/main.ts" } },
          serve: { executor: "@nx/js:node", options: { buildTarget: "api:build" } },
        },
      }),
    });
    const { text } = await takeOver(cwd);
    expect(text).toContain('run: "node dist/api/main.js"');
    expect(text).toContain('outputs: ["dist/api/"]');
  });

  it("infers what nx's plugins do, no more, and serves what such a build makes", async () => {
    const cwd = workspaceWith({
      "nx.json": { plugins: ["@nx/js/typescript", "@nx/vite/plugin"] },
      "packages/lib/package.json": { name: "lib", version: "1.0.0", exports: { ".": { default: "./src/index.ts" } } },
      "packages/lib/tsconfig.lib.json": { compilerOptions: { outDir: "dist" } },
      "packages/lib/vite.config.ts": "export default { test: { globals: true } };",
      "packages/web/package.json": { name: "web", version: "1.0.0" },
      "packages/web/index.html": "<p>",
      "packages/web/vite.config.ts": "export default { build: { outDir: './dist' } };",
    });
    const { text } = await takeOver(cwd);
    expect(text).toContain("nx run web:build");
    expect(text).not.toContain("nx run lib:build");
    expect(text).toContain("nx run lib:test");
    expect(text).not.toContain("nx run web:test");
    expect(text).toContain(`const web = staticSite({\n  folder: "packages/web/dist/",\n});`);
  });

  it("has nx run a target in all projects where these are no packages, and serves what they build", async () => {
    const cwd = tempFolder({
      "package.json": JSON.stringify({ name: "shop", devDependencies: { nx: "~17.1.3" } }),
      "package-lock.json": "{}",
      ".gitignore": "node_modules\ndist\n",
      "nx.json": JSON.stringify({ plugins: ["@nx/vite/plugin"] }),
      "libs/shared/prices/project.json": JSON.stringify({ targets: { lint: { executor: "@nx/eslint:lint" } } }),
      "apps/api/src/main.ts": "listen(process.env.PORT);",
      "apps/api/project.json": JSON.stringify({
        targets: {
          build: {
            executor: "@nx/esbuild:esbuild",
            options: { outputPath: "dist/apps/api", main: "apps/api/src/main.ts" },
          },
          serve: { executor: "@nx/js:node", options: { buildTarget: "api:build" } },
          lint: { executor: "@nx/eslint:lint" },
          docker: { executor: "nx:run-commands" },
        },
      }),
      "apps/web/index.html": "<p>",
      "apps/web/vite.config.ts": "export default { build: { outDir: '../../dist/apps/web' } };",
      "apps/web/project.json": JSON.stringify({ name: "web", targets: {} }),
    });
    const { text, left } = await takeOver(cwd);
    expect(left).toEqual([expect.stringContaining("nx: api:docker: it is not known what it is for")]);
    expect(text).toContain(`const build = task({
  run: "NX_DAEMON=false npx nx run-many -t build --skipNxCache",
  needs: [install],
  inputs: files,
  outputs: ["dist/apps/api/", "dist/apps/web/"],
});`);
    expect(text).toContain(`run: "NX_DAEMON=false npx nx run-many -t lint --skipNxCache",\n  needs: [install, build],`);
    expect(text).toContain(
      `run: "node dist/apps/api/main.js",\n  files: ["dist/apps/api/", "package.json", "node_modules/"],\n  host: "api",`,
    );
    expect(text).toContain(`const web = staticSite({\n  folder: "dist/apps/web/",\n});`);
  });

  it("takes over what only the project's own scripts have nx or lerna run everywhere", async () => {
    const root = JSON.stringify({
      name: "shop",
      private: true,
      workspaces: ["packages/*"],
      scripts: {
        build: "nx run-many -t build,docs --parallel=3",
        test: "npm run build && npx nx run-many --target=test --all",
        lint: "lerna run lint --stream && prettier --check .",
        dev: "nx run-many --targets dev",
        affected: "nx affected -t e2e check -- --fast",
      },
    });
    const scripts = { build: "node b.js", test: "node t.js", lint: "node l.js", check: "node c.js", dev: "node d.js" };
    const cwd = workspaceWith(
      { "nx.json": { targetDefaults: { build: { cache: true, outputs: ["{projectRoot}/out"] } } } },
      {},
    );
    writeFiles(cwd, {
      "package.json": root,
      "packages/lib/package.json": JSON.stringify({ name: "lib", version: "1.0.0", scripts }),
    });
    const { text } = await takeOver(cwd);
    const names = [...text.matchAll(/^ {2}(\w+): \{$/gm)].map(([, name]) => name);
    expect(names).toEqual(expect.arrayContaining(["build", "test", "lint", "check"]));
    expect(names).not.toContain("dev");
    expect(text).toContain('needs: ["build", "^build"],');
  });
});
