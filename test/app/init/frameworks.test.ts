import { describe, expect, it } from "vitest";
import { detect } from "../../../src/app/init/detect.ts";
import type { Draft } from "../../../src/app/init/draft.ts";
import { readRepository } from "../../../src/app/init/repository.ts";
import { tempFolder } from "../../support/temp-folder.ts";

type Files = Readonly<Record<string, string>>;

/** What is drafted for an application with these scripts and development dependencies. */
function drafted(scripts: Files, devDependencies: Files, files: Files): Promise<Draft> {
  const manifest = { name: "shop", scripts, devDependencies };
  const folder = tempFolder({ "package.json": JSON.stringify(manifest), "package-lock.json": "{}", ...files });
  return detect(readRepository(folder), folder, process.env);
}

function taskOf(draft: Draft, name: string) {
  return draft.tasks.find((task) => task.name === name);
}

describe("SvelteKit", () => {
  const scripts = {
    build: "vite build",
    preview: "vite preview",
    check: "svelte-kit sync && svelte-check --tsconfig ./tsconfig.json",
  };
  const kit = { "@sveltejs/kit": "2" };
  const adapter = (name: string, options = "") =>
    `// adapter-auto only supports some\nimport adapter from '@sveltejs/adapter-${name}';\nexport default { adapter: adapter(${options}) };`;
  const files = (name: string, options?: string) => ({
    "vite.config.ts": adapter(name, options),
    "tsconfig.json": `{ "extends": "./.svelte-kit/tsconfig.json" }`,
    "src/app.html": "",
    "static/robots.txt": "",
  });

  it("is a program where its adapter makes one, told among the settings of Vite or its own", async () => {
    const draft = await drafted(scripts, kit, files("node"));
    expect(taskOf(draft, "build")).toMatchObject({ outputs: ["build/", ".svelte-kit/"] });
    expect(draft.services).toMatchObject([{ run: "node build", files: ["build/", "package.json", "node_modules/"] }]);
    const older = { "svelte.config.js": adapter("node", "{ out: 'server' }"), "vite.config.ts": "" };
    expect((await drafted(scripts, kit, older)).services).toMatchObject([
      { run: "node server", files: ["server/", "package.json", "node_modules/"] },
    ]);
  });

  it("is a site where its adapter writes pages, not the folder of its own notes", async () => {
    expect((await drafted(scripts, kit, files("static"))).services).toEqual([{ name: "web", static: "build/" }]);
    const alone = files("static", "{ fallback: 'index.html' }");
    expect((await drafted(scripts, kit, alone)).services).toMatchObject([{ static: "build/", fallback: true }]);
  });

  it("is not served where its adapter is for another platform, which is said of the file that says so", async () => {
    const elsewhere = await drafted(scripts, kit, files("vercel"));
    expect(taskOf(elsewhere, "build")).toMatchObject({ outputs: [".svelte-kit/", ".vercel/output/"] });
    const draft = await drafted(scripts, kit, files("auto"));
    expect(draft.services).toEqual([]);
    expect(draft.left).toMatchObject([
      { where: "vite.config.ts", why: expect.stringContaining("with @sveltejs/adapter-node it is a service") },
    ]);
  });

  it("has its types checked by the script `check`, after the build has written what they extend", async () => {
    const draft = await drafted(scripts, kit, files("node"));
    expect(taskOf(draft, "typecheck")).toMatchObject({ run: "npm run check", needs: ["build"], stage: "verify" });
    const all = await drafted({ check: "npm run lint && npm test", lint: "eslint .", test: "node --test" }, {}, {});
    expect(taskOf(all, "typecheck")).toBeUndefined();
  });
});

