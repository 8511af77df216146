import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { expect, inject, onTestFinished, type TestContext, test } from "vitest";
import { blocks, root } from "../docs/pages.ts";
import { processesIn } from "../support/processes.ts";
import { removeTree } from "../support/remove-tree.ts";
import { requireProgram, unavailable } from "../support/require.ts";

/*
 * README's ways of using Tidegate, exactly as printed: bash runs the blocks, in a folder that holds a `tidegate` with the
 * examples and with the package as `npm pack` makes it, as the folder around a clone does.
 */

const ways = [
  { way: "node", language: "js", program: "curl", debian: "curl" },
  { way: "python", language: "python", program: "python3", debian: "python3" },
  { way: "go", language: "go", program: "go", debian: "golang-go" },
] as const;

test.for(ways)("README's way for $way runs as it is printed", { timeout: 600_000 }, async (one, context) => {
  const folder = userFolder();
  requireProgram(context, one.program, one.debian);
  const apart = ownNetwork();
  if (apart.length === 0) await requirePort(context, 8080);
  putClone(folder);
  const env = environment(folder);
  const printed = blocks("bash").filter(({ page, words }) => page === "README.md" && words.includes(`way=${one.way}`));
  expect(printed).toHaveLength(1);
  const [, install = "", use = ""] = /^(.*?^npm install .*?\n)(.*)$/ms.exec(printed[0]!.text)!;

  run(["bash", "-e", "-c", install], folder, env);
  const said = run([...apart, "bash", "-e", "-c", use], join(folder, `hello-${one.way}`), env);
  const promised = [...use.matchAll(/^curl .*# (.+)$/gm)].map((match) => match[1]);
  expect(promised).toHaveLength(3);
  expect(said.split("\n").filter((line) => / from \w+$/.test(line))).toEqual(promised);
});

test("README shows the applications as they are in the examples", () => {
  const shown = ways.flatMap(({ way, language }) =>
    blocks(language).filter(({ page, words }) => page === "README.md" && words.includes(`way=${way}`)),
  );
  expect(shown).toHaveLength(ways.length);
  for (const { words, text } of shown) {
    const [way, file] = ["way=", "file="].map((name) =>
      words.find((word) => word.startsWith(name))!.slice(name.length),
    );
    expect(text).toBe(readFileSync(join(root, "examples", `hello-${way}`, file!), "utf8"));
  }
});

test("README names the file that npm pack makes", () => {
  const { name, version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const readme = readFileSync(join(root, "README.md"), "utf8");
  expect([...new Set(readme.match(/[\w.-]+\.tgz/g))]).toEqual([`${name}-${version}.tgz`]);
});

/** Where everything of a way is, gone when the test has finished, with what still runs there. */
function userFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "tidegate-readme-")));
  onTestFinished(() => {
    for (const { pid } of processesIn(folder)) process.kill(pid, "SIGKILL");
    removeTree(folder);
  });
  return folder;
}

function run([program, ...words]: readonly string[], cwd: string, env: NodeJS.ProcessEnv): string {
  const ran = spawnSync(program!, words, { cwd, env, encoding: "utf8" });
  expect(ran.status, `${ran.stdout}\n${ran.stderr}`).toBe(0);
  return ran.stdout;
}

/**
 * README's addresses are those that everybody gets, and others may have the port: where this user may make one, the commands
 * run in a network of their own.
 */
function ownNetwork(): string[] {
  const words = ["unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"];
  const [program, ...rest] = [...words, "true"];
  return spawnSync(program!, rest).status === 0 ? words : [];
}

/** What README's reader has beside the project: the clone, after `npm pack`. */
function putClone(beside: string): void {
  const clone = join(beside, "tidegate");
  mkdirSync(join(beside, "run"), { mode: 0o700 });
  cpSync(join(root, "examples"), join(clone, "examples"), {
    recursive: true,
    filter: (path) => !/\/(node_modules|\.tidegate|__pycache__)$/.test(path),
  });
  const options = ["--silent", "--ignore-scripts", "--pack-destination", clone];
  execFileSync("npm", ["pack", ...options], { cwd: inject("builtPackage"), stdio: "pipe" });
}

/**
 * The caller's, without what only concerns this test run; nothing that is kept stays on the machine. Of npm's settings, which
 * `npm run` passes on with this project's own, only those stay that say how to reach the registry.
 */
function environment(folder: string): NodeJS.ProcessEnv {
  const concernsTests =
    /^(TIDEGATE_|VITEST|NODE_ENV$|NODE_OPTIONS$|INIT_CWD$|npm_(?!config_(registry|cafile|strict_ssl|proxy|https?_proxy|noproxy)$))/;
  const callers = Object.entries(process.env).filter(([name]) => !concernsTests.test(name));
  // A home of its own: what npm fetches while there is a network, tasks find in it later, when there is none.
  const own = [dirname(process.execPath)];
  const others = (process.env.PATH ?? "").split(delimiter).filter((each) => !each.includes("node_modules"));
  return {
    ...Object.fromEntries(callers),
    ...{ PATH: [...own, ...others].join(delimiter), NO_COLOR: "1", HOME: folder },
    npm_config_update_notifier: "false",
    ...{ XDG_STATE_HOME: join(folder, "state"), XDG_CACHE_HOME: join(folder, "cache") },
    ...{ XDG_CONFIG_HOME: join(folder, "config"), XDG_RUNTIME_DIR: join(folder, "run") },
  };
}

async function requirePort(context: TestContext, port: number): Promise<void> {
  const isFree = await new Promise<boolean>((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
  if (!isFree) unavailable(context, `port ${port} is in use`);
}
