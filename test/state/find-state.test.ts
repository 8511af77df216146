import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { stateHome } from "../../src/files/state-home.ts";
import { findState } from "../../src/state/find-state.ts";
import { findGitFolder } from "../../src/state/git-folder.ts";
import { knownStates } from "../../src/state/known-states.ts";
import { joinState, newState, openState } from "../../src/state/open-state.ts";
import { tempFolder } from "../support/temp-folder.ts";

function git(cwd: string, ...args: string[]): string {
  const env = { PATH: process.env.PATH, HOME: dirname(cwd), GIT_CONFIG_NOSYSTEM: "1" };
  const identity = ["-c", "user.name=t", "-c", "user.email=t@t", "-c", "protocol.file.allow=always"];
  return execFileSync("git", [...identity, ...args], { cwd, env, encoding: "utf8", stdio: "pipe" }).trim();
}

/** A project's folder with a repository, its states beside it. */
class Checkout {
  readonly folder: string;
  readonly variables: { readonly TIDEGATE_STATE: string };

  constructor(folder = tempFolder({ "a.txt": "a", ".gitignore": ".tidegate/\n" }, "shop"), states?: string) {
    this.folder = folder;
    this.variables = { TIDEGATE_STATE: states ?? join(dirname(folder), "states") };
  }

  withGit(): this {
    git(this.folder, "init", "--quiet");
    git(this.folder, "add", "--all");
    git(this.folder, "commit", "--quiet", "--message", "one");
    return this;
  }

  at(folder: string): Checkout {
    return new Checkout(folder, this.variables.TIDEGATE_STATE);
  }

  place(name = "shop") {
    return { projectFolder: this.folder, name, variables: this.variables };
  }

  async made(): Promise<string> {
    const opened = await openState(this.place(), "make");
    if (!opened.ok) throw new Error(opened.failures[0]?.message);
    return opened.value.stateFolder;
  }

  async code(purpose: "look" | "make" = "make"): Promise<string | undefined> {
    const opened = await openState(this.place(), purpose);
    return opened.ok ? undefined : opened.failures[0]?.code;
  }
}

describe("the home of states", () => {
  test.each([
    [{ TIDEGATE_STATE: "/srv/states", XDG_STATE_HOME: "/x", HOME: "/home/me" }, "/srv/states"],
    [{ XDG_STATE_HOME: "/x", HOME: "/home/me" }, "/x/tidegate"],
    [{ XDG_STATE_HOME: "relative", HOME: "/home/me" }, "/home/me/.local/state/tidegate"],
    [{ TIDEGATE_STATE: "", HOME: "/home/me" }, "/home/me/.local/state/tidegate"],
  ])("of %o is %s", (variables, home) => expect(stateHome(variables)).toEqual({ ok: true, value: home }));

  test("is not one that every folder would have another of", () =>
    expect(stateHome({ TIDEGATE_STATE: "states" })).toMatchObject({
      ok: false,
      failures: [{ code: "bad-arguments" }],
    }));
});

