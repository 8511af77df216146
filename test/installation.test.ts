import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  writeFileSync,
} from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, type TestContext, test, vi } from "vitest";
import { type TestNode, testNodeFolder, testPnpmFolder } from "../scripts/nodes/test-nodes.ts";
import { eventually, runs } from "./process/support.ts";
import { removeTree } from "./support/remove-tree.ts";
import { unavailable } from "./support/require.ts";

/*
 * Tidegate as strangers install it: packed, with the Node and the package manager that they have. One user does all of it
 * but the last: what the first call fetches, the others find. `npm run setup:nodes` brings the versions of Node.
 */
const root = join(import.meta.dirname, "..");
const nobody = 65_534;
/** Where no registry answers. */
const offline = {
  npm_config_registry: "http://127.0.0.1:9/",
  npm_config_fetch_retries: "0",
  npm_config_offline: "true",
};

/** A fresh machine packs and fetches before it can begin. */
vi.setConfig({ testTimeout: 900_000, hookTimeout: 900_000 });

let place: string;
let tarball: string;

beforeAll(() => {
  place = join(mkdtempSync(join(realpathSync(tmpdir()), "tidegate-installed-")), "with spaces");
  mkdirSync(place);
  for (const folder of [dirname(place), place]) chmodSync(folder, 0o755);
  const PATH = `${dirname(process.execPath)}:${process.env.PATH}`;
  const packed = spawnSync("npm", ["pack", "--silent", "--pack-destination", place], {
    cwd: root,
    env: { ...process.env, PATH },
    encoding: "utf8",
  });
  if (packed.status !== 0) throw new Error(`npm pack failed:\n${packed.stderr}`);
  const [name] = readdirSync(place).filter((file) => file.endsWith(".tgz"));
  tarball = join(place, name!);
});
afterAll(() => removeTree(dirname(place)));

interface Person {
  readonly home: string;
  readonly uid?: number;
  /** What PATH begins with. */
  readonly first: readonly string[];
}

/** Somebody on a machine of their own, as far as their home goes; a project of theirs. */
class Desk {
  readonly folder: string;
  readonly #person: Person;

  constructor(person: Person, name: string, files: Readonly<Record<string, string>>) {
    this.#person = person;
    this.folder = join(person.home, name);
    for (const [file, text] of Object.entries({ ".keep": "", ...files })) {
      mkdirSync(dirname(join(this.folder, file)), { recursive: true });
      writeFileSync(join(this.folder, file), text);
    }
    const npmrc = join(homedir(), ".npmrc");
    if (existsSync(npmrc)) copyFileSync(npmrc, join(person.home, ".npmrc"));
    if (person.uid !== undefined) giveAll(person.home, person.uid);
  }

  get env(): NodeJS.ProcessEnv {
    const { home, first } = this.#person;
    // How this machine reaches the registry.
    const isOfNetwork = (name: string) => /^(NODE_EXTRA_CA_CERTS|SSL_CERT_\w+|\w+_proxy)$/i.test(name);
    const network = Object.entries(process.env).filter(([name]) => isOfNetwork(name));
    return {
      ...Object.fromEntries(network),
      PATH: [...first, "/usr/local/bin", "/usr/bin", "/bin"].join(":"),
      HOME: home,
      LANG: "C.UTF-8",
      npm_config_ignore_scripts: "true",
      npm_config_update_notifier: "false",
    };
  }

  /** What a shell line came to, typed in the project's folder. */
  type(line: string, more: NodeJS.ProcessEnv = {}) {
    const { uid } = this.#person;
    const { status, stdout, stderr } = spawnSync("sh", ["-c", line], {
      cwd: this.folder,
      env: { ...this.env, ...more },
      encoding: "utf8",
      ...(uid !== undefined && { uid, gid: uid }),
    });
    return { status, stdout, stderr, all: `$ ${line}\n${stdout}${stderr}` };
  }

