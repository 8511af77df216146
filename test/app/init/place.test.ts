import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { init } from "../../../src/app/init/init.ts";
import { tempFolder } from "../../support/temp-folder.ts";

async function initIn(files: Readonly<Record<string, string>>) {
  const folder = tempFolder({ "package.json": `{ "name": "shop", "scripts": { "lint": "x" } }`, ...files });
  const written = await init({ folder, env: process.env }, { force: false });
  if (!written.ok) throw new Error(JSON.stringify(written.failures));
  const { path, ignored, file } = written.value;
  return { folder, path, ignored, text: readFileSync(file, "utf8") };
}

describe("where the definition goes", () => {
  it.each([
    ["without a compiler or a linter, at the root", {}, "tidegate.config.ts"],
    ["a programme of everything", { "tsconfig.json": "{}" }, ".config/tidegate.config.mts"],
    ["one of all files by a pattern", { "tsconfig.json": `{ "include": ["**/*.ts"] }` }, ".config/tidegate.config.mts"],
    ["one of the folder", { "tsconfig.json": `{ "include": ["./"], }` }, ".config/tidegate.config.mts"],
    ["one of the sources", { "tsconfig.json": `{ "include": ["src", "vite.config.ts"] } // x` }, "tidegate.config.ts"],
    ["one of a list of files", { "tsconfig.json": `{ "files": ["a.ts"] }` }, "tidegate.config.ts"],
    ["one that leaves it out", { "tsconfig.json": `{ "exclude": ["*.config.ts"] }` }, "tidegate.config.ts"],
    [
      "one that takes its files from another",
      { "tsconfig.json": `{ "extends": "./base" }`, "base.json": `{ "include": ["src/**/*"] }` },
      "tidegate.config.ts",
    ],
    [
      "one beside it for settings",
      { "tsconfig.json": `{ "files": [] }`, "tsconfig.node.json": `{ "include": ["*.config.ts"] }` },
      ".config/tidegate.config.mts",
    ],
    ["xo", { "package.json": '{ "devDependencies": { "xo": "1" } }' }, ".config/tidegate.config.mts"],
    ["old settings of ESLint", { ".eslintrc.cjs": "" }, ".config/tidegate.config.mts"],
  ])("%s", async (_, files, path) => {
    const found = await initIn(files);
    expect(found.path).toBe(path);
    expect(found.text).not.toContain("eslint-disable");
  });

  it("tells ESLint to leave it alone, and has a programme of its own where rules ask for types", async () => {
    const { text, folder } = await initIn({ "eslint.config.mjs": "{ projectService: true }" });
    expect(text).toMatch(/^\/\* eslint max-lines: \["warn", 1\] \*\/\n\/\* eslint-disable \*\/\nimport /);
    expect(readFileSync(join(folder, ".config/tsconfig.json"), "utf8")).toContain(`"include": ["*.mts"]`);
  });

  it("keeps what Docker and npm make as it was", async () => {
    const { ignored, folder } = await initIn({
      Dockerfile: "FROM scratch\nCOPY . .\n",
      ".npmignore": "test/\n",
      ".gitignore": "/.tidegate",
    });
    const added = [".tidegate/", "tidegate.config.ts"];
    expect(ignored).toEqual([
      { file: ".dockerignore", added },
      { file: ".npmignore", added },
    ]);
    expect(readFileSync(join(folder, ".npmignore"), "utf8")).toBe("test/\n.tidegate/\ntidegate.config.ts\n");
  });
});

describe("how the definition is laid out", () => {
  const lint = (text: string) => text.slice(text.indexOf("const lint"), text.indexOf("export default")).trim();

  it("as the project's formatter would", async () => {
    const prettier = await initIn({
      ".prettierrc": "semi: false\nsingleQuote: true\nuseTabs: true\ntrailingComma: none\n",
    });
    expect(lint(prettier.text)).toMatch(
      /^const lint = task\(\{\n\trun: 'npm run lint',\n[\s\S]*stage: 'verify'\n\}\)$/,
    );
    const biome = await initIn({ "biome.json": `{ "javascript": { "formatter": { "quoteStyle": "single" } } }` });
    expect(lint(biome.text)).toMatch(/^const lint = task\(\{\n\trun: 'npm run lint',/);
  });

  it("as the project's other settings are", async () => {
    const { text } = await initIn({
      "vite.config.ts": "import { defineConfig } from 'vite'\nexport default defineConfig({\n    x: 1,\n})\n",
    });
    expect(lint(text)).toMatch(/^const lint = task\(\{\n {4}run: 'npm run lint',[\s\S]*\}\)$/);
  });
});
