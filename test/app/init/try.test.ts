import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { copyRepository } from "../../../src/app/init/try/copy.ts";
import {
  auditCorrections,
  serviceCorrections,
  writtenCorrections,
} from "../../../src/app/init/try/find-corrections.ts";
import type { Ports } from "../../../src/app/ports.ts";
import { buildGraph } from "../../../src/graph/graph.ts";
import { service, task } from "../../../src/index.ts";
import { runCli } from "../../support/cli.ts";
import { linesOf } from "../../support/events.ts";
import { tempFolder, writeFiles } from "../../support/temp-folder.ts";

const noSignal = () => new AbortController().signal;

function portsAt(folder: string, more: Record<string, string> = {}): Ports {
  const home = tempFolder({}, "home");
  return {
    ...{ cwd: folder, folder, version: "0.0.0", signal: noSignal(), leaving: noSignal(), now: Date.now },
    env: { PATH: process.env.PATH, HOME: home, XDG_STATE_HOME: join(home, "state"), ...more },
  };
}

function git(folder: string, ...args: string[]): void {
  execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@example.org", ...args], {
    cwd: folder,
    stdio: "ignore",
  });
}

/** A PATH without strace. */
function pathWithout(): string {
  const bin = tempFolder({}, "bin");
  for (const name of ["node", "npm", "git", "sh", "mkdir", "true"]) {
    const found = execFileSync("/bin/sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).trim();
    if (found.startsWith("/")) symlinkSync(found, join(bin, name));
  }
  return bin;
}

/** By the real binary, which brings the definition's imports along. */
async function tryOut(cwd: string, env: Ports["env"], ...more: string[]) {
  const { code, stdout, stderr } = await runCli(["init", "--try", "--json", ...more], { cwd, env });
  const tried = linesOf(stdout).find(({ type }) => type === "tried") as unknown as TriedLine | undefined;
  if (tried === undefined) throw new Error(`${stdout}\n${stderr}`);
  return { code, tried };
}

interface TriedLine {
  readonly services: readonly unknown[];
  readonly corrections: readonly { readonly of: string; readonly name: string; readonly line: string }[];
}

const build = `const { mkdirSync, writeFileSync } = require("node:fs");
mkdirSync("site/deep", { recursive: true });
writeFileSync("site/deep/index.html", "hello");`;
const server = `require("node:http").createServer((request, answer) => {
  answer.statusCode = request.url === ["", "healthz"].join("/") ? 200 : 404;
  answer.end();
}).listen(process.env.PORT);`;
const files = {
  "package.json": JSON.stringify({ name: "shop", scripts: { build: "node build.js", start: "node server.js" } }),
  "build.js": build,
  "server.js": server,
};

it("tries what init wrote in a copy, twice, and its corrections make the definition right", async () => {
  const folder = tempFolder(files);
  git(folder, "init");
  git(folder, "add", "-A");
  git(folder, "commit", "-m", "a");
  const { env } = portsAt(folder, { PATH: pathWithout() });
  const first = await tryOut(folder, env, "--yes");
  expect(first).toMatchObject({ code: 0, tried: { watched: "files", outcome: "succeeded", again: [], applied: true } });
  expect(first.tried.services).toEqual([{ name: "web", state: "listens", answering: "/healthz" }]);
  const lines = first.tried.corrections.map(({ of, name, line }) => `${of} ${name}: ${line}`);
  expect(lines).toContain('service web: health: "/healthz",');
  expect(lines).toContain('task build: outputs: ["site/"],');
  expect(existsSync(join(folder, "site"))).toBe(false);
  expect(readdirSync(join(env.HOME!, ".cache/tidegate/tries"))).toEqual([]);

  const file = join(folder, "tidegate.config.ts");
  const text = readFileSync(file, "utf8");
  expect(text).toMatch(/health: "\/healthz"/);
  expect(text).toMatch(/outputs: \["site\/"\]/);
  expect(await tryOut(folder, env)).toMatchObject({ code: 0, tried: { hits: 1, corrections: [] } });

  // What somebody has changed is theirs, also where there is something to correct.
  writeFileSync(file, text.replace('"/healthz"', '"/other"'));
  const changed = await tryOut(folder, env, "--yes");
  expect(changed.tried).toMatchObject({ applied: false, corrections: [{ line: 'health: "/healthz",' }] });
  expect(readFileSync(file, "utf8")).toContain('"/other"');
});

it("says how a service fared that ends, and starts none after a task has failed", async () => {
  const ended = tempFolder({ ...files, "server.js": 'console.log("no database"); process.exit(3);' });
  const services = [{ state: "ended", how: "it ended with exit code 3", output: ["no database"] }];
  expect(await tryOut(ended, portsAt(ended, { PATH: pathWithout() }).env)).toMatchObject({
    code: 1,
    tried: { services },
  });
  const failing = tempFolder({ ...files, "build.js": "process.exit(1)" });
  const failed = await tryOut(failing, portsAt(failing, { PATH: pathWithout() }).env);
  expect(failed).toMatchObject({ code: 1, tried: { outcome: "failed", services: [], corrections: [] } });
});

it("copies what a clone has and what is new, with links, and no secrets that git does not have", async () => {
  const folder = tempFolder({ "a.js": "a", "bin/run": "", ".gitignore": "out/\n", ".env.example": "A=", "old.js": "" });
  chmodSync(join(folder, "bin/run"), 0o755);
  symlinkSync("a.js", join(folder, "link.js"));
  git(folder, "init");
  git(folder, "add", "-A");
  git(folder, "commit", "-m", "a");
  git(folder, "config", "http.extraHeader", "Authorization: hunter2");
  execFileSync("rm", [join(folder, "old.js")]);
  writeFiles(folder, { "new.js": "", ".env": "A=hunter2", "key.pem": "hunter2", "out/made": "", ".npmrc": "hunter2" });
  const ports = portsAt(folder);
  const copy = await copyRepository(folder, ports.env);
  expect(readdirSync(copy.folder).sort()).toEqual([
    ...[".env.example", ".git", ".gitignore", "a.js", "bin", "link.js", "new.js"],
  ]);
  expect(readFileSync(join(copy.folder, ".git/config"), "utf8")).not.toContain("hunter2");
  expect(execFileSync("git", ["log", "--format=%s"], { cwd: copy.folder, encoding: "utf8" })).toBe("a\n");
  expect(execFileSync("git", ["status", "--short"], { cwd: copy.folder, encoding: "utf8" })).toBe(
    " D old.js\n?? new.js\n",
  );
  copy.remove();
  expect(existsSync(copy.folder)).toBe(false);
});

it("removes the copies that a killed process left, and not those of a living one", async () => {
  const folder = tempFolder({ "a.js": "" });
  const { env } = portsAt(folder);
  const left = join(env.HOME!, ".cache/tidegate/tries/dead");
  mkdirSync(join(left, "shop"), { recursive: true });
  writeFileSync(join(left, "owner.json"), JSON.stringify({ pid: 2 ** 22 - 3, started: "1" }));
  const first = await copyRepository(folder, env);
  expect(existsSync(left)).toBe(false);
  const second = await copyRepository(folder, env);
  expect(existsSync(first.folder)).toBe(true);
  first.remove();
  second.remove();
});

const graphWith = (more: object) => buildGraph({ build: task({ run: "x", ...more }) }).graph;
const audited = (add: string[], reads: string[] = ["a"], writes: string[] = ["b"]) =>
  ({ type: "taskAudited", task: "build", reads, writes, outside: [], add }) as const;

it("tells a folder that is new as one output, and nothing that decides nothing", () => {
  const graph = graphWith({ inputs: ["package.json"], outputs: ["node_modules/"] });
  const lines = ['inputs: ["package.json", "README.md"],', 'outputs: ["node_modules/", "gen/a.js", "src/gen/b.js"],'];
  const found = auditCorrections(audited(lines), graph, new Set(["src"]));
  expect(found.map(({ line }) => line)).toEqual(['outputs: ["node_modules/", "gen/", "src/gen/"],']);
});

it("does not cache what changes sources, also where only the tree was compared", () => {
  const graph = graphWith({ inputs: ["src/**"] });
  const wrote = { made: ["gen/a"], changed: ["src/a.js"] };
  expect(writtenCorrections(graph.get("build"), wrote, new Set(["src"]))).toMatchObject([
    { line: 'outputs: ["gen/"],', because: "it wrote gen/a" },
    { line: "cache: false,", because: "it changes src/a.js among the sources" },
  ]);
});

it("says how a service is told its port", () => {
  const at = (run: string) =>
    serviceCorrections({ name: "web", state: "elsewhere", ports: [3000] }, service({ run, files: ["a"] }))[0]?.line;
  expect(at("npx vite preview")).toBe('run: "npx vite preview --host 127.0.0.1 --port $PORT",');
  expect(at("node server.js")).toBe("// Have it listen on the port in the variable PORT, instead of 3000.");
});
