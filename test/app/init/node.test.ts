import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { detect } from "../../../src/app/init/detect.ts";
import type { Draft, ServiceDraft } from "../../../src/app/init/draft.ts";
import { readRepository } from "../../../src/app/init/repository.ts";
import { toArgv } from "../../../src/process/command.ts";
import { tempFolder } from "../../support/temp-folder.ts";

type Files = Readonly<Record<string, string>>;

/** What is drafted for an application with these scripts. */
async function drafted(scripts: Readonly<Record<string, string>>, files: Files = {}, more: object = {}) {
  const manifest = { name: "shop", dependencies: { x: "1" }, scripts, ...more };
  const folder = tempFolder({
    "package.json": JSON.stringify(manifest),
    "package-lock.json": "{}",
    "src/index.js": "listen(process.env.PORT);",
    "src/index.test.js": "",
    ...files,
  });
  return detect(readRepository(folder), folder, process.env);
}

function taskOf(draft: Draft, name: string) {
  return draft.tasks.find((task) => task.name === name);
}

async function served(...given: Parameters<typeof drafted>): Promise<ServiceDraft | undefined> {
  return (await drafted(...given)).services[0];
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

describe("what a Node project serves", () => {
  it.each([
    [
      "the script for production before one for development",
      { start: "nest start", "start:prod": "node dist/main" },
      "node dist/main",
    ],
    ["what a framework's own start comes to", { start: "nest start", build: "nest build" }, "node dist/main.js"],
    ["a script through others", { start: "npm run serve", serve: "node src/index.js" }, "node src/index.js"],
    ["without building", { start: "npm run build && node dist/a.js", build: "tsc" }, "node dist/a.js"],
    ["without files of a developer's machine", { start: "node --env-file=.env src/index.js" }, "node src/index.js"],
    [
      "without wrappers",
      { start: "cross-env NODE_ENV=production npx next start" },
      "NODE_ENV=production node_modules/.bin/next start",
    ],
    [
      "a program of the packages",
      { start: "remix-serve ./build/index.js" },
      "node_modules/.bin/remix-serve ./build/index.js",
    ],
  ])("is %s", async (_, scripts, run) => {
    expect(await served(scripts)).toMatchObject({ name: "web", run });
  });

  it.each([
    ["next dev"],
    ["vite"],
    ["nodemon src/index.js"],
    ["tsx watch src/index.ts"],
    ["npx @11ty/eleventy --serve --quiet"],
    ["react-scripts start"],
    ["webpack serve --open"],
    ["ng serve"],
    ["node --watch src/index.js"],
  ])("is not `%s`, which is said", async (start) => {
    const draft = await drafted({ start });
    expect(draft.services).toEqual([]);
    expect(draft.left).toEqual([
      { where: "package.json: scripts.start", why: `"${start}" is a server for development` },
    ]);
  });

  it.each([
    ["Next.js", { build: "next build" }, {}, { run: "node_modules/.bin/next start" }],
    [
      "Next.js without a server",
      { build: "next build" },
      { "next.config.mjs": `export default { output: "export" }` },
      { static: "out/" },
    ],
    [
      "Nuxt",
      { build: "nuxt build" },
      {},
      { run: "node .output/server/index.mjs", files: [".output/", "package.json", "node_modules/"] },
    ],
    ["Vite", { build: "tsc && vite build", dev: "vite" }, { "index.html": "" }, { static: "dist/" }],
    [
      "Vite elsewhere",
      { build: "vite build" },
      { "index.html": "", "vite.config.ts": "build: { outDir: 'public/app' }" },
      { static: "public/app/" },
    ],
    [
      "Create React App",
      { start: "react-scripts start", build: "react-scripts build" },
      {},
      { static: "build/", fallback: true },
    ],
    ["Eleventy", { start: "eleventy --serve", build: "npx @11ty/eleventy" }, {}, { static: "_site/" }],
    ["a server of files", { start: "serve -s build", build: "react-scripts build" }, {}, { static: "build/" }],
  ])("is what %s makes", async (_, scripts, files, service) => {
    expect(await served(scripts, files)).toMatchObject(service);
  });

  it("is what a Procfile says, with a process manager's program", async () => {
    const files = {
      Procfile: "web: pm2-runtime ecosystem.config.json\n",
      "ecosystem.config.json": `{ "apps": [{ "script": "src/index.js" }] }`,
    };
    expect(await served({ start: "nodemon x" }, files)).toMatchObject({ run: "node src/index.js" });
  });

  it.each([
    ["gatsby serve", "gatsby build", "public/"],
    ["hexo server", "hexo generate", "public/"],
    ["docusaurus serve", "docusaurus build", "build/"],
    ["vite preview", "vite-ssg build", "dist/"],
  ])("is the site, where what starts it (%s) only shows what was built", async (serve, build, folder) => {
    const draft = await drafted({ serve, build, test: 'echo "Write tests! -> https://example.org" && exit 1' });
    expect(draft.services).toEqual([{ name: "web", static: folder }]);
    expect(taskOf(draft, "build")).toMatchObject({ outputs: [folder] });
    expect(taskOf(draft, "test")).toBeUndefined();
  });

  it("is a program that listens, when nothing starts it; commands and libraries are none", async () => {
    const files = { "src/index.js": "app.listen(3000)" };
    expect(await served({}, files)).toMatchObject({
      run: expect.stringMatching(/ src\/index.js$/),
      remarks: [expect.stringContaining("PORT")],
    });
    expect(await served({}, files, { bin: "src/index.js" })).toBeUndefined();
    expect(await served({ build: "tsup" }, files, { exports: "./dist/index.js" })).toBeUndefined();
  });

  it("gets its port in the variable that it reads, and is asked where it says that it is well", async () => {
    const program = `app.get("/healthz", ok); app.listen(process.env.SHOP_PORT || process.env.DB_PORT);`;
    expect(await served({ start: "node src/index.js" }, { "src/index.js": program })).toMatchObject({
      run: "SHOP_PORT=$PORT node src/index.js",
      health: "/healthz",
    });
  });

  it.each([
    ["const http = require('http'); const app = http.createServer(); app.listen(31999, () => told());", 31999],
    [
      "const http = require('http'); const app = http.createServer(); const port = 31998;\napp.listen(port, told)",
      31998,
    ],
    [
      "const http = require('http'); const app = http.createServer(); const PORT = '31997';\napp.listen({ port: PORT }, told)",
      31997,
    ],
    [
      `if (process.env.DB_HOST) module.exports = 1; const app = require("net").createServer().listen(31996, told);`,
      31996,
    ],
  ])("listens on PORT although its sources say another: %s", async (program, port) => {
    const told = "function told() { console.log(app.address().port); app.close(); }\n";
    const files = { "src/index.js": `${program}\n${told}` };
    const service = (await served({ start: "node src/index.js" }, files)) as ServiceDraft & { readonly run: string };
    expect(service.run).toContain(`to=x=>x==${port}&&`);
    expect(service.remarks?.join()).toContain("this is enough: node src/index.js");
    const free = await freePort();
    const { file, args } = toArgv(service.run);
    const ran = spawnSync(file, args, {
      cwd: tempFolder(files),
      env: { ...process.env, PORT: String(free) },
      encoding: "utf8",
    });
    expect(ran.stdout).toBe(`${free}\n`);
  });

  it.each([
    "app.listen(process.env.PORT || 3000);",
    "app.listen(config.port);",
    "app.listen(3000); admin.listen(3001);",
  ])("is started as it is where its sources may say another port: %s", async (program) => {
    expect(await served({ start: "node src/index.js" }, { "src/index.js": program })).toMatchObject({
      run: "node src/index.js",
    });
  });

  it("migrates once per deployment what it would migrate at every start", async () => {
    const start = "prisma migrate deploy && node src/index.js";
    expect(await served({ start })).toMatchObject({
      run: "node src/index.js",
      migrate: "node_modules/.bin/prisma migrate deploy",
    });
  });

  it.each([
    ["one folder", `{ "compilerOptions": { "outDir": "dist" }, "include": ["src"] }`, "node dist/index.js"],
    ["several folders", `{ "compilerOptions": { "outDir": "dist" } }`, "node dist/src/index.js"],
    ["a folder that is said", `{ "compilerOptions": { "outDir": "dist", "rootDir": "./src" } }`, "node dist/index.js"],
  ])("runs what the build makes of the sources in %s, without a compiler", async (_, tsconfig, run) => {
    const files = { "tsconfig.json": tsconfig, "src/index.ts": "listen(process.env.PORT)", "scripts/seed.ts": "" };
    const more = { devDependencies: { "ts-node": "1", typescript: "1" } };
    const service = await served({ start: "ts-node src/index.ts", build: "tsc" }, files, more);
    expect(service).toMatchObject({ run });
    expect(service).not.toHaveProperty("nodeModules");
  });

  it("has packages for development, too, where it starts by one", async () => {
    const more = { devDependencies: { prisma: "1", tsx: "1" } };
    expect(await served({ start: "tsx src/index.ts" }, {}, more)).toMatchObject({ nodeModules: "all" });
    const start = "prisma migrate deploy && node src/index.js";
    expect(await served({ start }, {}, more)).toMatchObject({ nodeModules: "all" });
  });

  it("has in its release what was built and what programs read, not the sources", async () => {
    const files = {
      "tsconfig.json": `{ "compilerOptions": { "outDir": "./dist" }, "include": ["src"] }`,
      "views/a.html": "",
      "public/a.css": "",
      ".eslintrc": "",
    };
    const service = await served({ build: "tsc", start: "node dist/index.js" }, files);
    expect(service).toMatchObject({ files: ["dist/", "public/", "views/", "package.json", "node_modules/"] });
  });
});

describe("a repository with a folder that may not be read", () => {
  it("is looked at without it", ({ skip }) => {
    skip(process.getuid?.() === 0, "root may read everything");
    const folder = tempFolder({ "closed/a.js": "", "open/a.js": "" });
    chmodSync(join(folder, "closed"), 0);
    onTestFinished(() => chmodSync(join(folder, "closed"), 0o700));
    expect(readRepository(folder).entries).toEqual(["open/"]);
  });
});

describe("the tasks of a Node project", () => {
  it("look without writing where scripts mend", async () => {
    const scripts = { lint: "tsc --noEmit && eslint --fix src", "format:check": "prettier --check ." };
    const draft = await drafted(scripts);
    expect(taskOf(draft, "lint")?.run).toBe("tsc --noEmit && eslint src");
    expect(taskOf(draft, "format")).toBeUndefined();
    const checked = await drafted(scripts, { ".github/workflows/ci.yml": "- run: npm run format:check\n" });
    expect(taskOf(checked, "format")).toMatchObject({ run: "npm run format:check", inputs: ["**"] });
  });

  it.each([
    ["watches", "jest --watch"],
    ["needs a browser", "playwright test"],
    ["needs Docker", "docker compose up -d && mocha"],
    ["needs a database", "npm run db:seed && mocha"],
  ])("leave out a test that %s, and say so", async (why, test) => {
    const draft = await drafted({ test, "db:seed": "node seed.js" });
    expect(taskOf(draft, "test")).toBeUndefined();
    expect(draft.left).toEqual([
      { where: "package.json: scripts.test", why: expect.stringMatching(new RegExp(`^it ${why}`)) },
    ]);
  });

  it("leave out tests that there are none of, and say so", async () => {
    const folder = tempFolder({ "package.json": JSON.stringify({ scripts: { test: "react-scripts test" } }) });
    const { left } = await detect(readRepository(folder), folder, process.env);
    expect(left).toEqual([{ where: "package.json: scripts.test", why: "there are no tests" }]);
  });

  it("install what is newest where there is no lock file, once, and say so", async () => {
    const folder = tempFolder({ "package.json": JSON.stringify({ dependencies: { x: "1" } }) });
    const { tasks, left } = await detect(readRepository(folder), folder, process.env);
    const inputs = ["package.json"];
    expect(tasks).toEqual([
      { name: "install", run: "npm install --no-package-lock", inputs, outputs: ["node_modules/"] },
    ]);
    expect(left).toEqual([{ where: "lock file", why: expect.stringContaining("npm install") }]);
  });

  it("take the form of a test that ends", async () => {
    const draft = await drafted({ test: "vitest --watch", "test:run": "vitest run" });
    expect(taskOf(draft, "test")?.run).toBe("npm run test:run");
  });

  it("keep tests from copies of themselves that the compiler makes", async () => {
    const tsconfig = `{ "compilerOptions": { "outDir": "dist" } }`;
    const files = { "tsconfig.json": tsconfig, "test/a.test.ts": "" };
    const draft = await drafted({ build: "tsc", test: "vitest run" }, files);
    expect(taskOf(draft, "test")?.run).toBe('npm test -- --exclude "dist/**"');
    expect(taskOf(draft, "build")?.inputs).toContain("test/**");
    const narrow = { ...files, "tsconfig.json": tsconfig.replace(/}$/, `, "exclude": ["test", "**/*.test.ts"] }`) };
    const apart = await drafted({ build: "tsc", test: "vitest run" }, narrow);
    expect(taskOf(apart, "test")?.run).toBe("npm test");
    expect(taskOf(apart, "build")?.inputs).not.toContain("test/**");
  });

  it("wait for the build when they read types that it writes", async () => {
    const files = { "tsconfig.json": `{ "include": [".next/types/**/*.ts", "src"] }` };
    const draft = await drafted({ build: "next build", typecheck: "tsc --noEmit" }, files);
    expect(taskOf(draft, "typecheck")?.needs).toEqual(["build"]);
  });

  it("install with what scripts of the installation read, and the variables that settings name", async () => {
    const draft = await drafted(
      { postinstall: "node scripts/after.js && prisma generate", prepare: "husky" },
      {
        "scripts/after.js": "",
        "prisma/schema.prisma": "",
        ".npmrc": `//npm.example.org/:_authToken=\${SHOP_TOKEN}\n`,
      },
    );
    expect(taskOf(draft, "install")).toMatchObject({
      inputs: ["package.json", "package-lock.json", ".npmrc", "scripts/after.js", "prisma/**"],
      env: ["SHOP_TOKEN"],
    });
  });

  it.each([
    ["tsup --out-dir build/js", {}, ["build/js/"]],
    ["rollup -c", { "rollup.config.mjs": `output: [{ file: "dist/a.js" }, { dir: 'es' }]` }, ["dist/", "es/"]],
    ["webpack", { "webpack.config.js": `output: { path: path.resolve(__dirname, "public/js") }` }, ["public/js/"]],
    ["esbuild src/index.js --bundle --outfile=out/a.js", {}, ["out/"]],
    [
      "tsc -p tsconfig.build.json",
      {
        "tsconfig.build.json": `{ "extends": "./base.json" }`,
        "base.json": `{ "compilerOptions": { "outDir": "lib", "declarationDir": "types", "tsBuildInfoFile": ".cache/a.tsbuildinfo" } }`,
      },
      ["lib/", "types/", ".cache/a.tsbuildinfo"],
    ],
    ["docusaurus build", {}, ["build/"]],
    ["node build.js", {}, undefined],
  ])("know where `%s` writes", async (build, files, outputs) => {
    expect(taskOf(await drafted({ build }, files), "build")?.outputs).toEqual(outputs);
  });
});

