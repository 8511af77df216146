import { execFileSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { task } from "../../src/definition/builders.ts";
import { buildGraph, type Graph } from "../../src/graph/graph.ts";
import { parsePattern } from "../../src/graph/patterns/pattern.ts";
import { affectedTasks } from "../../src/graph/selection/affected.ts";
import { changedInputs } from "../../src/inputs/changed-inputs.ts";
import { FileIndex } from "../../src/inputs/file-index.ts";
import { InputFinder, inputParts } from "../../src/inputs/gather-inputs.ts";
import { gitChanges } from "../../src/inputs/git/git-changes.ts";
import { graphOf as packageGraph, packagesOf } from "../graph/workspace/rig.ts";
import { cacheKey } from "../support/cache-key.ts";
import { removeTree } from "../support/remove-tree.ts";

const variables = {
  PATH: process.env.PATH ?? "",
  HOME: "/nonexistent",
  GIT_CONFIG_COUNT: "1",
  GIT_CONFIG_KEY_0: "protocol.file.allow",
  GIT_CONFIG_VALUE_0: "always",
};

/** A repository, with others beside it that it may have as submodules. */
class Repository {
  readonly folder: string;
  readonly #parent: string;

  constructor() {
    this.#parent = mkdtempSync(join(realpathSync(tmpdir()), "tidegate-changed-"));
    onTestFinished(() => removeTree(this.#parent));
    this.folder = join(this.#parent, "project");
    this.init(this.folder);
  }

  init(folder: string): void {
    mkdirSync(folder, { recursive: true });
    this.git(["init", "-q", "-b", "main"], folder);
  }

  beside(name: string): string {
    return join(this.#parent, name);
  }

  git(words: readonly string[], folder = this.folder): void {
    const identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"];
    execFileSync("git", [...identity, ...words], { cwd: folder, env: variables, stdio: "pipe" });
  }

  commit(folder = this.folder): void {
    this.git(["add", "-A"], folder);
    this.git(["commit", "-q", "--allow-empty", "-m", "x"], folder);
  }

  write(path: string, content: string, folder = this.folder): void {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }

  link(path: string, target: string): void {
    mkdirSync(dirname(join(this.folder, path)), { recursive: true });
    symlinkSync(target, join(this.folder, path));
  }

  submodule(path: string, files: Readonly<Record<string, string>>): void {
    const origin = this.beside(`origin-${path.replaceAll("/", "-")}`);
    this.init(origin);
    for (const [name, content] of Object.entries(files)) this.write(name, content, origin);
    this.commit(origin);
    this.git(["submodule", "add", "-q", origin, path]);
  }

  /** Names of the tasks that `--affected` selects. */
  async affected(graph: Graph, since = "main"): Promise<string[]> {
    const changes = await gitChanges(this.folder, since, variables);
    if (!changes.ok) throw new Error(JSON.stringify(changes.failures));
    const changed = changedInputs(this.folder, graph, changes.value, []);
    return [...affectedTasks(graph, { ...changed, definition: [] }).keys()];
  }

  /** Files that a condition `changed(pattern)` finds. */
  async asked(pattern: string): Promise<readonly string[]> {
    const changes = await gitChanges(this.folder, "main", variables);
    if (!changes.ok) throw new Error(JSON.stringify(changes.failures));
    const parsed = parsePattern(pattern);
    if (!parsed.ok) throw new Error(parsed.because);
    return changedInputs(this.folder, new Map(), changes.value, [[parsed.pattern]]).asked;
  }
}

const reading = (...inputs: string[]) => task({ run: "true", inputs });

function graphOf(inputs: Readonly<Record<string, readonly string[]>>): Graph {
  const built = buildGraph(Object.fromEntries(Object.entries(inputs).map(([name, all]) => [name, reading(...all)])));
  expect(built.problems).toEqual([]);
  return built.graph;
}

describe("what git knows to have changed is found under every name that it is read by", () => {
  it("behind a link to a folder, a link to a file, and a link to a link", async () => {
    const repository = new Repository();
    repository.write("shared/deep/x.ts", "1");
    repository.write("base.json", "1");
    repository.link("src/shared", "../shared");
    repository.link("src/again", "shared/deep");
    repository.link("tsconfig.json", "base.json");
    repository.link("other.json", "tsconfig.json");
    repository.write("alone.ts", "1");
    repository.commit();
    repository.git(["checkout", "-q", "-b", "feature"]);
    const graph = graphOf({
      folder: ["src/**"],
      path: ["src/again/x.ts"],
      file: ["tsconfig.json"],
      chain: ["other.json"],
      none: ["alone.ts"],
    });
    expect(await repository.affected(graph)).toEqual([]);
    repository.write("shared/deep/x.ts", "2");
    expect(await repository.affected(graph)).toEqual(["folder", "path"]);
    expect(await repository.asked("src/**/x.ts")).toContain("src/again/x.ts");
    repository.write("base.json", "2");
    repository.commit();
    expect(await repository.affected(graph)).toEqual(["folder", "path", "file", "chain"]);
  });

  it("a file that is gone from behind a link, and a link that leads elsewhere now", async () => {
    const repository = new Repository();
    for (const name of ["a/1.ts", "a/2.ts", "b/1.ts"]) repository.write(name, name);
    repository.link("src/lib", "../a");
    repository.link("way", "a");
    repository.commit();
    repository.git(["checkout", "-q", "-b", "feature"]);
    const graph = graphOf({ all: ["src/**"], one: ["src/lib/1.ts"], behind: ["way/1.ts"] });
    rmSync(join(repository.folder, "a/2.ts"));
    expect(await repository.affected(graph)).toEqual(["all"]);
    repository.git(["checkout", "-q", "a/2.ts"]);
    rmSync(join(repository.folder, "way"));
    repository.link("way", "b");
    expect(await repository.affected(graph)).toEqual(["behind"]);
  });

  it("in a submodule that moved, that is dirty, and of which git is told to ignore everything", async () => {
    const repository = new Repository();
    repository.submodule("vendor/sub", { "src/a.c": "1", "docs/a.md": "1" });
    repository.commit();
    repository.git(["checkout", "-q", "-b", "feature"]);
    const graph = graphOf({
      folder: ["vendor/sub/**"],
      deep: ["vendor/sub/src/*.c"],
      wide: ["vendor/**/*.c"],
      docs: ["vendor/sub/docs/"],
    });
    const inside = join(repository.folder, "vendor/sub");
    expect(await repository.affected(graph)).toEqual([]);
    repository.write("src/a.c", "2", inside);
    expect(await repository.affected(graph)).toEqual(["folder", "deep", "wide"]);
    repository.commit(inside);
    repository.commit();
    expect(await repository.affected(graph)).toEqual(["folder", "deep", "wide"]);
    repository.git(["config", "-f", ".gitmodules", "submodule.vendor/sub.ignore", "all"]);
    repository.git(["config", "submodule.vendor/sub.ignore", "all"]);
    repository.commit();
    expect(await repository.affected(graph)).toEqual(["folder", "deep", "wide"]);
    // Without its files nobody can say which of them changed.
    repository.git(["submodule", "deinit", "-q", "-f", "vendor/sub"]);
    repository.git(["reset", "-q", "--soft", "HEAD~1"]);
    expect(await repository.affected(graph)).toEqual(["folder", "deep", "wide", "docs"]);
  });

  it("in a clone that the repository around it does not know", async () => {
    const repository = new Repository();
    repository.write("a", "1");
    repository.commit();
    repository.init(join(repository.folder, "clone"));
    repository.write("clone/x.ts", "1");
    repository.commit(join(repository.folder, "clone"));
    expect(await repository.affected(graphOf({ inside: ["clone/*.ts"], a: ["a"] }), "main")).toEqual(["inside"]);
  });
});

it("what git does not look at counts as changed: ignored, taken for unchanged, left out of the checkout", async () => {
  const repository = new Repository();
  for (const name of ["assumed", "skipped", "seen"]) repository.write(name, "1");
  repository.write(".gitignore", ".env\ncache/\n");
  repository.write(".env", "1");
  repository.write("cache/deep/x", "1");
  repository.commit();
  repository.git(["update-index", "--assume-unchanged", "assumed"]);
  repository.git(["update-index", "--skip-worktree", "skipped"]);
  const graph = graphOf({
    assumed: ["assumed"],
    skipped: ["skipped"],
    env: ["seen", ".env"],
    cache: ["cache/**"],
    seen: ["seen"],
  });
  expect(await repository.affected(graph)).toEqual(["assumed", "skipped", "env", "cache"]);
  expect(await repository.asked(".env")).toEqual([".env"]);
});

it("a program of the project and the package file that a command implies count, and a mode that git is told not to see", async () => {
  const repository = new Repository();
  repository.write("scripts/build.sh", "#!/bin/sh\n");
  repository.write("package.json", "{}");
  repository.write("src/a", "1");
  repository.commit();
  repository.git(["config", "core.fileMode", "false"]);
  const built = buildGraph({
    own: task({ run: ["scripts/build.sh"], inputs: ["src/**"] }),
    npm: task({ run: "npm run build", inputs: ["src/**"] }),
  });
  expect(await repository.affected(built.graph)).toEqual([]);
  repository.write("scripts/build.sh", "#!/bin/sh\necho\n");
  expect(await repository.affected(built.graph)).toEqual(["own"]);
  repository.write("package.json", '{ "type": "module" }');
  expect(await repository.affected(built.graph)).toEqual(["own", "npm"]);
  repository.git(["checkout", "-q", "."]);
  chmodSync(join(repository.folder, "src/a"), 0o755);
  expect(await repository.affected(built.graph)).toEqual(["own", "npm"]);
});

describe("promise 1: a task that declares no inputs is held to read its whole package, or the project, and what the command implies", () => {
  const undeclared = { test: { needs: ["^test"] } };

  it("links that lead out of the package, and what git is told not to see", async () => {
    const repository = new Repository();
    for (const name of ["shared/x.ts", "packages/far/1", "packages/hidden/1", "packages/near/1"])
      repository.write(name, "1");
    repository.write(".gitignore", ".env\nnode_modules\n");
    repository.link("packages/far/shared", "../../shared");
    repository.link("packages/near/node_modules", "../../shared");
    repository.commit();
    const { graph } = packageGraph(packagesOf({ far: "", hidden: "", near: "", env: "" }), undeclared);
    expect(await repository.affected(graph)).toEqual([]);
    repository.write("shared/x.ts", "2");
    expect(await repository.affected(graph)).toEqual(["far#test"]);
    repository.git(["update-index", "--assume-unchanged", "packages/hidden/1"]);
    repository.write("packages/env/.env", "1");
    expect(await repository.affected(graph)).toEqual(["far#test", "hidden#test", "env#test"]);
  });

  it("in the project: links in it, and links that lead out of it, of which nobody can say what changed", async () => {
    const repository = new Repository();
    repository.write("a", "1");
    repository.link("b", "a");
    repository.commit();
    const { graph } = buildGraph({ all: task({ run: "true" }) });
    expect(await repository.affected(graph)).toEqual([]);
    repository.link("out", "/etc/hostname");
    repository.commit();
    expect(await repository.affected(graph, "HEAD")).toEqual(["all"]);
  });

  it("the lockfile, the project's package.json, and a package that it depends on and that has no such task", async () => {
    const repository = new Repository();
    for (const name of ["package.json", "lock", "packages/app/1", "packages/lib/1"]) repository.write(name, "1");
    repository.commit();
    const packages = packagesOf({ app: "lib", lib: "" }, { lib: "build" });
    const { graph } = packageGraph(packages, { test: { run: "npm test", needs: ["^build"] }, build: {} }, {}, "lock");
    const { graph: lacking } = packageGraph(packages, undeclared);
    expect(await repository.affected(graph)).toEqual([]);
    repository.write("lock", "2");
    expect(await repository.affected(graph)).toContain("app#test");
    repository.git(["checkout", "-q", "."]);
    repository.write("package.json", "2");
    expect(await repository.affected(graph)).toContain("app#test");
    repository.git(["checkout", "-q", "."]);
    repository.write("packages/lib/1", "2");
    expect(await repository.affected(lacking)).toEqual(["app#test"]);
  });
});

/** Numbers from 0 up to a limit, the same for the same seed. */
function dice(seed: number): (limit: number) => number {
  let state = seed * 2654435761;
  return (limit) => {
    state = (Math.imul(state ^ (state >>> 15), 2246822519) + 0x9e3779b9) | 0;
    return ((state >>> 8) & 0xffff) % limit;
  };
}

const folders = ["a", "b", "a/c", "b/d", "src", "vendor/sub"];
const names = ["x.ts", "y.ts", "z.md"];

/** Random files, links among them, and a submodule. */
function plant(repository: Repository, roll: (limit: number) => number): void {
  repository.submodule("vendor/sub", { "x.ts": "1", "c/y.ts": "1" });
  for (const folder of folders.slice(0, 5)) {
    for (const name of names) if (roll(3) > 0) repository.write(`${folder}/${name}`, `${roll(100)}`);
  }
  repository.write("a/keep.ts", "1");
  repository.write(".gitignore", "*.log\n");
  const places = ["src/link", "b/link", "link.ts", "top"];
  for (const place of places) {
    const targets = ["a", "b/d", "a/keep.ts", "vendor/sub", "nowhere", "top"];
    const up = "../".repeat(place.split("/").length - 1);
    repository.link(place, `${up}${targets[roll(targets.length)]}`);
  }
}

function change(repository: Repository, roll: (limit: number) => number): void {
  const folder = folders[roll(folders.length)]!;
  const path = `${folder}/${names[roll(names.length)]}`;
  const at = (name: string) => join(repository.folder, name);
  const keys = ["write", "remove", "relink", "rename", "dirty", "move", "commit", "hide", "ignore"] as const;
  const link = ["src/link", "b/link", "link.ts", "top"][roll(4)]!;
  const changes = {
    write: () => repository.write(path, `${roll(1000)} new`),
    remove: () => rmSync(at(path), { force: true }),
    relink: () => {
      rmSync(at(link), { force: true });
      repository.link(link, `${"../".repeat(link.split("/").length - 1)}${["b", "a/c", "a/keep.ts"][roll(3)]}`);
    },
    rename: () => {
      repository.write("a/keep.ts", `${roll(1000)}`);
      renameSync(at("a/keep.ts"), at(`b/kept${roll(3)}.ts`));
    },
    dirty: () => repository.write(`vendor/sub/c/${names[roll(3)]}`, `${roll(1000)}`),
    move: () => {
      repository.write("vendor/sub/x.ts", `${roll(1000)}`);
      repository.commit(at("vendor/sub"));
    },
    commit: () => repository.commit(),
    hide: () => {
      repository.git(["update-index", "--assume-unchanged", "a/keep.ts"]);
      repository.write("a/keep.ts", `${roll(1000)} unseen`);
    },
    ignore: () => repository.write(`${folder}/${roll(3)}.log`, `${roll(1000)}`),
  };
  changes[keys[roll(keys.length)]!]();
}

const patterns = [
  ["a/**"],
  ["b/"],
  ["src/**"],
  ["src/link"],
  ["**/*.ts"],
  ["link.ts"],
  ["top"],
  ["top/c/*.ts"],
  ["vendor/sub/c/*.ts"],
  ["vendor/**"],
  ["**", "!a/**"],
  ["b/link/**", "!**/z.md"],
];

/** Tasks in packages and one of the project, which say that they read everything there, or say nothing. */
function wholeGraph(inputs: { readonly inputs?: readonly string[] }): Graph {
  const built = packageGraph(
    ["a", "b", "src"].map((folder) => ({ ...packagesOf({ [folder]: "" })[0]!, folder })),
    { test: inputs },
    { all: task({ run: "true", ...inputs }) },
  );
  expect(built.problems).toEqual([]);
  return built.graph;
}

/** What the fingerprint of each task takes from files; a problem, such as an input that is not there, is told as itself. */
function lookAt(repository: Repository, graph: Graph): ReadonlyMap<string, string> {
  const gathered = new InputFinder(repository.folder, graph).gather(graph.values());
  const index = FileIndex.open(repository.beside("index"), cacheKey);
  return new Map(
    [...gathered].map(([name, found]) => {
      const { parts, unreadable } = inputParts(repository.folder, found, index);
      return [name, JSON.stringify([parts.map((part) => part.join(" ")).sort(), [...unreadable].sort()])];
    }),
  );
}

const seeds = process.env.TIDEGATE_TESTS === "all" ? 60 : 6;

it(`promise 1: on ${seeds} random trees with links, a submodule, renames and hidden files at least what a whole run finds changed is affected`, async () => {
  for (let seed = 1; seed <= seeds; seed += 1) {
    const roll = dice(seed);
    const repository = new Repository();
    plant(repository, roll);
    repository.commit();
    repository.git(["checkout", "-q", "-b", "feature"]);
    const graph = graphOf(Object.fromEntries(patterns.map((inputs, at) => [`t${at}`, inputs])));
    const whole = wholeGraph({ inputs: ["./"] });
    const before = new Map([...lookAt(repository, graph), ...lookAt(repository, whole)]);
    for (let left = 1 + roll(5); left > 0; left -= 1) change(repository, roll);
    const after = new Map([...lookAt(repository, graph), ...lookAt(repository, whole)]);
    const changed = [...before.keys()].filter((name) => before.get(name) !== after.get(name));
    const affected = [...(await repository.affected(graph)), ...(await repository.affected(wholeGraph({})))];
    expect({ seed, missed: changed.filter((name) => !affected.includes(name)) }).toEqual({ seed, missed: [] });
  }
});
