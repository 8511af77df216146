import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { checkDocuments } from "../../src/app/documents/check.ts";
import { placesIn } from "../../src/app/documents/places.ts";
import { writeDocuments } from "../../src/app/documents/write.ts";
import { withSession } from "../../src/app/session.ts";
import { documentNames, factsName } from "../../src/documents/names.ts";
import { tempFolder, writeFiles } from "../support/temp-folder.ts";
import { failureOf, lendPackages, portsFor, unwrap } from "./ports.ts";

const definition = `import { defineProject, differs, local, rolling, service, task } from "tidegate";
import { z } from "zod";
const build = task({ run: "make", inputs: ["src/**"], outputs: ["dist/"] });
const web = service({ run: "node dist/server.js", files: ["dist/"], health: "/healthz" });
export default defineProject({
  name: "small",
  pipeline: { build },
  services: { web },
  config: { LEVEL: differs(z.enum(["debug", "info"]), "staging is chatty") },
  environments: {
    staging: { driver: local(), strategy: rolling(), config: { LEVEL: "debug" } },
    production: { driver: local(), strategy: rolling(), after: "staging", config: { LEVEL: "info" } },
  },
});
`;

function projectFolder(content = definition): string {
  const folder = tempFolder({ "tidegate.config.ts": content, "src/a.c": "" });
  lendPackages(folder);
  return folder;
}

const placesOf = (folder: string) => placesIn(join(folder, "docs"));

async function write(folder: string, force = false) {
  return withSession(portsFor(folder), "look", (session) =>
    writeDocuments(session, { places: placesOf(folder), force }),
  );
}

async function check(folder: string) {
  return checkDocuments(portsFor(folder), { places: placesOf(folder), strict: false });
}

/** The same documents beside another definition, which is loaded anew: a definition is imported once per process. */
function cloneWith(folder: string, content: string): string {
  const clone = projectFolder(content);
  const copied = Object.values(placesOf(folder)).map((path) => [
    `docs/${path.split("/").at(-1)}`,
    readFileSync(path, "utf8"),
  ]);
  writeFiles(clone, Object.fromEntries(copied));
  return clone;
}

describe("the four documents", () => {
  test("are written beside the facts that they are made of, and are true then", async () => {
    const folder = projectFolder();
    unwrap(await write(folder));
    expect(readdirSync(join(folder, "docs")).sort()).toEqual([...documentNames, factsName].sort());
    expect(unwrap(await check(folder))).toEqual({ moved: [] });
  });

  test("are checked in a fresh clone, where nothing but the repository is known", async () => {
    const folder = projectFolder();
    unwrap(await write(folder));
    expect((await check(cloneWith(folder, definition))).ok).toBe(true);
  });

  test("fail their check once the definition says something else, and the failure says what", async () => {
    const folder = projectFolder();
    unwrap(await write(folder));
    const failure = failureOf(await check(cloneWith(folder, definition.replace('"make"', '"make all"'))));
    expect(failure).toMatchObject({ code: "documents-stale", cause: 'tasks.build.run: "make" → "make all"' });
    expect(failure.hint).toContain("tidegate docs --out docs");
  });

  test("keep what a person wrote, and tell an edit anywhere else", async () => {
    const folder = projectFolder();
    unwrap(await write(folder));
    const path = placesOf(folder)["DevOps_Pipeline_Specifications.md"];
    const before = readFileSync(path, "utf8");
    writeFileSync(path, before.replace("<!-- written: tools -->\n", "<!-- written: tools -->\nWe like make.\n"));
    expect((await check(folder)).ok).toBe(true);
    unwrap(await write(folder));
    expect(readFileSync(path, "utf8")).toContain("We like make.");
    writeFileSync(path, readFileSync(path, "utf8").replace("Tools", "Toys"));
    expect(failureOf(await check(folder)).code).toBe("documents-edited");
    expect(failureOf(await write(folder)).code).toBe("documents-edited");
    expect(readFileSync(path, "utf8")).toContain("Toys");
    unwrap(await write(folder, true));
    expect(readFileSync(path, "utf8")).not.toContain("Toys");
    expect(readFileSync(path, "utf8")).toContain("We like make.");
  });
});
