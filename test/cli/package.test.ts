import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, inject, it } from "vitest";
import { tempFolder } from "../support/temp-folder.ts";

const root = join(import.meta.dirname, "../..");
const execute = promisify(execFile);

/** A folder that has Tidegate and TypeScript installed, and compiles this file. */
async function compile(source: string): Promise<string> {
  const folder = tempFolder({
    "package.json": `{ "type": "module" }`,
    "tidegate.config.ts": source,
    "tsconfig.json": JSON.stringify({
      compilerOptions: { module: "nodenext", strict: true, noEmit: true, types: [] },
      files: ["tidegate.config.ts"],
    }),
    "node_modules/.keep": "",
  });
  for (const name of ["zod", "typescript"]) {
    symlinkSync(join(root, "node_modules", name), join(folder, "node_modules", name));
  }
  symlinkSync(inject("builtPackage"), join(folder, "node_modules/tidegate"));
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  const { stdout } = await execute(process.execPath, [compiler, "-p", "."], { cwd: folder }).catch((error) => error);
  return stdout;
}

const definition = (level: string) => `import { defineProject, differs, local, rolling, task } from "tidegate";
import { z } from "zod";
const build = task({ run: "make", inputs: ["src/**"] });
export default defineProject({
  name: "shop",
  pipeline: { build },
  config: { LOG_LEVEL: differs(z.enum(["debug", "info"]), "staging is chatty") },
  environments: {
    staging: { driver: local(), strategy: rolling(), config: { LOG_LEVEL: "${level}" } },
  },
});
`;

describe("the built package", () => {
  it("gives a definition its types: what is right compiles, what is wrong is a red line", async () => {
    expect(await compile(definition("debug"))).toBe("");
    expect(await compile(definition("loud"))).toMatch(/^tidegate\.config\.ts\(9,\d+\): error TS2322: .*"loud"/);
  });

  it("exports the builders and nothing that does work", async () => {
    const builders = await import(join(inject("builtPackage"), "dist/index.js"));
    expect(Object.keys(builders)).toEqual(expect.arrayContaining(["defineProject", "task", "service", "local"]));
    expect(readFileSync(join(inject("builtPackage"), "dist/index.js"), "utf8")).not.toMatch(/["'`]node:/);
  });

  it("has everything in one folder, every file that another one names", () => {
    const dist = join(inject("builtPackage"), "dist");
    for (const name of readdirSync(dist).filter((file) => file.endsWith(".js"))) {
      const text = readFileSync(join(dist, name), "utf8");
      for (const [, file] of text.matchAll(/(?:from|import\(|import)\s*["'`]\.\/([^"'`$]+)["'`]/g)) {
        expect([name, file, existsSync(join(dist, file!))]).toEqual([name, file, true]);
      }
    }
  });
});
