import { describe, expect, test } from "vitest";
import type { Event, LeftOut } from "../../src/events/event.ts";
import { defineProject, service } from "../../src/index.ts";
import { listing, type PackCall, pack, plant, project, type Tree, temporaryFolder, value } from "./support.ts";

const json = (fields: object) => JSON.stringify(fields);
const package_ = (name: string, fields: object = {}): Tree => ({
  [`node_modules/${name}/package.json`]: json({ name: name.slice(name.lastIndexOf("node_modules/") + 1), ...fields }),
});
const files = ["dist/", "node_modules/", "package.json"];
const app = (fields: object): Tree => ({ "dist/server.js": "serve", "package.json": json(fields) });

/** What is released of a tree, without the modes, and what is said of the rest. */
async function released(tree: Tree, how: { readonly files?: readonly string[] } & PackCall = {}) {
  const events: Event[] = [];
  const folder = plant(temporaryFolder(), tree);
  const packed = value(await pack(folder, how.files ?? files, { ...how, events }));
  const told = events.find((event) => event.type === "releasePacked");
  const leftOut: LeftOut = told?.leftOut ?? {};
  return { paths: listing(packed).map((line) => line.replace(/ \d{3}$/, "")), leftOut };
}

const modules = (paths: readonly string[]) => paths.filter((path) => path.includes("node_modules/"));