describe("Next.js", () => {
  const scripts = { build: "next build", start: "next start" };
  const settings = (output: string) => ({
    "next.config.ts": `export default {\n  output: "${output}",\n};`,
    "public/a.svg": "",
  });

  it("is a site where its settings say that pages are exported, whatever the script `start` says", async () => {
    const draft = await drafted(scripts, {}, settings("export"));
    expect(draft.services).toEqual([{ name: "web", static: "out/" }]);
    const noted = { "next.config.ts": `export default {\n  // output: "export",\n};` };
    expect((await drafted(scripts, { next: "1" }, noted)).services).toMatchObject([
      { run: "node_modules/.bin/next start", remarks: [expect.stringContaining('With output: "standalone"')] },
    ]);
  });

  it("has exported pages where its settings say that builds go, and the build itself where it always is", async () => {
    const placed = { "next.config.js": `module.exports = {\n  output: 'export',\n  distDir: '_static',\n};` };
    const draft = await drafted(scripts, {}, placed);
    expect(taskOf(draft, "build")).toMatchObject({ outputs: [".next/", "_static/"] });
    expect(draft.services).toEqual([{ name: "web", static: "_static/" }]);
  });

  it("is the server that stands alone where its settings ask for one, with the pages' files beside it", async () => {
    const draft = await drafted(scripts, { next: "1" }, settings("standalone"));
    expect(taskOf(draft, "build")).toMatchObject({
      run: "npm run build && cp -R .next/static .next/standalone/.next/ && cp -R public .next/standalone/",
      outputs: [".next/"],
    });
    expect(draft.services).toMatchObject([{ run: "node .next/standalone/server.js", files: [".next/standalone/"] }]);
  });

  it("is started with what is installed where a migration comes first, or the project copies by itself", async () => {
    const migrated = { ...scripts, start: "prisma migrate deploy && next start" };
    expect((await drafted(migrated, { next: "1" }, settings("standalone"))).services).toMatchObject([
      { run: "node_modules/.bin/next start", migrate: "node_modules/.bin/prisma migrate deploy" },
    ]);
    const copied = { build: "next build && cp -r public .next/standalone/", start: "node .next/standalone/server.js" };
    const draft = await drafted(copied, { next: "1" }, settings("standalone"));
    expect(taskOf(draft, "build")).toMatchObject({ run: "npm run build" });
    expect(draft.services).toMatchObject([{ run: "node .next/standalone/server.js", files: [".next/standalone/"] }]);
  });
});

describe("programs that packages fetch when they are installed", () => {
  it("can be done without: the installation is given the variable that says so", async () => {
    const draft = await drafted({}, { cypress: "13", puppeteer: "22" }, {});
    expect(taskOf(draft, "install")).toMatchObject({ env: ["CYPRESS_INSTALL_BINARY", "PUPPETEER_SKIP_DOWNLOAD"] });
  });
});

describe("React Router", () => {
  const scripts = { build: "react-router build", typecheck: "react-router typegen && tsc" };
  const made = { "@react-router/serve": "7" };

  it("is served by its own program, without the files that its build has copied", async () => {
    const draft = await drafted({ ...scripts, start: "react-router-serve ./build/server/index.js" }, made, {
      "public/favicon.ico": "",
    });
    expect(draft.services).toMatchObject([{ files: ["build/", "package.json", "node_modules/"] }]);
  });

  it("has its types checked after the build, which writes the same types", async () => {
    expect(taskOf(await drafted(scripts, made, {}), "typecheck")).toMatchObject({ needs: ["build"] });
  });
});

describe("Prisma", () => {
  const packages = { "@prisma/client": "5", prisma: "5" };
  const schema = (more = "") => ({
    "prisma/schema.prisma": `generator client {\n  provider = "prisma-client-js"\n${more}}\n`,
  });

  it("has its client made after the installation, whose scripts may not run, and anew when the schema changes", async () => {
    expect(taskOf(await drafted({}, packages, schema()), "install")).toMatchObject({
      run: "npm ci && npx prisma generate",
      inputs: ["package.json", "package-lock.json", "prisma/schema.prisma"],
    });
  });

  it("is left alone where a script makes the client, or it stands among the sources", async () => {
    const said = await drafted({ prebuild: "prisma generate" }, packages, schema());
    expect(taskOf(said, "install")).toMatchObject({ run: "npm ci" });
    const elsewhere = await drafted({}, packages, schema('  output = "../src/client"\n'));
    expect(taskOf(elsewhere, "install")).toMatchObject({
      run: "npm ci",
      inputs: ["package.json", "package-lock.json"],
    });
  });
});
