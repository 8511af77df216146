import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { label, leftOf, list, names, previewProject } from "../support/preview-project.ts";
import { eventually, shell } from "../support/project.ts";

test("promise 10: a preview has its own of everything, and when its lifetime has ended nothing of it is left", async () => {
  const project = await previewProject();
  await project.ok("env", "create", "--preview", "login");
  await project.ok("ship", "login");
  expect(await label(project, "login")).toBe("one");
  const ran = await project.ok("env", "exec", "login", "--", "sh", "-c", 'echo "$BASE $TOKEN"; touch "$UPLOADS/one"');
  expect(ran.stdout).toBe(`http://login.localhost:${project.ports.staging} [secret]\n`);
  expect(leftOf(project, "login").filter((path) => path.endsWith("/one"))).toHaveLength(1);
  expect((await project.ok("plan", "login")).stdout).toContain("off in previews: mailer");
  expect((await project.ok("status", "login")).stdout).toContain("off in previews: mailer");
  expect((await list(project)).find(({ name }) => name === "login")).toMatchObject({
    preview: { from: "staging" },
    cost: { processes: 1 },
  });
  expect((await project.run("promote", "login")).stderr).toContain("error[nothing-to-promote]");
  expect(leftOf(project, "login").length).toBeGreaterThan(3);
  await project.ok("logs", "login");

  const again = await project.ok("env", "create", "--preview", "login", "--ttl", "0.02m");
  expect(again.stderr).toContain("login | ✔ already existed; now it ends on ");
  await eventually(() => expect(leftOf(project, "login")).toEqual([]));
  await eventually(() => expect(project.agents).toEqual([]));
  expect(await names(project)).toEqual([]);
  expect((await project.run("logs", "login")).stderr).toContain('The environment "login" is gone');
  const follower = project.start("history", "--follow", "--after", "1");
  await follower.until("login | – the preview's lifetime ended: nothing that ran or was stored is left");
  follower.child.kill();
  await follower.ended;
});

