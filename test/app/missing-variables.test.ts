import { join } from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import { withMissingVariables } from "../../src/app/deploy/missing-variables.ts";
import type { Failure } from "../../src/errors/failure.ts";
import { defineProject, service } from "../../src/index.ts";
import { tempFolder } from "../support/temp-folder.ts";

const silent: Failure = {
  code: "instance-exited",
  message: "Instance d1-web-1 exited on its own (exit status 1)",
  cause: "It wrote nothing. What was started: node server.js",
  hint: "Start it.",
};

/** The hint of a failure, in a project with these files whose definition gives LOG_FORMAT. */
function hintOf(failure: Failure, files: Readonly<Record<string, string>>): string | undefined {
  const web = service({ run: "node server.js", files: ["server.js"] });
  const project = defineProject({ name: "shop", pipeline: {}, services: { web }, config: { LOG_FORMAT: z.string() } });
  const folder = tempFolder(files);
  return withMissingVariables({ folder, file: join(folder, "tidegate.config.ts"), project }, [failure])[0]!.hint;
}

const sources = { "server.js": "connect(process.env.MYSQL_HOST, process.env.LOG_FORMAT, process.env.PORT);\n" };

test("promise 22: who starts a program that ends without a word is told what it asks for and is not given", () => {
  expect(hintOf(silent, { ...sources, ".env.example": "MYSQL_USER=me\nNODE_ENV=production\n" })).toBe(
    [
      "Start it.",
      "The definition does not give it what the project asks for: MYSQL_HOST, MYSQL_USER.",
      "Those of .env.example as config for the definition: tidegate config import .env.example",
    ].join("\n"),
  );
});

test("without a file that lists them, the line that declares one is told", () => {
  expect(hintOf(silent, sources)).toContain("`config` of tidegate.config.ts: MYSQL_HOST: secret(z.string())");
});

test("of a program that says something else, or has all it asks for, nothing is added", () => {
  const said = { ...silent, cause: "Last output:\nSyntaxError: Unexpected token" };
  expect(hintOf(said, sources)).toBe("Start it.");
  expect(hintOf({ ...said, cause: "Last output:\nMYSQL_HOST is not set" }, sources)).toContain("asks for: MYSQL_HOST");
  expect(hintOf(silent, { "server.js": "" })).toBe("Start it.");
});