  /** The same, which has to succeed. */
  well(line: string, more: NodeJS.ProcessEnv = {}): string {
    const { status, all } = this.type(line, more);
    expect(status, all).toBe(0);
    return all;
  }

  read(file: string): string {
    return readFileSync(join(this.folder, file), "utf8");
  }
}

function giveAll(folder: string, uid: number): void {
  chownSync(folder, uid, uid);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) giveAll(path, uid);
    else chownSync(path, uid, uid);
  }
}

function nodeFor(context: TestContext, version: TestNode): string {
  const folder = testNodeFolder(version);
  if (folder === undefined) unavailable(context, `there is no Node ${version} to start from: npm run setup:nodes`);
  return folder!;
}

const application = (more: object = {}) => ({
  "package.json": JSON.stringify({ name: "app", private: true, scripts: { build: "node build.js" }, ...more }),
  "build.js": `require("fs").mkdirSync("dist", { recursive: true });
require("fs").writeFileSync("dist/node.txt", process.version + " " + process.env.PATH);`,
});

const me = (...first: readonly string[]): Person => ({ home: join(place, "home"), first });

test.for<TestNode>([18, 20, 22, 24])(
  "a project on Node %i installs one package, runs what the hints say, and keeps its own Node; offline from then on",
  (version, context) => {
    const desk = new Desk(me(nodeFor(context, version)), `app on ${version}`, application());
    desk.well(`npm install --save-dev '${tarball}'`);
    expect(Object.keys(JSON.parse(desk.read("package.json")).devDependencies)).toEqual(["tidegate"]);
    const packages = readdirSync(join(desk.folder, "node_modules")).filter((name) => !name.startsWith("."));
    expect(packages.sort()).toEqual(["@standard-schema", "tidegate", "zod"]);
    const [, check = "", run = ""] =
      /^ {2}(.* check) {2,}.*\n {2}(.* run) {2,}/m.exec(desk.well("npx --no tidegate init")) ?? [];
    expect([check, run]).toEqual(["npx --no tidegate check", "npx --no tidegate run"]);
    desk.well(check);
    desk.well(run);
    const [own, path] = desk.read("dist/node.txt").split(" ");
    expect(own).toMatch(new RegExp(`^v${version}\\.`));
    expect(path).not.toContain(".cache/tidegate");
    // What is installed stays: `npm ci` would ask the registry, which tasks are told of, too.
    desk.well("echo '//' >> build.js && npx --no tidegate run", offline);
    desk.well("npx --no tidegate doctor", offline);
  },
);

test("pnpm, which runs no install script, has all of it, too", (context) => {
  const pnpm = testPnpmFolder();
  if (pnpm === undefined) return unavailable(context, "there is no pnpm: npm run setup:nodes");
  const desk = new Desk(me(pnpm, nodeFor(context, 20)), "app with pnpm", application());
  desk.well(`pnpm add --save-dev '${tarball}'`);
  const [, check = "", run = ""] =
    /^ {2}(.* check) {2,}.*\n {2}(.* run) {2,}/m.exec(desk.well("pnpm exec tidegate init")) ?? [];
  expect(check).toBe("pnpm exec tidegate check");
  desk.well(check);
  desk.well(run);
  expect(desk.read("dist/node.txt")).toMatch(/^v20\./);
});

test("another user, in a repository without Node, has it with one line that leaves no package.json behind", (context) => {
  const person: Person = {
    home: join(place, "home of another"),
    first: [join(place, "home of another/.local/bin")],
    ...(process.getuid?.() === 0 && { uid: nobody }),
  };
  if (!existsSync("/usr/bin/npm")) return unavailable(context, "there is no npm for all users of this machine");
  const desk = new Desk(person, "python", { "pyproject.toml": "", "tests/test_it.py": "" });
  chmodSync(tarball, 0o644);
  desk.well(`npm install --global --prefix ~/.local '${tarball}'`);
  const [, check = ""] = /^ {2}(.* check) {2,}/m.exec(desk.well("tidegate init")) ?? [];
  expect(check).toBe("tidegate check");
  desk.type(check);
  expect(desk.well("tidegate doctor", offline)).toContain("Definition");
  expect(existsSync(join(desk.folder, "package.json"))).toBe(false);
  expect(existsSync(join(desk.folder, "node_modules"))).toBe(false);
});

