import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { checkSecrets } from "../../src/app/secrets/check-places.ts";
import { checkUnloaded } from "../../src/app/secrets/check-unloaded.ts";
import { getSecret } from "../../src/app/secrets/get.ts";
import { initSecrets } from "../../src/app/secrets/init-steps.ts";
import { mergeSecrets } from "../../src/app/secrets/merge.ts";
import { openSecrets, type SecretsSession } from "../../src/app/secrets/places/session.ts";
import { setSecret } from "../../src/app/secrets/set.ts";
import { signSecrets } from "../../src/app/secrets/sign.ts";
import { ok } from "../../src/errors/result.ts";
import { definition } from "../cli/secrets-rig.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { failureOf, lendPackages, portsFor, unwrap } from "./ports.ts";

const staging = "secrets/staging.yaml";

/** A project of one person, with a key. */
class Project {
  readonly folder: string;
  readonly session: SecretsSession;

  private constructor(session: SecretsSession) {
    this.session = session;
    this.folder = session.folder;
  }

  static async open(hasGit = true): Promise<Project> {
    const folder = tempFolder({ "tidegate.config.ts": definition, ".gitignore": ".tidegate/\nnode_modules/\n" });
    lendPackages(folder);
    if (hasGit) execFileSync("git", ["init", "--quiet", "--initial-branch=main", "."], { cwd: folder });
    const session = unwrap(await openSecrets(portsFor(folder, { HOME: tempFolder({}, "home") })));
    unwrap(await initSecrets(session, { kind: "x25519", name: "ada", hasEnvironmentKeys: false }));
    return new Project(session);
  }

  git(...args: string[]): void {
    const names = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"];
    execFileSync("git", [...names, ...args], { cwd: this.folder, stdio: "pipe" });
  }

  commit(): void {
    this.git("add", "--all");
    this.git("commit", "--quiet", "--message", "more");
  }

  async set(value: string) {
    const call = { env: "staging", undeclared: false, isJson: false, key: "SESSION_KEY" };
    return setSecret(this.session, { ...call, ask: async () => ok(value) });
  }

  get(path = staging): string {
    return readFileSync(join(this.folder, path), "utf8");
  }

  put(text: string, path = staging): void {
    writeFileSync(join(this.folder, path), text);
  }

  counter(): number {
    return Number(/tgsig2\.[^.]+\.(\d+)\./.exec(this.get())?.[1]);
  }

  /** What a check without a key tells, but for the other secrets that have no value. */
  async check(): Promise<{ codes: string[]; notices: readonly string[] }> {
    const { failures, notices } = unwrap(await checkSecrets(this.session, ["staging"]));
    return { codes: failures.map(({ code }) => code).filter((code) => code !== "secret-missing"), notices };
  }
}

test("promise 7: what was renewed cannot be undone with an older file: no check, no reading and no writing takes it", async () => {
  const project = await Project.open();
  unwrap(await project.set("what bob knew of it"));
  project.commit();
  const old = project.get();
  unwrap(await project.set("renewed since then"));
  project.commit();
  expect(project.counter()).toBe(2);
  project.put(old);
  expect((await project.check()).codes).toEqual(["secrets-file-older"]);
  const unloaded = await checkUnloaded(project.session.ports);
  expect(unloaded.failures.map(({ code }) => code)).toEqual(["secrets-file-older"]);
  const read = await getSecret(project.session, { key: "SESSION_KEY", env: "staging" });
  expect(failureOf(read).code).toBe("secrets-file-older");
  expect(failureOf(await project.set("a third value of it")).code).toBe("secrets-file-older");
  expect(project.get()).toBe(old);
});

