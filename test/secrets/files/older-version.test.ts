import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { generateIdentity } from "@tidegate/sops";
import { describe, expect, it, test } from "vitest";
import type { Failure } from "../../../src/errors/failure.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { SignedRig } from "./signed-rig.ts";

async function failureOf(rig: SignedRig, variables?: Readonly<Record<string, string>>): Promise<Failure> {
  const read = await rig.read(variables);
  if (read.ok) throw new Error("it was read");
  return read.failures[0]!;
}

describe.each(["yaml", "json", "env"])("promise 7: an older, validly signed version of a %s file", (ending) => {
  it("is refused where a newer one is committed, with the command that brings that back", async () => {
    const rig = await SignedRig.open(ending);
    await rig.write("what bob knew", 3);
    rig.commit();
    const old = rig.bytes();
    await rig.write("renewed", 4);
    rig.commit();
    expect(await rig.deploy()).toMatchObject({ state: "found" });
    rig.put(old);
    const reading = await rig.deploy();
    expect(reading).toMatchObject({ state: "unreadable", failure: { code: "secrets-file-older" } });
    const { cause = "", hint = "" } = await failureOf(rig);
    expect(cause).toContain("Its counter is 3, signed by ada");
    const [, command = ""] = /`(git checkout [^`]+)`/.exec(hint) ?? [];
    execFileSync("sh", ["-c", command], { cwd: rig.folder, stdio: "pipe" });
    expect(await rig.verdict()).toBe("good");
    expect(rig.git("status", "--porcelain")).toBe("");
  });

  it("is refused when a commit has put it back", async () => {
    const rig = await SignedRig.open(ending);
    await rig.write("what bob knew", 1);
    rig.commit();
    await rig.write("renewed", 2);
    rig.commit("renewed");
    rig.git("revert", "--no-edit", "HEAD");
    expect(await rig.verdict()).toBe("secrets-file-older");
    const { hint = "" } = await failureOf(rig);
    const [, command = ""] = /`(git checkout [^`]+)`/.exec(hint) ?? [];
    execFileSync("sh", ["-c", command], { cwd: rig.folder, stdio: "pipe" });
    expect(await rig.verdict()).toBe("good");
  });
});