test("the packages are wiped and not put back: the run goes on to its end, and says how Tidegate comes back", (context) => {
  const desk = new Desk(me(nodeFor(context, 20)), "app that is wiped", {
    ...application(),
    "tidegate.config.ts": `import { defineProject, task } from "tidegate";
const install = task({ run: "rm -rf node_modules && exit 3", inputs: ["package.json"] });
const other = task({ run: "echo still here", inputs: ["build.js"] });
export default defineProject({ name: "wiped", pipeline: { install, other } });
`,
  });
  desk.well(`npm install --save-dev '${tarball}'`);
  const { status, stderr } = desk.type("npx --no tidegate run");
  expect(status, stderr).toBe(1);
  expect(stderr).not.toContain("cannot be loaded");
  const isBack = existsSync(join(desk.folder, "node_modules/.bin/tidegate"));
  if (!isBack) expect(stderr).toContain("It comes back with the others: npm ci");
  if (!isBack) desk.well("npm ci");
  expect(desk.type("npx --no tidegate run other").status).toBe(0);
});

/** A run whose task says when it has begun and then goes on, started as a shell starts it: in a group of its own. */
async function longRun(desk: Desk, name: string) {
  const mark = join(desk.folder, `${name}.pid`);
  const child = spawn(join(desk.folder, "node_modules/.bin/tidegate"), ["run"], {
    cwd: desk.folder,
    env: { ...desk.env, MARK: mark },
    stdio: "ignore",
    detached: true,
  });
  const ended = once(child, "exit") as Promise<[number | null, NodeJS.Signals | null]>;
  const written = () => (existsSync(mark) ? readFileSync(mark, "utf8") : "");
  await vi.waitFor(() => expect(written()).toMatch(/^\d+\n$/), { timeout: 120_000, interval: 50 });
  return { pid: child.pid!, ended, task: Number(written()) };
}

test.for<TestNode>([18, 22])(
  "started on Node %i, it hears every signal as if it had been started on the Node that it runs on",
  async (version, context) => {
    const desk = new Desk(me(nodeFor(context, version)), `signals on ${version}`, {
      ...application(),
      "tidegate.config.ts": `import { defineProject, task } from "tidegate";
const wait = task({ run: 'echo $$ > "$MARK"; exec sleep 600', cache: false, env: ["MARK"] });
export default defineProject({ name: "signals", pipeline: { wait } });
`,
    });
    desk.well(`npm install --save-dev '${tarball}'`);
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      const alone = await longRun(desk, signal);
      process.kill(alone.pid, signal);
      expect([signal, await alone.ended]).toEqual([signal, [130, null]]);
      await eventually(() => expect(runs(alone.task)).toBe(false));
    }
    // As a terminal sends it: to all processes of the group.
    const group = await longRun(desk, "group");
    process.kill(-group.pid, "SIGINT");
    expect(await group.ended).toEqual([130, null]);
    await eventually(() => expect(runs(group.task)).toBe(false));
    // Whoever is killed can pass nothing on. (Where it was replaced, what was killed is the run itself: the next one cleans up.)
    const killed = await longRun(desk, "killed");
    process.kill(killed.pid, "SIGKILL");
    expect(await killed.ended).toEqual([null, "SIGKILL"]);
    if (version >= 22) desk.type("npx --no tidegate run nonsense");
    if (version >= 22) process.kill(killed.task, "SIGKILL");
    await eventually(() => expect(runs(killed.task)).toBe(false));
  },
);