test("promise 10: the next command ends what is past its time where no agent is left, and says so", async () => {
  const project = await previewProject();
  await project.ok("env", "create", "--preview", "login", "--ttl", "0.02m");
  await project.kill(project.agent);
  await eventually(async () => {
    const { stdout, stderr } = await project.ok("env", "list");
    expect(stdout).not.toContain("login");
    expect(stderr).toMatch(/^login \| the preview's lifetime ended/);
  });
});

test("promise 10: a time that ends in the middle of a deployment waits for its end", async () => {
  const project = await previewProject();
  project.version("one", { migrate: "go" });
  await project.ok("env", "create", "--preview", "login");
  const shipping = project.start("ship", "login");
  await shipping.until("migrate web");
  await project.ok("env", "create", "--preview", "other", "--ttl", "0.01m");
  await eventually(async () => expect(await names(project)).toEqual(["login"]));
  const created = project.start("env", "create", "--preview", "login", "--ttl", "0.01m");
  project.open("go");
  expect((await shipping.ended).code).toBe(0);
  expect((await created.ended).code).toBe(0);
  await eventually(async () => expect(await names(project)).toEqual([]));
  await eventually(() => expect(leftOf(project, "login")).toEqual([]));
});

test("promise 10: an agent that is killed while it destroys is followed by one that goes on", async () => {
  const project = await previewProject();
  project.version("one", { stubborn: true });
  await project.ok("env", "create", "--preview", "login");
  await project.ok("ship", "login");
  const destroying = project.start("env", "destroy", "login", "--yes");
  await destroying.until("d1-web-1 killed");
  await project.kill(project.agent);
  await destroying.ended;
  await eventually(async () => expect(await names(project)).toEqual([]));
  await eventually(() => expect(leftOf(project, "login")).toEqual([]));
  for (let time = 0; time < 2; time += 1) await project.ok("env", "destroy", "login", "--yes");
});

test("promise 10: two who create one preview at once get one, and twice is the same as once", async () => {
  const project = await previewProject();
  await project.ok("env", "create", "staging");
  const both = await Promise.all([1, 2].map(() => project.run("env", "create", "--preview", "login", "--json")));
  expect(both.map(({ code, stderr }) => [code, stderr])).toEqual([
    [0, ""],
    [0, ""],
  ]);
  const created = both.flatMap(({ stdout }) =>
    stdout.split("\n").filter((line) => line.includes("environmentCreated")),
  );
  expect(created).toHaveLength(1);
  expect(await names(project)).toEqual(["login"]);
  await project.ok("env", "create", "staging");
});

test("promise 10: there are never more previews than may be, and it is said what could go", async () => {
  const project = await previewProject(`{ from: "staging", max: 2 }`);
  const all = await Promise.all(["one", "two", "three"].map((name) => project.run("env", "create", "--preview", name)));
  expect(all.map(({ code }) => code).sort()).toEqual([0, 0, 3]);
  const refused = all.find(({ code }) => code === 3)!;
  expect(refused.stderr).toContain("error[too-many-previews]: There are 2 previews, and at most 2 are allowed");
  const [first, second] = await names(project);
  expect(refused.stderr).toContain(`${first}, ends on`);
  expect(refused.stderr).toContain(`${second}, ends on`);
  await project.ok("env", "create", "--preview", first!);
});

test("promise 10: no name or branch leads anywhere but to a preview", async () => {
  const project = await previewProject();
  for (const name of ["production", "staging"]) {
    const taken = await project.run("env", "create", "--preview", name);
    expect([taken.code, taken.stderr]).toEqual([2, expect.stringContaining("error[environment-taken]")]);
  }
  for (const name of ["../../etc", "a b", "Ä", "$(id)", "-x", "a".repeat(60), "x/y"]) {
    const refused = await project.run("env", "create", `--preview=${name}`);
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining("error[bad-arguments]")]);
  }
  const created = await project.ok("env", "create", "--branch=feature/$(touch ../oops) Über; 'x'", "--json");
  expect(created.stdout).toContain(`"name":"feature-touch-oops-uber-x"`);
  const other = await project.run("env", "create", "--branch=feature/touch.oops.uber.x");
  expect([other.code, other.stderr]).toEqual([2, expect.stringContaining("belongs to the branch")]);
});

test("promise 10: a preview goes with its branch, but only when git says for certain that it is gone", async () => {
  const project = await previewProject();
  const git = (...args: string[]) =>
    shell("git", "-C", project.folder, "-c", "user.name=t", "-c", "user.email=t@localhost", ...args);
  git("init", "--quiet", "--initial-branch=main");
  git("commit", "--quiet", "--allow-empty", "--message", "one");
  const none = await project.run("env", "create", "--branch", "feature/login");
  expect([none.code, none.stderr]).toEqual([2, expect.stringContaining("There is no branch feature/login")]);
  git("branch", "feature/login");
  await project.ok("env", "create", "--branch", "feature/login");
  git("remote", "add", "origin", join(project.parent, "nowhere"));
  git("branch", "--delete", "--force", "feature/login");
  expect(await names(project)).toEqual(["feature-login"]);
  shell("git", "init", "--quiet", "--bare", join(project.parent, "nowhere"));
  const { stderr, stdout } = await project.ok("env", "list");
  expect(stderr).toContain(
    "feature-login | the preview's branch feature/login is gone: nothing that ran or was stored is left",
  );
  expect(stdout).not.toContain("feature-login");
});

test("promise 10: what is protected is not destroyed, neither alone nor with all others", async () => {
  const project = await previewProject();
  await project.ok("env", "create", "production");
  await project.ok("env", "create", "--preview", "login");
  for (const which of ["production", "--all"]) {
    const refused = await project.run("env", "destroy", which, "--yes");
    expect([refused.code, refused.stderr]).toEqual([
      3,
      expect.stringContaining("error[environment-protected]: production"),
    ]);
    expect(refused.stderr).toContain("protected: false");
  }
  expect(await names(project)).toEqual(["login"]);
  const file = join(project.folder, "tidegate.config.ts");
  writeFileSync(file, readFileSync(file, "utf8").replace(`after: "staging"`, `after: "staging", protected: false`));
  await project.ok("env", "destroy", "--all", "--yes");
});