describe("a secrets file is compared with the past of what is checked out", () => {
  it("an old commit that is checked out is its own newest, as in a bisect", async () => {
    const rig = await SignedRig.open();
    await rig.write("one", 1);
    const first = rig.commit();
    await rig.write("two", 2);
    rig.commit();
    rig.git("checkout", "--quiet", first);
    expect(await rig.verdict()).toBe("good");
    rig.git("checkout", "--quiet", "main");
    expect(await rig.verdict()).toBe("good");
  });

  it("a staged version counts, and the hint takes that one", async () => {
    const rig = await SignedRig.open();
    await rig.write("one", 1);
    rig.commit();
    const old = rig.bytes();
    await rig.write("two", 2);
    rig.git("add", "--all");
    rig.put(old);
    const { code, hint } = await failureOf(rig);
    expect(code).toBe("secrets-file-older");
    expect(hint).toContain(`\`git checkout -- ${rig.path}\``);
  });

  it("one that was deleted and comes back is compared with what it was", async () => {
    const rig = await SignedRig.open();
    await rig.write("one", 1);
    rig.commit();
    const old = rig.bytes();
    await rig.write("two", 2);
    rig.commit();
    rmSync(rig.path);
    rig.commit();
    rig.put(old);
    expect(await rig.verdict()).toBe("secrets-file-older");
  });

  it("a version that came in with a merge counts, though the merge took the other side", async () => {
    const rig = await SignedRig.open();
    await rig.write("one", 1);
    rig.commit();
    rig.git("checkout", "--quiet", "-b", "other");
    await rig.write("three", 3);
    rig.commit();
    rig.git("checkout", "--quiet", "main");
    await rig.write("two", 2);
    rig.commit();
    rig.git("merge", "--quiet", "--no-edit", "--strategy=ours", "other");
    expect(await rig.verdict()).toBe("secrets-file-older");
    expect((await failureOf(rig)).cause).toContain("has 3");
  });

  it("two branches that raised the counter alike are no error, whichever is taken", async () => {
    const rig = await SignedRig.open();
    await rig.write("one", 1);
    rig.commit();
    rig.git("checkout", "--quiet", "-b", "other");
    await rig.write("theirs", 2);
    rig.commit();
    rig.git("checkout", "--quiet", "main");
    await rig.write("ours", 2);
    rig.commit();
    rig.git("merge", "--quiet", "--no-edit", "--strategy=ours", "other");
    expect(await rig.verdict()).toBe("good");
  });

  it("a branch that is not merged does not count", async () => {
    const rig = await SignedRig.open();
    await rig.write("one", 1);
    rig.commit();
    rig.git("checkout", "--quiet", "-b", "other");
    await rig.write("two", 2);
    rig.commit();
    rig.git("checkout", "--quiet", "main");
    expect(await rig.verdict()).toBe("good");
  });

  it("what somebody signed who may not, or as another file, does not count", async () => {
    const rig = await SignedRig.open();
    await rig.write("a stranger's", 99, await generateIdentity("x25519"));
    rig.commit();
    await rig.write("one", 1);
    const other = rig.bytes();
    rig.put(other);
    rig.commit();
    expect(await rig.verdict()).toBe("good");
    await rig.write("high", 50);
    writeFileSync(join(rig.folder, "secrets/production.yaml"), rig.bytes());
    rig.put(other);
    rig.commit();
    expect(await rig.verdict()).toBe("good");
  });

  it("what somebody signed who was a signer then does count", async () => {
    const rig = await SignedRig.open();
    const bob = await SignedRig.open();
    const both = readFileSync(join(rig.folder, "secrets/signers"), "utf8");
    const line = readFileSync(join(bob.folder, "secrets/signers"), "utf8").split("\n")[1]!.replace("ada", "bob");
    writeFileSync(join(rig.folder, "secrets/signers"), `${both}${line}\n`);
    await rig.write("one", 1);
    rig.commit();
    const old = rig.bytes();
    await bob.write("two", 2);
    rig.put(bob.bytes());
    rig.commit();
    writeFileSync(join(rig.folder, "secrets/signers"), both);
    rig.put(old);
    rig.commit();
    expect(await rig.verdict()).toBe("secrets-file-older");
  });

  it("that of a submodule is asked of the submodule", async () => {
    const inner = await SignedRig.open();
    await inner.write("one", 1);
    inner.commit();
    const outer = tempFolder({ "README.md": "outer\n" });
    execFileSync("git", ["init", "--quiet", outer]);
    const old = inner.bytes();
    await inner.write("two", 2);
    inner.commit();
    execFileSync("git", ["clone", "--quiet", inner.folder, join(outer, "ops")]);
    const { readSecretsFile } = await import("../../../src/secrets/files/read-file.ts");
    const layout = { folder: outer, pattern: "ops/secrets/{environment}.yaml" };
    const call = { layout, place: "staging", variables: { PATH: process.env.PATH } };
    const path = join(outer, "ops/secrets/staging.yaml");
    expect((await readSecretsFile(path, call)).ok).toBe(true);
    writeFileSync(path, old);
    expect(await readSecretsFile(path, call)).toMatchObject({ failures: [{ code: "secrets-file-older" }] });
  });
});

describe("a file without a counter, as older versions of Tidegate wrote them", () => {
  it("is accepted as long as none of it ever had one, and is older afterwards", async () => {
    const rig = await SignedRig.open();
    await rig.write("one", 0);
    rig.commit();
    expect(await rig.verdict()).toBe("good");
    const old = rig.bytes();
    await rig.write("two", 1);
    rig.commit();
    expect(await rig.verdict()).toBe("good");
    rig.put(old);
    expect((await failureOf(rig)).cause).toContain("It has no counter");
  });

  it("its counter cannot be written over", async () => {
    const rig = await SignedRig.open();
    await rig.write("one", 1);
    rig.put(rig.bytes().replace(/(tgsig2\.[^.]+\.)1\./, "$19."));
    expect(await rig.verdict()).toBe("secrets-file-tampered");
  });
});

