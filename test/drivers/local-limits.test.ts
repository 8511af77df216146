import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, type TestContext, test } from "vitest";
import { defaultCapabilities, type InstanceSpec } from "../../src/drivers/driver.ts";
import { canEnter, inside, LimitGroups, withLimit } from "../../src/drivers/local/limits/limit-groups.ts";
import { candidates, findPlaces } from "../../src/drivers/local/limits/places.ts";
import { exitedFailure } from "../../src/rollout/evidence.ts";
import { eventually } from "../process/support.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { ended, value } from "./conformance.ts";
import { anotherLocal, createLocal, type LocalUnderTest, pidsIn, specIn, workerIn } from "./support.ts";

const limits = { memoryBytes: 100_000_000, cpu: 0.5 };

/** Elsewhere there is nothing to test: what the driver says of itself is in the conformance suite. */
function requireGroups(context: TestContext): void {
  const { memoryBytes, cpu } = findPlaces();
  if (!memoryBytes || !cpu)
    context.skip("this machine lets this user make no control groups for memory and processors");
}

const hungry = (under: LocalUnderTest): InstanceSpec => ({
  ...workerIn(under, "a"),
  command: [under.node, "-e", "const all = []; for (;;) all.push(Buffer.alloc(4_000_000, 1));"],
  limits,
});

function foldersOf({ stateFolder }: LocalUnderTest, id = "a"): string[] {
  const record = readFileSync(join(stateFolder, "instances/staging", id, "instance.json"), "utf8");
  return JSON.parse(record).instance.group.folders;
}

test("a process is in its groups from its first moment, with everything that it starts, and the groups go with it", async (context) => {
  requireGroups(context);
  const under = await createLocal();
  // Two processes that go on: the program itself, and one that it has started.
  const script = "sleep 600 & exec sleep 601";
  value(await under.driver.start({ ...workerIn(under, "a"), command: ["/bin/sh", "-c", script], limits }, 1));
  const folders = foldersOf(under);
  const members = () => folders.map((folder) => readFileSync(join(folder, "cgroup.procs"), "utf8").trim().split("\n"));
  await eventually(() => {
    const running = pidsIn(under.folder).map(String).sort();
    expect(running).toHaveLength(2);
    expect(members().map((pids) => pids.sort())).toEqual(folders.map(() => running));
  });
  expect(value(await under.driver.stop("staging", "a", 5_000, 1))).toBe("asked");
  expect(folders.filter((folder) => existsSync(folder))).toEqual([]);
});

test("an instance that was ended for its memory says so, with the limit and what to do", async (context) => {
  requireGroups(context);
  const under = await createLocal();
  const instance = value(await under.driver.start(hungry(under), 1));
  const exit = await ended(under.driver, "a");
  expect(await exitedFailure(under.driver, instance, exit)).toMatchObject({
    code: "instance-exited",
    message: "Instance a was ended (signal SIGKILL): it used more memory than its limit of 100 MB",
    cause: expect.stringMatching(/^(It wrote nothing|Last output)/),
    hint: 'See all of its output: tidegate logs staging --instance a\nIf it needs more: raise `limits` of the service "web".',
  });
});

test("promise 11: an agent that comes after the one that died knows the limit, keeps it, and tidies up", async (context) => {
  requireGroups(context);
  const under = await createLocal();
  value(await under.driver.start({ ...specIn(under, "a"), limits }, 1));
  const folders = foldersOf(under);
  const next = anotherLocal(under);
  expect(value(await next.observe("staging"))).toMatchObject([{ id: "a", limits }]);
  value(await next.stop("staging", "a", 5_000, 2));
  expect(folders.filter((folder) => existsSync(folder))).toEqual([]);
  value(await next.start({ ...specIn(under, "a"), limits }, 2));
  expect(foldersOf(under)).not.toEqual(folders);
  value(await next.stop("staging", "a", 5_000, 2));
});

test("limits that cannot be kept are told of the instance and of the driver, and it runs all the same", async () => {
  class None extends LimitGroups {
    override get kept() {
      return { memory: false, cpu: false };
    }
    override planned(): undefined {}
  }
  const under = await createLocal({ groups: new None() });
  expect(under.driver.capabilities).toEqual(defaultCapabilities);
  const instance = value(await under.driver.start({ ...specIn(under, "a"), limits }, 1));
  expect(instance.limits).toBeUndefined();
  expect(instance.state).toMatchObject({ state: "running" });
});

test("groups that cannot be made in the end hold nothing, and nothing says that they do", async () => {
  class Broken extends LimitGroups {
    override make() {
      return false;
    }
  }
  const under = await createLocal({ groups: new Broken() });
  expect(value(await under.driver.start({ ...specIn(under, "a"), limits }, 1)).limits).toBeUndefined();
});

test("what goes into groups is data: no name of one and no word of a command is read by a shell", () => {
  const argv = { file: "/bin/echo", args: ["$(touch /tmp/x)", "a b", "--", "'"] };
  const { file, args } = inside(argv, ["/sys/a b", "/sys/$(x)"]);
  expect([file, args[0]]).toEqual(["/bin/sh", "-c"]);
  const names = ["PWD", "OLDPWD", "SHLVL", "--"];
  expect(args.slice(2)).toEqual(["sh", "/sys/a b", "/sys/$(x)", "--", ...names, argv.file, ...argv.args]);
  expect(inside(argv, [])).toEqual(argv);
});

