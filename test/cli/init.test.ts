import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { binFile, runCli } from "../support/cli.ts";
import { tempFolder, writeFiles } from "../support/temp-folder.ts";

const manifest = (fields: object) => JSON.stringify({ name: "@acme/My Shop", ...fields });

/** Others may listen on the usual port of this machine; then another one is chosen. */
function atUsualPort(text: string): string {
  const plain = text.replaceAll(/local\(\{\s*url: "http:\/\/\w+\.localhost:\d+",?\s*\}\)/g, "local()");
  const flat = plain.replaceAll(
    /\{\s*(driver: local\(\)[^}]*?),?\s*\}/g,
    (_, inner: string) => `{ ${inner.replaceAll(/\s+/g, " ")} }`,
  );
  return flat.replaceAll(/(localhost|127\.0\.0\.1):\d+/g, "$1:8080");
}

describe("init", () => {
  it("writes a definition for a Node project that runs as it is", async () => {
    const cwd = tempFolder({
      "package.json": manifest({
        type: "module",
        main: "dist/server.js",
        scripts: { build: "node build.mjs", test: "node --test", start: "node dist/server.js", lint: "node -e 0" },
      }),
      "build.mjs": `import { mkdirSync, writeFileSync } from "node:fs";
mkdirSync("dist");
writeFileSync("dist/server.js", "");`,
      "src/index.js": "export const port = process.env.PORT;\n",
      "test/a.test.js": "",
      "README.md": "",
      ".eslintrc.json": "{}",
    });
    const { code, stdout, stderr } = await runCli(["init"], { cwd });
    expect({ code, stdout, stderr: atUsualPort(stderr) }).toEqual({
      code: 0,
      stdout: "",
      stderr: `✔ wrote .config/tidegate.config.mts: found Node (npm)
✔ added .tidegate/, dist/ to .gitignore

Next:
  node ${binFile()} init --try  runs it in a copy, and tells what to correct
  node ${binFile()} check       finds what is wrong without running anything
  node ${binFile()} run         runs the pipeline

Then, to http://staging.localhost:8080 and http://production.localhost:8080:
  node ${binFile()} ship

Before real users come, in .config/tidegate.config.mts:
  health: "/", // in web: a path that answers 2xx once it can take requests
  driver: local({ url: "https://www.example.org", listen: "127.0.0.1:8080" }), // in production: its address
`,
    });
    expect(
      atUsualPort(readFileSync(join(cwd, ".config/tidegate.config.mts"), "utf8")),
    ).toBe(`import { defineProject, local, rolling, service, task } from "tidegate";

// A task is cached by what it says it reads: every file that may change its result has to be in \`inputs\`.
const lint = task({
  run: "npm run lint",
  inputs: [".eslintrc.json", "build.mjs", "package.json", "src/**", "test/**"],
  stage: "verify",
});

const build = task({
  run: "npm run build",
  inputs: [".eslintrc.json", "build.mjs", "package.json", "src/**"],
  outputs: ["dist/"],
});

const test = task({
  run: "npm test",
  needs: [build],
  inputs: [".eslintrc.json", "build.mjs", "package.json", "src/**", "test/**"],
  stage: "verify",
});

// The service gets the port to listen on in PORT. With \`health\`, it gets requests once that path answers 2xx.
const web = service({
  run: "node dist/server.js",
  files: ["dist/", "package.json"],
});

export default defineProject({
  name: "my-shop",
  pipeline: { lint, build, test },
  services: { web },
  environments: {
    staging: { driver: local(), strategy: rolling() },
    production: { driver: local(), strategy: rolling(), after: "staging" },
  },
});
`);
    expect((await runCli(["check"], { cwd })).stdout).toMatch(
      /^✔ my-shop: 3 tasks, 1 service, 2 environments, no problems\n/,
    );
    expect((await runCli(["run"], { cwd })).stderr).toMatch(/✔ run 1 succeeded in .+: 3 ran\n$/);
    expect((await runCli(["run"], { cwd })).stderr).toMatch(/✔ run 2 succeeded in .+: 3 hits\n$/);
  });

  it.each<[string, Record<string, string>, string, string[]]>([
    [
      "pnpm",
      { "package.json": manifest({ devDependencies: { x: "1" } }), "pnpm-lock.yaml": "" },
      "Node (pnpm)",
      ['run: "pnpm install --frozen-lockfile"', 'inputs: ["package.json", "pnpm-lock.yaml"]'],
    ],
    [
      "yarn",
      {
        "package.json": manifest({ dependencies: { x: "1" } }),
        "yarn.lock": "",
        ".yarnrc.yml": "nodeLinker: node-modules\n",
      },
      "Node (yarn)",
      ['run: "yarn install --immutable"', 'inputs: ["package.json", "yarn.lock", ".yarnrc.yml"]'],
    ],
    [
      "bun",
      { "package.json": manifest({ dependencies: { x: "1" }, scripts: { build: "vite build" } }), "bun.lock": "" },
      "Node (bun)",
      ['run: "bun install --frozen-lockfile"', 'run: "bun run build"', 'outputs: ["dist/"]'],
    ],
    [
      "npm without a lock file",
      { "package.json": manifest({ dependencies: { x: "1" } }) },
      "Node (npm)",
      ['run: "npm install --no-package-lock"', 'outputs: ["node_modules/"]'],
    ],
    [
      "a compiler's output folder",
      {
        "package.json": manifest({ scripts: { build: "tsc -p ." } }),
        "tsconfig.json": `{\n  // comment\n  "compilerOptions": { "outDir": "./build" }\n}`,
      },
      "Node (npm)",
      ['outputs: ["build/"]'],
    ],
    [
      "a build that writes nobody knows where",
      { "package.json": manifest({ scripts: { build: "sh make-it.sh" } }), "make-it.sh": "" },
      "Node (npm)",
      ["cache: false, // list what it writes in `outputs` and it can be cached"],
    ],
    [
      "Python with requirements",
      { "requirements.txt": "nowhere-to-be-found\npytest\n", "app.py": "", "tests/test_app.py": "" },
      "Python (pip)",
      [
        "python3 -m venv --copies .venv && .venv/bin/python -m pip install",
        'outputs: [".venv/"]',
        'run: ".venv/bin/python -m pytest -p no:cacheprovider"',
        'inputs: ["app.py", "requirements.txt", "tests/**", "!**/__pycache__/**", "!**/*.pyc"]',
      ],
    ],
    [
      "Python with uv",
      {
        "pyproject.toml": `[project]\nname = "acme_tool"\ndependencies = ["nowhere-to-be-found"]\n`,
        "uv.lock": "",
        "tests/test_a.py": "",
      },
      "Python (uv)",
      [
        'name: "acme-tool"',
        'run: "python3 -m venv --copies .venv && uv sync --frozen --no-install-project"',
        'run: ".venv/bin/python -m unittest discover -s tests -t ."',
      ],
    ],
    [
      "Go",
      { "go.mod": "module example.com/acme/tool/v2\n", "main.go": "package main" },
      "Go",
      ['name: "tool"', 'run: "go test ./..."', 'inputs: ["go.mod", "main.go"]'],
    ],
    [
      "Rust",
      { "Cargo.toml": `[package]\nname = "tool"\nversion = "1.0.0"\n`, "Cargo.lock": "", "src/main.rs": "" },
      "Rust (Cargo)",
      ['run: "cargo build --release --locked"', 'outputs: ["target/release/tool"]', 'run: "cargo test --locked"'],
    ],
    [
      "Maven",
      {
        "pom.xml": "<project><parent><artifactId>parent</artifactId></parent><artifactId>shop</artifactId></project>",
        mvnw: "",
        "src/main/A.java": "",
      },
      "Java (Maven)",
      ['name: "shop"', 'run: "./mvnw -B -ntp test"', 'inputs: ["mvnw", "pom.xml", "src/**"]'],
    ],
    [
      "Gradle",
      { "build.gradle.kts": "", "settings.gradle.kts": `rootProject.name = "shop"`, "src/main/A.java": "" },
      "Java (Gradle)",
      ['name: "shop"', 'run: "gradle --no-daemon test"'],
    ],
    [
      "a Dockerfile",
      { Dockerfile: "FROM scratch" },
      "Dockerfile",
      ['run: "docker build --tag project ."', 'stage: "package"', 'when: installed("docker")'],
    ],
    [
      "two toolchains and a Dockerfile",
      { "package.json": manifest({ scripts: { test: "x" } }), "go.mod": "module a\n", Dockerfile: "FROM a" },
      "Node (npm), Go, Dockerfile",
      ["const nodeTest =", "const goTest =", "The Dockerfile is not used"],
    ],
    ["nothing it knows", {}, "", ["const hello =", 'run: "echo put your build command here"']],
  ])("knows %s, and what it writes holds", async (_, files, found, parts) => {
    const cwd = tempFolder(files);
    const { code, stderr } = await runCli(["init"], { cwd });
    const path = "tsconfig.json" in files ? ".config/tidegate.config.mts" : "tidegate.config.ts";
    expect({ code, stderr: stderr.split("\n")[0] }).toEqual({
      code: 0,
      stderr: `✔ wrote ${path}: ${found === "" ? "no toolchain found, so it has one task to replace" : `found ${found}`}`,
    });
    const text = readFileSync(join(cwd, path), "utf8");
    for (const part of parts) expect(text).toContain(part);
    expect(await runCli(["check"], { cwd })).toMatchObject({ code: 0, stderr: "" });
  });

  it("does not replace a definition unless it is told to", async () => {
    const cwd = tempFolder({ "tidegate.config.ts": "mine" });
    const refused = await runCli(["init"], { cwd });
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(/^error\[file-exists\]: [\s\S]*hint: [\s\S]*tidegate init --force/);
    expect(readFileSync(join(cwd, "tidegate.config.ts"), "utf8")).toBe("mine");
    expect((await runCli(["init", "--print"], { cwd })).stdout).toMatch(
      /^import \{ defineProject, task \} from "tidegate";\n/,
    );
    expect(readFileSync(join(cwd, "tidegate.config.ts"), "utf8")).toBe("mine");
    expect((await runCli(["init", "--force"], { cwd })).code).toBe(0);
    expect(readFileSync(join(cwd, "tidegate.config.ts"), "utf8")).toContain("defineProject");
  });

  it("keeps the state out of git, once", async () => {
    const cwd = tempFolder({ ".gitignore": "node_modules" });
    execFileSync("git", ["init", "-q"], { cwd });
    expect((await runCli(["init"], { cwd })).stderr).toContain("added .tidegate/ to .gitignore");
    expect((await runCli(["init", "--force"], { cwd })).stderr).not.toContain(".gitignore");
    expect(readFileSync(join(cwd, ".gitignore"), "utf8")).toBe("node_modules\n.tidegate/\n");
  });

  it("is not led astray by hostile files", async () => {
    const cwd = tempFolder();
    writeFiles(cwd, {
      "package.json": `{"name": "\\"}); evil(); ({", "scripts": {"build": "x\\"; evil(); //", "test": 7}, "dependencies": null}`,
      "strange [name]*.js": "",
    });
    expect((await runCli(["init"], { cwd })).code).toBe(0);
    expect((await runCli(["check"], { cwd })).stderr).toBe("");
    writeFiles(cwd, { "package.json": "{ broken" });
    expect((await runCli(["init", "--force"], { cwd })).code).toBe(0);
  });
});