test("who means the older file signs it: it is the newest from then on", async () => {
  const project = await Project.open();
  unwrap(await project.set("the value that is meant"));
  project.commit();
  const old = project.get();
  unwrap(await project.set("a mistake of somebody"));
  project.commit();
  project.put(old);
  const signed = unwrap(await signSecrets(project.session, ["staging"]));
  expect(signed[0]!.changes).toEqual([expect.stringContaining("Its counter is 1")]);
  expect(project.counter()).toBe(3);
  expect((await project.check()).codes).toEqual([]);
  const found = unwrap(await getSecret(project.session, { key: "SESSION_KEY", env: "staging" }));
  expect(found.value.reveal()).toBe("the value that is meant");
  expect(unwrap(await signSecrets(project.session, ["staging"]))[0]!.changes).toEqual([]);
});

test("an edit with sops drops the counter; what is signed afterwards goes on above it", async () => {
  const project = await Project.open();
  unwrap(await project.set("the first of values"));
  unwrap(await project.set("the second of values"));
  project.commit();
  project.put(project.get().replace(/^ {2}tidegate: .*\n/m, ""));
  expect((await project.check()).codes).toEqual(["secrets-file-tampered"]);
  unwrap(await signSecrets(project.session, []));
  expect(project.counter()).toBe(3);
  expect((await project.check()).codes).toEqual([]);
});

test("a file that was deleted and made anew has a counter above all before", async () => {
  const project = await Project.open();
  unwrap(await project.set("the first of values"));
  unwrap(await project.set("the second of values"));
  project.commit();
  project.git("rm", "--quiet", staging);
  project.commit();
  unwrap(await project.set("the third of values"));
  expect(project.counter()).toBe(3);
});

test("a merge has a counter above both sides, and refuses a side that is older than where both came from", async () => {
  const project = await Project.open();
  const base = async () => {
    unwrap(await project.set("the first of values"));
    project.commit();
    return project.get();
  };
  const first = await base();
  unwrap(await project.set("the second of values"));
  const second = project.get();
  project.commit();
  unwrap(await project.set("the third of values"));
  const third = project.get();
  const merge = async (ancestor: string, ours: string, theirs: string) => {
    mkdirSync(join(project.folder, ".tidegate"), { recursive: true });
    for (const [name, text] of Object.entries({ ancestor, ours, theirs })) project.put(text, `.tidegate/${name}`);
    const paths = { base: ".tidegate/ancestor", ours: ".tidegate/ours", theirs: ".tidegate/theirs" };
    return mergeSecrets(project.session.ports, { ...paths, path: staging });
  };
  const merged = unwrap(await merge(first, second, third));
  expect(Buffer.from(merged.bytes).toString()).toMatch(/tgsig2\.[^.]+\.4\./);
  const refused = failureOf(await merge(second, third, first));
  expect(refused).toMatchObject({ code: "secrets-file-older", message: expect.stringContaining("Their version") });
  expect(failureOf(await merge(second, first, third)).message).toContain("Our version");
});

test("a check says where it cannot know: no repository, and a git that does not answer", async () => {
  const without = await Project.open(false);
  unwrap(await without.set("the first of values"));
  expect(await without.check()).toMatchObject({
    codes: [],
    notices: expect.arrayContaining([expect.stringContaining("There is no git repository")]),
  });
  const project = await Project.open();
  unwrap(await project.set("the first of values"));
  project.commit();
  renameSync(join(project.folder, ".git/HEAD"), join(project.folder, ".git/HEAD.away"));
  expect((await project.check()).codes).toEqual(["git-unavailable"]);
  expect(failureOf(await project.set("the second of values")).code).toBe("git-unavailable");
});

test("a renewal keeps the counter of the file that has the new value", async () => {
  const project = await Project.open();
  unwrap(await project.set("what bob knew of it"));
  const renewal = { place: "staging", key: "SESSION_KEY", person: "bob", since: "2026-01-01", due: "2099-01-01" };
  project.put(JSON.stringify({ version: 1, renewals: [renewal] }), "secrets/renewals.json");
  unwrap(await project.set("renewed since then"));
  expect(project.get("secrets/renewals.json")).toContain(`"counter":${project.counter()}`);
});