test("what goes into groups changes nothing of the environment that the program was to have", () => {
  const group = tempFolder({ "cgroup.procs": "" });
  const env = { PATH: "/usr/bin:/bin", own: "mine", added: "mine", one: "1", i: "2" };
  expect(canEnter(env)).toBe(true);
  const { file, args } = inside({ file: "/usr/bin/env", args: [] }, [group]);
  const told = execFileSync(file, args, { env, encoding: "utf8" }).trimEnd().split("\n");
  // Some shells say the program's path in `_`, whatever was asked.
  const isOfShell = (line: string) => line.startsWith("_=");
  expect(told.filter((line) => !isOfShell(line)).sort()).toEqual(
    Object.entries(env)
      .map(([name, value]) => `${name}=${value}`)
      .sort(),
  );
  expect(readFileSync(join(group, "cgroup.procs"), "utf8")).toMatch(/^\d+\n$/);
});

test("a program whose environment a shell would change is not started through one", () => {
  for (const name of ["IFS", "PWD", "PPID", "BASH_ENV", "a.b", "a-b", ""])
    expect(canEnter({ [name]: "x" })).toBe(false);
  for (const name of ["PATH", "PS1", "PWD_", "own"]) expect(canEnter({ [name]: "x" })).toBe(true);
});

test("processors are limited for real: the kernel holds back what wants more", async (context) => {
  requireGroups(context);
  const under = await createLocal();
  const command = ["/bin/sh", "-c", "while :; do :; done"] as const;
  value(await under.driver.start({ ...workerIn(under, "a"), command, limits: { cpu: 0.1 } }, 1));
  const stats = () => foldersOf(under).map((folder) => readFileSync(join(folder, "cpu.stat"), "utf8"));
  await eventually(() => expect(stats().join("")).toMatch(/^nr_throttled [1-9]/m));
  value(await under.driver.stop("staging", "a", 100, 1));
});

test("who only asks what could be kept makes and switches on nothing", () => {
  const offering = { "cgroup.controllers": "cpu memory\n", "cgroup.subtree_control": "", "cgroup.procs": "" };
  const point = tempFolder(offering);
  const mounts = `30 23 0:26 / ${point} rw - cgroup2 cgroup2 rw\n`;
  const found = candidates("memoryBytes", { mounts, own: "0::/\n", isRoot: true });
  expect(found.map(({ folder }) => folder)).toContain(point);
  expect(readdirSync(point).sort()).toEqual(Object.keys(offering).sort());
  expect(readFileSync(join(point, "cgroup.subtree_control"), "utf8")).toBe("");
});

test("only what the kernel counted as ended for memory is, and never what ended well", () => {
  const folder = tempFolder({
    "two/memory.events": "low 0\noom 3\noom_kill 1\n",
    "one/memory.oom_control": "oom_kill 0\n",
  });
  const group = (name: string) => ({ folders: [join(folder, name)], limits });
  const killed = { code: null, signal: "SIGKILL" };
  expect(withLimit(killed, group("two"))).toEqual({ ...killed, limit: "memory" });
  expect(withLimit(killed, group("one"))).toEqual(killed);
  expect(withLimit(killed, group("gone"))).toEqual(killed);
  expect(withLimit(killed, undefined)).toEqual(killed);
  expect(withLimit({ code: 0, signal: null }, group("two"))).toEqual({ code: 0, signal: null });
});

describe("where groups could be made", () => {
  const offering = { "cgroup.controllers": "cpu memory pids\n", "cgroup.subtree_control": "memory pids\n" };
  const under = (path: string, files: object) =>
    Object.fromEntries(Object.entries(files).map(([name, text]) => [`${path}${name}`, text]));
  const look = (point: string, isRoot: boolean) => {
    const mounts = `30 23 0:26 / ${point} rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n`;
    const system = { mounts, own: "0::/user.slice/user-7.slice/user@7.service/app.slice/a.scope\n", isRoot };
    return candidates("memoryBytes", system).map(({ version, folder }) => `${version} ${folder.slice(point.length)}`);
  };
  const delegated = "user.slice/user-7.slice/user@7.service/";

  test("with version 2: beside the own group and above, where the controller is; root begins at the top", () => {
    const point = tempFolder({
      ...under("", offering),
      ...under(`${delegated}app.slice/`, offering),
      ...under(delegated, offering),
      ...under(`${delegated}app.slice/a.scope/`, offering),
      "user.slice/cgroup.controllers": "pids\n",
    });
    const above = [`2 /${delegated}app.slice`, `2 /${delegated.slice(0, -1)}`, "2 "];
    expect(look(point, false)).toEqual(above);
    expect(look(point, true)).toEqual(["2 ", ...above]);
  });

  test("with version 1: in the own group of each hierarchy, as this container sees it", () => {
    const point = tempFolder({ "memory/inner/memory.limit_in_bytes": "", "cpu/cpu.cfs_quota_us": "" });
    const line = (id: number, root: string, path: string, options: string) =>
      `${id} 23 0:${id} ${root} ${point}/${path} rw shared:4 - cgroup cgroup rw,${options}`;
    const mounts = [line(31, "/docker/1", "memory", "memory"), line(32, "/", "cpu", "cpu,cpuacct")].join("\n");
    const system = { mounts, own: "5:memory:/docker/1/inner\n4:cpu,cpuacct:/\n0::/\n", isRoot: true };
    expect(candidates("memoryBytes", system)).toEqual([
      { version: 1, folder: `${point}/memory/inner` },
      { version: 1, folder: `${point}/memory` },
    ]);
    expect(candidates("cpu", system)).toEqual([{ version: 1, folder: `${point}/cpu` }]);
  });

  test("nowhere, on a system that has none", () => {
    expect(candidates("cpu", { mounts: "", own: "", isRoot: true })).toEqual([]);
  });
});