describe("the repository of a folder", () => {
  test("is what git itself says: in a clone, a folder of it, a worktree, a submodule, and behind a link", () => {
    const { folder } = new Checkout().withGit();
    const above = dirname(folder);
    mkdirSync(join(folder, "packages/api"), { recursive: true });
    git(folder, "worktree", "add", "--quiet", join(above, "tree"), "-b", "other");
    const separate = join(above, "separate");
    mkdirSync(separate);
    git(separate, "init", "--quiet", "--separate-git-dir", join(above, "elsewhere.git"));
    git(folder, "submodule", "add", "--quiet", folder, "inner");
    const linked = join(above, "linked");
    mkdirSync(linked);
    symlinkSync(join(folder, ".git"), join(linked, ".git"));
    for (const place of [
      folder,
      join(folder, "packages/api"),
      join(above, "tree"),
      separate,
      join(folder, "inner"),
      linked,
    ]) {
      const said = git(place, "rev-parse", "--path-format=absolute", "--git-common-dir");
      expect(findGitFolder(place), place).toMatchObject({ ok: true, value: { common: said } });
    }
  });

  test("is none where there is none", () =>
    expect(findGitFolder(tempFolder())).toEqual({ ok: true, value: undefined }));

  test.each<[string, (folder: string) => void]>([
    ["an empty folder", (folder) => mkdirSync(join(folder, ".git"))],
    ["a file that says nothing", (folder) => writeFileSync(join(folder, ".git"), "hello\n")],
    ["an empty file", (folder) => writeFileSync(join(folder, ".git"), "")],
    ["a huge file", (folder) => writeFileSync(join(folder, ".git"), `gitdir: ${"x".repeat(10_000)}`)],
    ["a file that leads nowhere", (folder) => writeFileSync(join(folder, ".git"), "gitdir: /does/not/exist\n")],
    ["a link in a circle", (folder) => symlinkSync(".git", join(folder, ".git"))],
    ["a pipe", (folder) => void execFileSync("mkfifo", [join(folder, ".git")])],
    [
      "a file that leads to the repository of another checkout",
      (folder) => writeFileSync(join(folder, ".git"), `gitdir: ${new Checkout().withGit().folder}/.git\n`),
    ],
    [
      "a file that leads to a worktree of another checkout",
      (folder) => {
        const other = new Checkout().withGit().folder;
        git(other, "worktree", "add", "--quiet", join(dirname(other), "tree"), "-b", "other");
        writeFileSync(join(folder, ".git"), `gitdir: ${other}/.git/worktrees/tree\n`);
      },
    ],
  ])("promise 17: is not guessed where .git is %s: nothing is deployed, and it is said why", async (_, spoil) => {
    const folder = tempFolder({}, "shop");
    spoil(folder);
    const checkout = new Checkout(folder);
    expect(findGitFolder(folder)).toMatchObject({
      ok: false,
      failures: [{ code: "state-unknown", cause: expect.stringMatching(/./), hint: expect.stringContaining("git -C") }],
    });
    expect(await checkout.code()).toBe("state-unknown");
    expect(existsSync(checkout.variables.TIDEGATE_STATE)).toBe(false);
  });
});

describe.each([
  ["a repository", true],
  ["a folder without git", false],
])("the state of %s", (_, hasGit) => {
  const checkout = () => (hasGit ? new Checkout().withGit() : new Checkout());

  test("is made by what writes to it alone, and is the same from then on", async () => {
    const shop = checkout();
    expect(findState(shop.place())).toMatchObject({ ok: true, value: { is: "none" } });
    const looked = await openState(shop.place(), "look");
    expect(looked).toMatchObject({ ok: true, value: { isEmpty: true } });
    if (looked.ok) looked.value.close();
    expect(existsSync(shop.variables.TIDEGATE_STATE)).toBe(false);
    const state = await shop.made();
    expect(state).toMatch(/\/states\/[0-9a-f]{12}$/);
    expect(await shop.made()).toBe(state);
    expect(findState(shop.place())).toMatchObject({ ok: true, value: { is: "own", state: { stateFolder: state } } });
  });

  test("promise 19: is found again when everything that git ignores is gone, and .tidegate", async () => {
    const shop = checkout();
    const state = await shop.made();
    if (hasGit) git(shop.folder, "clean", "-ffdxq");
    else rmSync(join(shop.folder, ".tidegate"), { recursive: true });
    expect(await shop.made()).toBe(state);
    expect(knownStates(shop.variables.TIDEGATE_STATE)).toHaveLength(1);
  });

  test("promise 19: goes with a folder that is moved", async () => {
    const shop = checkout();
    const state = await shop.made();
    const moved = join(dirname(shop.folder), "moved");
    renameSync(shop.folder, moved);
    expect(await shop.at(moved).made()).toBe(state);
    // Something else of the same name in the old place gets nothing of it.
    mkdirSync(shop.folder);
    expect(await shop.code()).toBe("state-unclaimed");
  });

  test("promise 19: is not shared with a copy of the folder unless that is said", async () => {
    const shop = checkout();
    const state = await shop.made();
    const copy = shop.at(join(dirname(shop.folder), "copy"));
    cpSync(shop.folder, copy.folder, { recursive: true });
    expect(await copy.code()).toBe("state-unclaimed");
    expect(await copy.code("look")).toBe("state-unclaimed");
    expect(await shop.made()).toBe(state);
    expect(await newState(copy.place())).toMatchObject({ ok: true });
    expect(await copy.made()).not.toBe(state);
    expect(await shop.made()).toBe(state);
  });

  test("that was deleted is told as such, never taken for one that never was", async () => {
    const shop = checkout();
    const state = await shop.made();
    rmSync(state, { recursive: true });
    expect(await shop.code("look")).toBe("state-missing");
    mkdirSync(state);
    expect(await shop.code()).toBe("state-missing");
    expect(await newState(shop.place())).toMatchObject({ ok: true });
    expect(await shop.code()).toBeUndefined();
  });

  test("is not made anew where TIDEGATE_STATE is another one", async () => {
    const shop = checkout();
    await shop.made();
    const elsewhere = new Checkout(shop.folder, join(dirname(shop.folder), "elsewhere"));
    const refused = await openState(elsewhere.place(), "make");
    expect(refused).toMatchObject({
      ok: false,
      failures: [{ code: "state-missing", cause: expect.stringContaining("TIDEGATE_STATE") }],
    });
  });

  test("promise 21: is refused when a newer Tidegate wrote whose it is, and when that is damaged", async () => {
    const shop = checkout();
    await shop.made();
    const file = join(shop.folder, hasGit ? ".git/tidegate/id" : ".tidegate/id");
    const was = readFileSync(file, "utf8");
    writeFileSync(file, JSON.stringify({ ...JSON.parse(was), v: 2 }));
    expect(await shop.code()).toBe("state-newer");
    writeFileSync(file, was.slice(0, 20));
    expect(await shop.code()).toBe("state-damaged");
    writeFileSync(file, was);
    expect(await shop.code()).toBeUndefined();
  });
});

