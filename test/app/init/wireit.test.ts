import { describe, expect, it } from "vitest";
import { tempFolder, writeFiles } from "../../support/temp-folder.ts";
import { run, takeOver } from "./repositories.ts";

const json = (value: unknown) => JSON.stringify(value, undefined, 2);

function project(): string {
  return tempFolder({
    "package.json": json({
      name: "acme",
      workspaces: ["packages/*"],
      scripts: { build: "wireit", test: "wireit", "check:format": "node -e 0", serve: "wireit" },
      wireit: {
        build: { dependencies: ["./packages/lib:build", { script: "./packages/web:build", cascade: false }] },
        test: {
          command: "node test.mjs",
          dependencies: ["build", "check:format", "serve", "nowhere"],
          files: ["test.mjs", "missing/*.js"],
          output: [],
          env: { MODE: "a b", TOKEN: { external: true, default: "none" } },
        },
        serve: { command: "node serve.mjs", service: { readyWhen: { lineMatches: "^listening on" } } },
      },
    }),
    "test.mjs": `import { readFileSync } from "node:fs";
if (process.env.MODE !== "a b" || process.env.TOKEN !== "none") process.exit(1);
process.exit(readFileSync("packages/web/lib/main.js", "utf8") === "2" ? 0 : 1);`,
    "serve.mjs": `console.log("listening on", process.env.PORT); setInterval(() => {}, 1000);`,
    "packages/lib/package.json": json({
      name: "lib",
      scripts: { build: "wireit" },
      wireit: {
        build: {
          command: "mkdir -p lib && cp src/* lib/",
          files: ["src/**", "!src/**/*.md"],
          output: ["lib/**"],
          clean: "if-file-deleted",
        },
      },
    }),
    "packages/lib/src/main.js": "1",
    "packages/web/package.json": json({
      name: "web",
      scripts: { build: "wireit" },
      wireit: {
        build: {
          command: "cat ../lib/lib/main.js && mkdir -p lib && printf 2 > lib/main.js",
          dependencies: ["../lib:build"],
          files: ["../../test.mjs", "../../../../outside"],
          output: ["lib/*.js", "lib/*.map"],
        },
      },
    }),
  });
}

describe("init in a repository with wireit", () => {
  it("takes over scripts of all packages, and what they depend on", async () => {
    const cwd = project();
    const { text, left } = await takeOver(cwd);
    expect(text).toContain(`const libBuild = task({
  run: 'cd packages/lib && PATH="$PWD/node_modules/.bin:$PATH" && mkdir -p lib && cp src/* lib/',
  inputs: ["packages/lib/src/**", "!packages/lib/src/**/*.md"],
  outputs: ["packages/lib/lib/"],
});`);
    expect(text).toContain(`  outputs: ["packages/web/{lib/*.js,lib/*.map}"],`);
    expect(text).toContain(`const build = task({\n  run: "true",\n  needs: [libBuild, webBuild],\n  inputs: [],\n});`);
    expect(text).toContain(`    serve: { run: "node serve.mjs", ready: { output: "listening on" } },`);
    expect(text).toContain(`"lib.build": libBuild`);
    expect(left).toEqual(
      [
        "packages/lib/package.json: wireit.build.clean: outputs are always removed before a run: incremental builds start from scratch",
        'package.json: wireit.build.dependencies: "cascade": false of ./packages/web:build: what it writes counts for the fingerprint',
        expect.stringContaining('packages/web/package.json: wireit.build.files: "../../../../outside"'),
        expect.stringContaining("package.json: wireit.test.dependencies: nowhere"),
        expect.stringContaining("package.json: wireit.serve.service: ready is a text"),
        'test: inputs: "missing/*.js": it matches no file',
      ].map((each) => (typeof each === "string" ? expect.stringContaining(each) : each)),
    );
    expect(await run(cwd)).toEqual(["build ran", "check-format ran", "lib.build ran", "test ran", "web.build ran"]);
    expect(await run(cwd)).toEqual(
      ["build hit", "check-format ran", "lib.build hit", "test hit", "web.build hit"].map((each) =>
        each === "test hit" ? expect.stringMatching(/^test /) : each,
      ),
    );
    writeFiles(cwd, { "packages/lib/src/main.js": "3" });
    expect(await run(cwd)).toContain("web.build ran");
  });
});