describe("applications in folders", () => {
  it("side by side are built each in its own, and answer at names of their own", async () => {
    const folder = tempFolder({
      "client/package.json": JSON.stringify({
        dependencies: { x: "1" },
        scripts: { build: "vite build", lint: "eslint --fix ." },
      }),
      "client/package-lock.json": "{}",
      "client/index.html": "",
      "server/package.json": JSON.stringify({ scripts: { start: "node index.js" } }),
      "server/index.js": "listen(process.env.PORT)",
    });
    const { tasks, services } = await detect(readRepository(folder), folder, process.env);
    expect(tasks.map(({ name, run }) => [name, run])).toEqual([
      ["client-install", "cd client && npm ci"],
      ["client-lint", 'cd client && PATH="$PWD/node_modules/.bin:$PATH" && eslint .'],
      ["client-build", "cd client && npm run build"],
    ]);
    expect(tasks.at(-1)).toMatchObject({ needs: ["client-install"], outputs: ["client/dist/"] });
    expect(services).toEqual([
      { name: "client", static: "client/dist/" },
      {
        name: "server",
        run: "cd server && node index.js",
        files: ["server/index.js", "server/package.json"],
        host: "server",
      },
    ]);
  });

  it("of a workspace are served with the packages that they need; what only shows something is not", async () => {
    const manifest = (name: string, more: object) => JSON.stringify({ name, version: "1.0.0", ...more });
    const folder = tempFolder({
      "package.json": manifest("all", { private: true, workspaces: ["apps/*", "packages/*", "examples/*"] }),
      "package-lock.json": "{}",
      "apps/web/package.json": manifest("web", { scripts: { build: "next build", start: "next start" } }),
      "apps/api/package.json": manifest("api", {
        scripts: { start: "node main.js", build: "tsc" },
        dependencies: { lib: "*" },
      }),
      "apps/api/main.js": "listen(process.env.PORT)",
      "packages/lib/package.json": manifest("lib", { scripts: { build: "tsup" } }),
      "examples/one/package.json": manifest("one", { scripts: { build: "vite build" } }),
      "examples/one/index.html": "",
    });
    const { services } = await detect(readRepository(folder), folder, process.env);
    expect(services).toMatchObject([
      { name: "api", run: "cd apps/api && node main.js", host: "api" },
      {
        name: "web",
        run: 'cd apps/web && PATH="$PWD/node_modules/.bin:$PWD/../../node_modules/.bin:$PATH" && next start',
      },
    ]);
    expect(services[0]).toMatchObject({
      files: ["apps/api/main.js", "apps/api/package.json", "node_modules/", "packages/lib/"],
    });
    expect(services[1]).toMatchObject({
      files: ["apps/web/.next/", "!apps/web/.next/cache/**", "apps/web/package.json", "node_modules/"],
    });
  });
});