test("a second clone is refused with both ways on; after either of them it has the state that was meant", async () => {
  const shop = new Checkout().withGit();
  const state = await shop.made();
  const clone = (name: string) => {
    git(dirname(shop.folder), "clone", "--quiet", shop.folder, name);
    return shop.at(join(dirname(shop.folder), name));
  };
  const [second, third] = [clone("second"), clone("third")];
  for (const purpose of ["look", "make"] as const) {
    const refused = await openState(second.place(), purpose);
    const id = state.slice(-12);
    expect(refused).toMatchObject({ ok: false, failures: [{ code: "state-unclaimed" }] });
    const hint = refused.ok ? "" : refused.failures[0]?.hint;
    expect(hint).toContain(`tidegate state use ${id}`);
    expect(hint).toContain("tidegate state new");
  }
  const known = knownStates(shop.variables.TIDEGATE_STATE);
  expect(await joinState(second.place(), state.slice(-12, -8), known)).toMatchObject({ ok: true });
  expect(await second.made()).toBe(state);
  expect(await newState(third.place())).toMatchObject({ ok: true });
  expect(await third.made()).not.toBe(state);
  expect(await shop.made()).toBe(state);
  expect(await joinState(second.place(), "nothing", known)).toMatchObject({
    ok: false,
    failures: [{ code: "bad-arguments" }],
  });
});

test("worktrees have the state of their repository; two projects in a repository have two", async () => {
  const shop = new Checkout().withGit();
  const state = await shop.made();
  const tree = shop.at(join(dirname(shop.folder), "tree"));
  git(shop.folder, "worktree", "add", "--quiet", tree.folder, "-b", "other");
  expect(await tree.made()).toBe(state);
  for (const top of [shop, tree]) mkdirSync(join(top.folder, "packages/constructor"), { recursive: true });
  const inner = shop.at(join(shop.folder, "packages/constructor"));
  const opened = await openState(inner.place("api"), "make");
  expect(opened.ok && opened.value.stateFolder).not.toBe(state);
  const other = await openState(tree.at(join(tree.folder, "packages/constructor")).place("api"), "make");
  expect(other).toMatchObject({ ok: true, value: { stateFolder: opened.ok && opened.value.stateFolder } });
  expect(await shop.made()).toBe(state);
});

test("a project that gets its repository later keeps its state", async () => {
  const shop = new Checkout();
  const state = await shop.made();
  shop.withGit();
  expect(await shop.made()).toBe(state);
  git(shop.folder, "clean", "-ffdxq");
  expect(await shop.made()).toBe(state);
});

test("two commands that make the first state at the same moment make one", async () => {
  const shop = new Checkout().withGit();
  const made = await Promise.all(Array.from({ length: 8 }, () => shop.made()));
  expect(new Set(made).size).toBe(1);
  expect(knownStates(shop.variables.TIDEGATE_STATE)).toHaveLength(1);
});

test("a command that was killed between state and checkout is finished by the next one", async () => {
  const shop = new Checkout().withGit();
  const state = await shop.made();
  rmSync(join(shop.folder, ".git/tidegate"), { recursive: true });
  expect(await shop.made()).toBe(state);
  expect(existsSync(join(shop.folder, ".git/tidegate/id"))).toBe(true);
});