describe("of installed packages a release has those that production needs", () => {
  const npm: Tree = {
    ...app({ dependencies: { express: "5" }, devDependencies: { typescript: "5", tidegate: "1", node: "24" } }),
    ...package_("express", { dependencies: { accepts: "2" }, bin: { serve: "bin.js" } }),
    ...package_("accepts"),
    ...package_("express/node_modules/accepts"),
    ...package_("typescript", { dependencies: { accepts: "2", only: "1" }, bin: { tsc: "tsc.js" } }),
    ...package_("only"),
    ...package_("tidegate"),
    ...package_("node"),
    "node_modules/.bin/serve": { link: "../express/bin.js" },
    "node_modules/.bin/tsc": { link: "../typescript/tsc.js" },
    "node_modules/express/bin.js": ["x", "bin"],
    "node_modules/typescript/tsc.js": ["x", "tsc"],
    "node_modules/.package-lock.json": "{}",
    "node_modules/.cache/tool": "x",
    "node_modules/.prisma/client/index.js": "generated",
  };

  test("as npm installs them: what those need in turn, their programs, and what was generated beside them", async () => {
    const { paths, leftOut } = await released(npm);
    expect(modules(paths)).toEqual([
      "node_modules/.bin/serve -> ../express/bin.js",
      "node_modules/.prisma/client/index.js",
      "node_modules/express/bin.js",
      "node_modules/express/node_modules/accepts/package.json",
      "node_modules/express/package.json",
    ]);
    expect(leftOut.development).toMatchObject({ files: 8 });
  });

  test("all of them when the service says so", async () => {
    const { paths, leftOut } = await released(npm, { project: project(files, { nodeModules: "all" }) });
    expect(paths).toContain("node_modules/typescript/package.json");
    expect(leftOut).toEqual({});
  });

  test("also without a package.json in the release, and when nothing is needed at all", async () => {
    const { paths } = await released(npm, { files: ["dist/", "node_modules/"] });
    expect(paths).toContain("node_modules/express/package.json");
    const none = await released({ ...npm, ...app({ devDependencies: { typescript: "5" } }) });
    expect(modules(none.paths)).toEqual(["node_modules/.prisma/client/index.js"]);
  });

  test("as pnpm links them: the links that lead to them, and their folders in its store", async () => {
    const store = "node_modules/.pnpm";
    const { paths } = await released({
      ...app({ dependencies: { express: "5" }, devDependencies: { typescript: "5" } }),
      "node_modules/express": { link: ".pnpm/express@5.0.0/node_modules/express" },
      "node_modules/typescript": { link: ".pnpm/typescript@5.0.0/node_modules/typescript" },
      [`${store}/express@5.0.0/node_modules/express/package.json`]: json({ dependencies: { accepts: "2" } }),
      [`${store}/express@5.0.0/node_modules/accepts`]: { link: "../../accepts@2.0.0/node_modules/accepts" },
      [`${store}/accepts@2.0.0/node_modules/accepts/package.json`]: json({}),
      [`${store}/typescript@5.0.0/node_modules/typescript/package.json`]: json({ bin: { tsc: "tsc.js" } }),
      [`${store}/node_modules/accepts`]: { link: "../accepts@2.0.0/node_modules/accepts" },
      [`${store}/node_modules/typescript`]: { link: "../typescript@5.0.0/node_modules/typescript" },
      [`${store}/lock.yaml`]: "lock",
      "node_modules/.bin/tsc": ["x", "#!/bin/sh"],
      "node_modules/.modules.yaml": "prunedAt: now",
    });
    expect(modules(paths)).toEqual([
      "node_modules/.pnpm/accepts@2.0.0/node_modules/accepts/package.json",
      "node_modules/.pnpm/express@5.0.0/node_modules/accepts -> ../../accepts@2.0.0/node_modules/accepts",
      "node_modules/.pnpm/express@5.0.0/node_modules/express/package.json",
      "node_modules/.pnpm/node_modules/accepts -> ../accepts@2.0.0/node_modules/accepts",
      "node_modules/express -> .pnpm/express@5.0.0/node_modules/express",
    ]);
  });

  test("of a workspace: those of the package that the service is in, and of the packages that it uses", async () => {
    const tree: Tree = {
      "package.json": json({ workspaces: ["apps/*", "lib"], devDependencies: { turbo: "2" } }),
      "apps/web/package.json": json({ dependencies: { express: "5", lib: "*" }, devDependencies: { vite: "7" } }),
      "apps/web/dist/server.js": "serve",
      "apps/mail/package.json": json({ dependencies: { nodemailer: "7" } }),
      "lib/package.json": json({ name: "lib", dependencies: { zod: "4" }, devDependencies: { vitest: "4" } }),
      "lib/index.js": "lib",
      "node_modules/lib": { link: "../lib" },
      "node_modules/mail": { link: "../apps/mail" },
      ...package_("express"),
      ...package_("zod"),
      ...package_("vite"),
      ...package_("vitest"),
      ...package_("turbo"),
      ...package_("nodemailer"),
    };
    const { paths } = await released(tree, { files: ["apps/web/dist/", "lib/", "node_modules/"] });
    expect(modules(paths)).toEqual([
      "node_modules/express/package.json",
      "node_modules/lib -> ../lib",
      "node_modules/zod/package.json",
    ]);
  });

  test("of two services what either needs", async () => {
    const tree: Tree = {
      "a/package.json": json({ dependencies: { one: "1" } }),
      "b/package.json": json({ dependencies: { two: "1" } }),
      "a/a.js": "a",
      "b/b.js": "b",
      ...package_("one"),
      ...package_("two"),
      ...package_("three"),
    };
    const services = Object.fromEntries(
      ["a", "b"].map((name) => [
        name,
        service({ run: `node ${name}/${name}.js`, files: [`${name}/`, "node_modules/"], route: `/${name}` as const }),
      ]),
    );
    const { paths, leftOut } = await released(tree, {
      project: defineProject({ name: "both", pipeline: {}, services }),
    });
    expect(modules(paths)).toEqual(["node_modules/one/package.json", "node_modules/two/package.json"]);
    expect(leftOut.development).toMatchObject({ files: 1 });
  });

  test("with what is built for this platform, what a package brings along, and what it expects of its user", async () => {
    const { paths } = await released({
      ...app({ dependencies: { sharp: "1", bundler: "1", plugin: "1" }, devDependencies: { host: "1", types: "1" } }),
      ...package_("sharp", { optionalDependencies: { "@img/sharp-linux": "1", "@img/sharp-win32": "1" } }),
      ...package_("@img/sharp-linux"),
      "node_modules/@img/sharp-linux/sharp.node": "\u007fELF",
      ...package_("@types/node"),
      ...package_("bundler", { bundleDependencies: ["inner"], dependencies: { inner: "1" } }),
      ...package_("bundler/node_modules/inner"),
      ...package_("bundler/node_modules/silent"),
      ...package_("plugin", {
        peerDependencies: { host: "1", types: "1" },
        peerDependenciesMeta: { types: { optional: true } },
      }),
      ...package_("host"),
      ...package_("types"),
    });
    const packages = modules(paths).filter((path) => path.endsWith("package.json"));
    expect(packages.map((path) => path.replace("/package.json", ""))).toEqual([
      "node_modules/@img/sharp-linux",
      "node_modules/bundler/node_modules/inner",
      "node_modules/bundler/node_modules/silent",
      "node_modules/bundler",
      "node_modules/host",
      "node_modules/plugin",
      "node_modules/sharp",
    ]);
    expect(paths).toContain("node_modules/@img/sharp-linux/sharp.node");
  });

  test.each([
    ["npx prisma migrate deploy", ["node_modules/prisma/package.json"]],
    ["node --import tsx dist/server.js", ["node_modules/tsx/package.json"]],
    ["node -r @scope/env/config dist/server.js", ["node_modules/@scope/env/package.json"]],
    ["npm run start:prod", ["node_modules/nest/package.json"]],
    [["node", "node_modules/.bin/tsx", "a.ts"], ["node_modules/tsx/package.json"]],
    ["node dist/server.js", []],
  ] as const)("and those of the development that %j names", async (run, packages) => {
    const { paths } = await released(
      {
        ...app({
          scripts: { "start:prod": "npm run nest-start", "nest-start": "NODE_ENV=production nest start", test: "tsx" },
          devDependencies: { prisma: "6", tsx: "4", "@scope/env": "1", "@nest/cli": "11", node: "24", nest: "1" },
        }),
        ...package_("prisma", { bin: "cli.js" }),
        ...package_("tsx", { bin: { tsx: "cli.js" } }),
        ...package_("@scope/env"),
        ...package_("nest", { bin: { nest: "cli.js" } }),
        ...package_("node", { bin: { node: "bin/node" } }),
      },
      { project: project(files, { run }) },
    );
    expect(modules(paths)).toEqual(packages);
  });

  test("and whatever npm's lock file marks as needed", async () => {
    const { paths } = await released({
      ...app({ dependencies: { one: "1" } }),
      ...package_("one"),
      ...package_("two"),
      ...package_("three"),
      "package-lock.json": json({
        lockfileVersion: 3,
        packages: {
          "": {},
          "node_modules/one": {},
          "node_modules/two": {},
          "node_modules/three": { dev: true },
          "node_modules/four": {},
        },
      }),
    });
    expect(modules(paths)).toEqual(["node_modules/one/package.json", "node_modules/two/package.json"]);
  });

  test("whatever templates and fixtures among the files say", async () => {
    const { paths, leftOut } = await released({
      ...app({ dependencies: { one: "1" }, devDependencies: { two: "1" } }),
      ...package_("one"),
      ...package_("two"),
      "dist/template/package.json": "{{name}}",
      "dist/starter/package.json": json({ dependencies: { react: "19" } }),
    });
    expect(modules(paths)).toEqual(["node_modules/one/package.json"]);
    expect(leftOut).toEqual({ development: { files: 1, bytes: 14 } });
  });

  test("what a bundler has put together is taken as it is", async () => {
    const tree: Tree = {
      ...app({ dependencies: { next: "15", unused: "1" }, devDependencies: { two: "1" } }),
      ...package_("next"),
      ".next/standalone/package.json": json({ dependencies: { next: "15", unused: "1" } }),
      ".next/standalone/node_modules/next/package.json": json({}),
      ".next/standalone/node_modules/traced/package.json": json({}),
    };
    const { paths, leftOut } = await released(tree, { files: [".next/standalone/"], outputs: [".next/"] });
    expect(modules(paths)).toHaveLength(2);
    expect(leftOut).toEqual({});
  });

  test("a package that `files` names is taken as it is", async () => {
    const { paths } = await released(npm, { files: ["node_modules/typescript/"] });
    expect(modules(paths)).toEqual(["node_modules/typescript/package.json", "node_modules/typescript/tsc.js"]);
  });
});

describe("promise 18: where it cannot be told what production needs, all is released, and it is said why", () => {
  const tree: Tree = { "dist/server.js": "serve", ...package_("one"), ...package_("two") };

  test.each([
    ["there is no package.json", {}],
    ["package.json cannot be understood", { "package.json": "{" }],
    ["gone, which package.json names, is not installed", { "package.json": json({ dependencies: { gone: "1" } }) }],
  ] as const)("%s", async (because, more: Tree) => {
    const { paths, leftOut } = await released({ ...tree, ...more }, { files: ["dist/", "node_modules/"] });
    expect(modules(paths)).toEqual(["node_modules/one/package.json", "node_modules/two/package.json"]);
    expect(leftOut).toEqual({ doubts: [because] });
  });
});