describe("where git is no help", () => {
  const renewal = { place: "staging", key: "TOKEN", person: "bob", since: "2026-01-01", due: "2026-02-01" };
  const listOf = (more: object) => JSON.stringify({ version: 1, renewals: [{ ...renewal, ...more }] });

  it("a renewal says that a file is older", async () => {
    const rig = await SignedRig.open("yaml", false);
    await rig.write("what bob knew", 3);
    expect(await rig.verdict()).toBe("good");
    const list = join(rig.folder, "secrets/renewals.json");
    writeFileSync(list, listOf({ done: "2026-01-05", counter: 4 }));
    const { code, cause, hint } = await failureOf(rig);
    expect(code).toBe("secrets-file-older");
    expect(cause).toContain("TOKEN of staging was renewed on 2026-01-05 with 4");
    expect(hint).toContain("tidegate secrets sign");
    await rig.write("renewed", 4);
    expect(await rig.verdict()).toBe("good");
    writeFileSync(list, listOf({ done: "2026-01-05" }));
    await rig.write("one", 1);
    expect(await rig.verdict()).toBe("good");
  });

  it("a repository that git does not answer for is no reason to take the file", async () => {
    const rig = await SignedRig.open();
    await rig.write("one", 1);
    rig.commit();
    expect(await failureOf(rig, { PATH: tempFolder() })).toMatchObject({
      code: "git-unavailable",
      cause: expect.stringContaining("git is not installed"),
    });
    writeFileSync(join(rig.folder, ".git/HEAD"), "nonsense\n");
    expect(await rig.verdict()).toBe("git-unavailable");
  });

  it("versions that are missing in a damaged repository are not taken for none", async () => {
    const rig = await SignedRig.open();
    await rig.write("one", 1);
    rig.commit();
    const object = rig.git("rev-parse", "HEAD:secrets/staging.yaml").trim();
    await rig.write("two", 2);
    rig.commit();
    rmSync(join(rig.folder, ".git/objects", object.slice(0, 2), object.slice(2)), { force: true });
    expect(await rig.verdict()).toBe("git-unavailable");
  });

  it("in a hook, whose variables name another repository, the file's own is asked", async () => {
    const rig = await SignedRig.open();
    await rig.write("one", 1);
    rig.commit();
    const old = rig.bytes();
    await rig.write("two", 2);
    rig.commit();
    rig.put(old);
    const other = tempFolder();
    execFileSync("git", ["init", "--quiet", other]);
    const hook = { GIT_DIR: join(other, ".git"), GIT_WORK_TREE: other, GIT_INDEX_FILE: join(other, ".git/index") };
    const variables = { PATH: process.env.PATH ?? "", ...hook };
    expect((await failureOf(rig, variables)).code).toBe("secrets-file-older");
    rmSync(join(rig.folder, ".git"), { recursive: true });
    const { code, cause } = await failureOf(rig, { ...variables, GIT_WORK_TREE: "" });
    expect({ code, cause }).toEqual({ code: "git-unavailable", cause: expect.stringContaining("GIT_DIR=") });
  });

  it("a repository without a commit, and a shallow clone, know what they have", async () => {
    const rig = await SignedRig.open();
    await rig.write("one", 1);
    expect(await rig.verdict()).toBe("good");
    rig.commit();
    const old = rig.bytes();
    await rig.write("two", 2);
    rig.commit();
    const clone = join(tempFolder(), "clone");
    execFileSync("git", ["clone", "--quiet", "--depth=1", `file://${rig.folder}`, clone]);
    const { gitVersions } = await import("../../../src/secrets/files/git-versions.ts");
    const signersPath = join(clone, "secrets/signers");
    const call = { path: join(clone, rig.name), signersPath, publicKeys: [] };
    const known = await gitVersions(call, { PATH: process.env.PATH });
    expect(known).toMatchObject({ ok: true, value: { blind: "shallow", newest: { counter: 2 } } });
    expect(old).not.toBe(rig.bytes());
  });
});

test("of any history of writes, reverts and checkouts only what its own past has surpassed is refused", async () => {
  const rig = await SignedRig.open();
  const written: { counter: number; bytes: string }[] = [];
  let highest = 0;
  let seed = 7;
  const below = (limit: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((seed / 2_147_483_648) * limit);
  };
  for (let step = 0; step < 14; step += 1) {
    const old = below(3) === 0 ? written[below(written.length)] : undefined;
    if (old !== undefined) rig.put(old.bytes);
    else await rig.write(`value ${step}`, highest + 1 + below(3));
    const counter = Number(/tgsig2\.[^.]+\.(\d+)\./.exec(rig.bytes())![1]);
    expect(await rig.verdict(), `step ${step}`).toBe(counter < highest ? "secrets-file-older" : "good");
    written.push({ counter, bytes: rig.bytes() });
    if (below(4) > 0) {
      rig.git("add", "--all");
      rig.git("commit", "--quiet", "--allow-empty", "--message", `${step}`);
      highest = Math.max(highest, counter);
    }
  }
});