test("a preview begins with what its template had, and changes nothing there", async () => {
  const project = await previewProject(`{ from: "staging", data: "snapshot" }`);
  const touch = (environment: string, file: string) =>
    project.ok("env", "exec", environment, "--", "sh", "-c", `touch "$UPLOADS/${file}"; ls "$UPLOADS"`);
  await project.ok("env", "create", "staging");
  await touch("staging", "first");
  await project.ok("env", "create", "--preview", "login");
  expect((await touch("login", "second")).stdout).toBe("first\nsecond\n");
  expect((await touch("staging", "third")).stdout).toBe("first\nthird\n");
  await project.ok("env", "create", "--preview", "login");
  expect((await touch("login", "fourth")).stdout).toBe("first\nfourth\nsecond\n");
});

test("a seed runs once: after the first deployment, and again only if it failed", async () => {
  const seed = "ls $UPLOADS; test ! -e $UPLOADS/bad && touch $UPLOADS/seeded";
  const project = await previewProject(`{ from: "staging", data: { seed: ["sh", "-c", ${JSON.stringify(seed)}] } }`);
  const inUploads = (command: string) =>
    project.ok("env", "exec", "login", "--", "sh", "-c", `cd "$UPLOADS" && ${command}`);
  await project.ok("env", "create", "--preview", "login");
  await inUploads("touch bad");
  const failed = await project.run("ship", "login");
  expect([failed.code, failed.stderr]).toEqual([
    1,
    expect.stringContaining("The seed of login: sh ended with exit code 1"),
  ]);
  expect(await label(project, "login")).toBe("one");
  await inUploads("rm bad");
  await project.ok("deploy", "login");
  await project.ok("env", "create", "--preview", "login");
  expect((await project.ok("deploy", "login")).stderr).not.toContain("seed |");
  expect((await inUploads("ls")).stdout).toBe("seeded\n");
});

test("a preview that is prolonged while its seed runs stays prolonged", async () => {
  const seed = "touch GATES/began; until test -e GATES/go; do sleep 0.05; done";
  const data = `{ seed: ["sh", "-c", ${JSON.stringify(seed)}] }`;
  const project = await previewProject(`{ from: "staging", data: ${data} }`);
  const gates = join(project.parent, "gates");
  const file = join(project.folder, "tidegate.config.ts");
  writeFileSync(file, readFileSync(file, "utf8").replaceAll("GATES", gates));
  await project.ok("env", "create", "--preview", "login", "--ttl", "1h");
  const shipping = project.start("ship", "login");
  await eventually(() => expect(existsSync(join(gates, "began"))).toBe(true));
  await project.ok("env", "create", "--preview", "login", "--ttl", "9d");
  const [before] = (await list(project)).filter(({ preview }) => preview);
  project.open("go");
  expect((await shipping.ended).code).toBe(0);
  const [after] = (await list(project)).filter(({ preview }) => preview);
  expect(after?.preview).toEqual(before?.preview);
});

test("a time to live is for previews, in minutes, hours or days; what was meant is said otherwise", async () => {
  const project = await previewProject();
  const refused = async (...args: string[]) => {
    const { code, stderr } = await project.run("env", "create", ...args);
    return [code, stderr];
  };
  expect(await refused("staging", "--ttl", "3d")).toEqual([
    2,
    expect.stringContaining("staging is an environment of the definition: only previews have a lifetime"),
  ]);
  expect(await refused("login", "--ttl", "3d")).toEqual([
    2,
    expect.stringMatching(/no environment "login"\n {2}hint: .*: tidegate env create --preview login --ttl 3d\n/),
  ]);
  expect(await refused("--preview", "login", "--ttl", "60s")).toEqual([
    2,
    expect.stringMatching(/"60s" is not a lifetime\n {2}hint: .*minutes, hours, days\): 30m, 12h, 3d/),
  ]);
  await project.ok("env", "create", "--preview", "login");
  expect((await project.ok("env", "create", "login", "--ttl", "5d")).stderr).toContain(
    "already existed; now it ends on",
  );
});