describe("a repository of which git does not say what it tracks", () => {
  const files = {
    "package.json": JSON.stringify({ name: "shop", dependencies: { x: "1" }, scripts: { build: "vite build" } }),
    "package-lock.json": "{}",
  };
  const notesOf = async (more: Files, variables: Files = {}) => {
    const folder = tempFolder({ ...files, ...more });
    return (await detect(readRepository(folder), folder, { ...process.env, ...variables })).notes ?? [];
  };

  it("is told, with git's own sentence: a damaged one, one that only GIT_DIR names, no git", async () => {
    const damaged = { ".git/HEAD": "nothing" };
    expect(await notesOf(damaged)).toEqual([
      expect.stringMatching(/^Git does not answer: fatal: not a git repository/),
    ]);
    const workspace = { "package.json": JSON.stringify({ name: "shop", workspaces: ["a"] }) };
    const inPackages = { ...workspace, "a/package.json": files["package.json"] };
    expect(await notesOf({ ...inPackages, ...damaged })).toHaveLength(1);
    expect(await notesOf({}, { GIT_DIR: "/dotfiles.git" })).toEqual([expect.stringContaining("GIT_DIR=/dotfiles.git")]);
    expect(await notesOf(damaged, { PATH: "/nonexistent" })).toEqual([expect.stringContaining("not installed")]);
  });

  it("is none where there is no repository", async () => {
    expect(await notesOf({})).toEqual([]);
    expect(await notesOf({}, { PATH: "/nonexistent" })).toEqual([]);
  });
});
