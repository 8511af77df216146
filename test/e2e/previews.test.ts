import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { expect, test } from "vitest";
import { processesIn } from "../support/processes.ts";
import { eventually, shell, type TestProject, testProject } from "../support/project.ts";

interface Listed {
  readonly name: string;
  readonly url: string;
  readonly preview?: { readonly from: string; readonly endsAt: number; readonly branch?: string };
  readonly cost: { readonly diskBytes: number; readonly processes?: number };
}

const worker = "setInterval(() => {}, 1000);\n";

/** A project whose previews have a folder of data, a secret, and a worker that they do without. */
async function previewProject(previews = `{ from: "staging", max: 3 }`): Promise<TestProject> {
  const project = await testProject({ env: { STAGING_TOKEN: "only of staging" } });
  const { staging, production } = project.ports;
  writeFileSync(join(project.folder, "src", "worker.mjs"), worker);
  writeFileSync(
    join(project.folder, "tidegate.config.ts"),
    `import { address, defineProject, folder, local, recreate, secret, service, task } from "tidegate";
import { z } from "zod";
const build = task({ run: "mkdir -p dist && cp src/* dist/", inputs: ["src/**"], outputs: ["dist/"] });
const uploads = folder();
const common = { files: ["dist/"], grace: "2s" } as const;
const web = service({ ...common, run: "node dist/server.mjs", health: "/healthz", healthTimeout: "10s", uses: { UPLOADS: uploads }, migrate: "node dist/job.mjs migrate" });
const mailer = service({ ...common, run: "node dist/worker.mjs", route: false });
export default defineProject({
  name: "small",
  pipeline: { build },
  services: { web, mailer },
  resources: { uploads },
  config: { TOKEN: secret(z.string().min(10)), BASE: address() },
  environments: {
    staging: { driver: local({ url: "http://127.0.0.1:${staging}" }), strategy: recreate() },
    production: { driver: local({ url: "http://127.0.0.1:${production}" }), strategy: recreate(), after: "staging" },
  },
  previews: ${previews},
});
`,
  );
  return project;
}

async function list(project: TestProject): Promise<Listed[]> {
  return project.json<Listed>("env", "list");
}

async function names(project: TestProject): Promise<string[]> {
  return (await list(project)).filter(({ preview }) => preview).map(({ name }) => name);
}

/** What answers at a preview's address. */
function label(project: TestProject, name: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const options = { host: "127.0.0.1", port: project.ports.staging, agent: false } as const;
  request({ ...options, headers: { host: `${name}.localhost:${project.ports.staging}` } }, async (response) => {
    const text = (await response.toArray()).join("");
    resolve(response.statusCode === 200 ? text : `status ${response.statusCode}`);
  })
    .once("error", reject)
    .end();
  return promise;
}

/** What refuses late orders of an agent that has lost its lease: a number in each place that takes orders. */
function isFence(path: string, name: string): boolean {
  if (path.endsWith(`/gateway/${name}.json`)) return !readFileSync(path, "utf8").includes("localhost");
  return path.endsWith(`/instances/${name}/.token`);
}

/** Everything of a preview that is anywhere below the test's folder but its fences; its history is no part of it. */
function leftOf(project: TestProject, name: string): string[] {
  const files = readdirSync(project.parent, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => path.slice(project.parent.length).includes(name) && !isFence(path, name));
  const sealed = join(project.stateFolder, "sealed");
  const processes = processesIn(project.parent).filter(({ command }) => command.includes("dist/server.mjs"));
  return [...paths, ...(existsSync(sealed) ? readdirSync(sealed) : []), ...processes.map(({ command }) => command)];
}

test("promise 10: a preview has its own of everything, and when its time is over nothing of it is left", async () => {
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
  expect(again.stderr).toContain("login | ✔ was there already; it ends on ");
  await eventually(() => expect(leftOf(project, "login")).toEqual([]));
  await eventually(() => expect(project.agents).toEqual([]));
  expect(await names(project)).toEqual([]);
  expect((await project.run("logs", "login")).stderr).toContain('The environment "login" is gone');
  const follower = project.start("history", "--follow", "--after", "1");
  await follower.until("login | – the preview's time was over: nothing of it is left");
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
    expect(stderr).toMatch(/^login \| the preview's time was over/);
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
  expect(refused.stderr).toContain("error[too-many-previews]: There are 2 previews, and there may be 2");
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
  expect(stderr).toContain("feature-login | the preview's branch feature/login is gone: nothing of it is left");
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
