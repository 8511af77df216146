import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runCli } from "../support/cli.ts";
import { tempFolder, writeFiles } from "../support/temp-folder.ts";

const server = {
  "package.json": JSON.stringify({ name: "shop", scripts: { start: "node server.js" } }),
  "server.js": 'process.env.LEVEL; require("http").createServer().listen(process.env.PORT);',
};

/** The lines below "Before real users come". */
function linesFor(stderr: string): string[] {
  const lines = stderr.trimEnd().split("\n");
  return lines.slice(lines.findIndex((line) => line.startsWith("Before real users come")) + 1);
}

describe("the end of init", () => {
  it("has lines for production that can be pasted as they are", async () => {
    const cwd = tempFolder(server);
    const { code, stderr } = await runCli(["init"], { cwd });
    expect(code).toBe(0);
    const lines = linesFor(stderr);
    const file = join(cwd, /wrote (\S+):/.exec(stderr)?.[1] ?? "");
    const imports = lines.filter((line) => line.includes("import "));
    const config = lines.slice(lines.findIndex((line) => line.includes("config: {")));
    const entries = config.slice(0, config.indexOf("  },") + 1);
    const [health = "", driver = ""] = ["health:", "driver:"].map((key) => lines.find((line) => line.includes(key)));
    expect(entries).toContain("    LEVEL: z.string().optional(),");
    const text = `${imports.join("\n")}\n${readFileSync(file, "utf8")}`
      .replace("service({\n", () => `service({\n${health}\n`)
      .replace("defineProject({\n", () => `defineProject({\n${entries.join("\n")}\n`)
      .replace(/(production: \{\s*)driver: local\([^)]*\),/, (_, before: string) => `${before}${driver}\n`);
    writeFiles(cwd, { [file.slice(cwd.length + 1)]: text });
    expect(await runCli(["check"], { cwd })).toMatchObject({ code: 0, stderr: expect.not.stringContaining("error") });
  });

  it("offers to import the config of a dotenv file, with a command that works", async () => {
    const cwd = tempFolder({ ...server, ".env.example": "LEVEL=debug\nAPI_TOKEN=\n" });
    const { stderr } = await runCli(["init"], { cwd });
    const line = linesFor(stderr).find((one) => one.includes("config import")) ?? "";
    expect(line).toMatch(/ config import \.env\.example$/);
    const { code, stdout } = await runCli(line.slice(line.indexOf("config import")).split(" "), { cwd });
    expect({ code, hasKey: stdout.includes("API_TOKEN: secret(") }).toEqual({ code: 0, hasKey: true });
  });

  it("says nothing of production where nothing is served", async () => {
    const cwd = tempFolder({ "package.json": JSON.stringify({ name: "lib", scripts: { test: "node --test" } }) });
    expect((await runCli(["init"], { cwd })).stderr).not.toContain("Before real users come");
  });
});
