import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runCli } from "../support/cli.ts";
import { tempFolder, writeFiles } from "../support/temp-folder.ts";

/** Does what the hint says, word for word: its import goes to the top, its entries into `defineProject`. */
function follow(cwd: string, stderr: string): void {
  const file = join(cwd, "tidegate.config.ts");
  const block = stderr.slice(stderr.indexOf("hint:"));
  const [top = "", entries = ""] = block.split(/^.*In defineProject\(\{ … \}\):$/m);
  const statement = top.split("\n").find((line) => line.includes("import")) ?? "";
  const text = `${statement.trim()}\n${readFileSync(file, "utf8")}`;
  writeFiles(cwd, { "tidegate.config.ts": text.replace("defineProject({\n", () => `defineProject({\n${entries}\n`) });
}

const entry = 'export default defineProject({\n  name: "shop",\n  pipeline: { hello },\n});\n';
const bare = `import { defineProject, task } from "tidegate";\nconst hello = task({ run: "true" });\n${entry}`;
const withService = bare
  .replace("task }", "service, task }")
  .replace(
    "pipeline: { hello },",
    'pipeline: { hello },\n  services: { web: service({ run: "node server.js", files: ["server.js"] }) },',
  );
const files = {
  "server.js": "",
  "package.json": JSON.stringify({ name: "shop", scripts: { start: "node server.js" } }),
};

describe("the hint of a ship that has nowhere to go", () => {
  it.each([
    ["no services and no environments", { ...files, "tidegate.config.ts": bare }],
    ["no environments", { ...files, "tidegate.config.ts": withService }],
    ["no services and no environments", { "public/index.html": "", "tidegate.config.ts": bare }],
  ])("works as it stands where there are %s", async (what, tree) => {
    const cwd = tempFolder(tree);
    const { code, stderr } = await runCli(["ship"], { cwd });
    expect({ code, first: stderr.split("\n")[0] }).toEqual({
      code: 2,
      first: `error[unknown-environment]: The definition has ${what} to ship to`,
    });
    follow(cwd, stderr);
    const checked = await runCli(["check"], { cwd });
    expect(checked).toMatchObject({ code: 0, stderr: expect.not.stringContaining("error") });
    expect(checked.stdout + checked.stderr).toContain("1 service, 2 environments");
  });

  it("works as it stands where only the services are missing", async () => {
    const environments = bare
      .replace("task }", "local, rolling, task }")
      .replace(
        "pipeline: { hello },",
        "pipeline: { hello },\n  environments: { staging: { driver: local(), strategy: rolling() } },",
      );
    const cwd = tempFolder({ ...files, "tidegate.config.ts": environments });
    const { code, stderr } = await runCli(["release"], { cwd });
    expect({ code, first: stderr.split("\n")[0] }).toEqual({
      code: 2,
      first: "error[unknown-service]: The definition has no services, so there is nothing to release",
    });
    follow(cwd, stderr);
    expect(await runCli(["check"], { cwd })).toMatchObject({ code: 0 });
  });
});
