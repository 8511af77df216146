import { execFileSync, spawnSync } from "node:child_process";
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { describe, expect, it, onTestFinished } from "vitest";
import { task } from "../../src/definition/builders.ts";
import { LimitGroups } from "../../src/drivers/local/limits/limit-groups.ts";
import { failuresOf, outcomes, output, TestProject } from "../run/project.ts";
import { requireProgram, unavailable } from "../support/require.ts";
import { requireSeal } from "./require-seal.ts";

/** Processes of the whole machine whose command line begins so. */
function processesLike(text: string): string[] {
  return readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").startsWith(text);
    } catch {
      return false;
    }
  });
}

describe("a sealed task", () => {
  it("runs at the project's own path, with an empty home and an empty /tmp", async (context) => {
    await requireSeal(context);
    const project = new TestProject({ "../home/.npmrc": "token", a: "" });
    const t = task({
      run: "pwd; ls -A $HOME /tmp | grep -v tidegate-; touch $HOME/x /tmp/x",
      inputs: [],
      confine: "sealed",
    });
    const environment = { PATH: process.env.PATH ?? "", HOME: project.at("../home") };
    const run = await project.run({ t }, { environment });
    expect(outcomes(run)).toEqual({ t: "ran" });
    expect(output(run, "t")[0]).toBe(project.folder);
    expect(output(run, "t").join("\n")).not.toContain(".npmrc");
    expect(readdirSync(project.at("../home"))).toEqual([".local", ".npmrc"]);
  });

  it("cannot write to the system", async (context) => {
    await requireSeal(context);
    const project = new TestProject();
    const t = task({ run: "touch /usr/tidegate-was-here || mount -o remount,rw /usr", inputs: [], confine: "sealed" });
    expect(outcomes(await project.run({ t }))).toEqual({ t: "failed" });
    expect(existsSync("/usr/tidegate-was-here")).toBe(false);
  });

  it("sees no process but its own", async (context) => {
    await requireSeal(context);
    const project = new TestProject();
    const t = task({
      run: `test ! -e /proc/${process.pid} && ls -d /proc/[0-9]* | wc -l`,
      inputs: [],
      confine: "sealed",
    });
    const run = await project.run({ t });
    expect(Number(output(run, "t")[0])).toBeLessThan(8);
  });

  it("leaves no process behind, also none that left its session, and no control group", async (context) => {
    await requireSeal(context);
    const project = new TestProject();
    const [beside, main] = [`1000.${process.pid}`, `1001.${process.pid}`];
    const run = `setsid sleep ${beside} >/dev/null 2>&1 & sleep ${main} || true`;
    const stop = new AbortController();
    onTestFinished(() => stop.abort());
    const running = project.run({ t: task({ run, inputs: [], confine: "sealed" }) }, { signal: stop.signal });
    const both = () => [beside, main].map((seconds) => processesLike(`sleep\0${seconds}\0`).length);
    await expect.poll(both, { timeout: 20_000 }).toEqual([1, 1]);
    const [pid] = processesLike(`sleep\0${main}\0`);
    const groups = readFileSync(`/proc/${pid}/cgroup`, "utf8");
    process.kill(Number(pid));
    expect(outcomes(await running)).toEqual({ t: "ran" });
    expect(both()).toEqual([0, 0]);
    const name = /tidegate-[0-9a-f]{16}/.exec(groups)?.[0];
    expect(name !== undefined).toBe(new LimitGroups().kept.memory);
    const left = spawnSync("find", ["/sys/fs/cgroup", "-name", name ?? "none"], { encoding: "utf8" }).stdout;
    expect(left).toBe("");
  });

  it("may tidy up when it is cancelled", async (context) => {
    await requireSeal(context);
    const project = new TestProject();
    const stop = new AbortController();
    const run = "trap 'echo tidied; exit 1' TERM; echo started; sleep 1000 & wait";
    const watched = await project.run(
      { t: task({ run, inputs: [], confine: "sealed" }) },
      { signal: stop.signal, emit: (event) => event.type === "taskOutput" && stop.abort() },
    );
    expect(output(watched, "t")).toEqual(["started", "tidied"]);
  });

  it("has no network, unless it says so", async (context) => {
    await requireSeal(context);
    const server = createServer((_, response) => response.end("reached"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as { readonly port: number };
    const project = new TestProject({
      "get.mjs": `console.log(await (await fetch("http://127.0.0.1:${port}")).text());`,
    });
    const common = { run: "node get.mjs", inputs: ["get.mjs"], confine: "sealed" } as const;
    const run = await project.run({ without: task(common), with: task({ ...common, network: true }) });
    expect(outcomes(run)).toEqual({ without: "failed", with: "ran" });
    expect(output(run, "with")).toEqual(["reached"]);
  });

  it("has its exit code, and is told apart from a failure to seal", async (context) => {
    await requireSeal(context);
    const project = new TestProject();
    const run = await project.run({ t: task({ run: "exit 7", inputs: [], confine: "sealed" }) });
    expect(failuresOf(run, "t")[0]).toMatchObject({ code: "task-failed", message: 'Task "t" ended with exit code 7' });
  });

  it("needs no root where the kernel allows user namespaces, nor folders in PATH that may not be looked into", async (context) => {
    requireProgram(context, "bwrap", "bubblewrap");
    const nobody = ["--reuid=65534", "--regid=65534", "--clear-groups"];
    const asNobody = (...argv: string[]) =>
      spawnSync("setpriv", [...nobody, ...argv], { encoding: "utf8", env: { ...process.env, HOME: "/nonexistent" } });
    const canTry = asNobody("unshare", "--user", "--map-root-user", process.execPath, "--version");
    if (canTry.status !== 0) return unavailable(context, `nobody may make a user namespace: ${canTry.stderr}`);
    const project = new TestProject({ in: "read\n", locked: "" });
    const options = { run: "cp in out && ! touch /usr/x", inputs: ["in"], outputs: ["out"], confine: "sealed" };
    project.write("pipeline.json", JSON.stringify({ t: options }));
    mkdirSync(project.at("../private/bin"), { recursive: true, mode: 0o700 });
    execFileSync("chown", ["-R", "65534:65534", project.at("..")]);
    chownSync(project.at("../private"), 0, 0);
    const path = `PATH=${project.at("../private/bin")}:${process.env.PATH}`;
    const { stdout } = asNobody(
      "env",
      path,
      process.execPath,
      `${import.meta.dirname}/../run/child-run.ts`,
      project.folder,
    );
    expect(stdout).toContain('"type":"result","outcome":"succeeded"');
    expect(readFileSync(project.at("out"), "utf8")).toBe("read\n");
  });

  it("is refused, and not run in the open, where sealing is not possible", async (context) => {
    if (process.getuid?.() !== 0) return unavailable(context, "taking the right to seal away needs root");
    const project = new TestProject();
    const ran = project.at("ran");
    const script = `${import.meta.dirname}/../run/child-run.ts`;
    project.write("pipeline.json", JSON.stringify({ t: { run: `touch ${ran}`, inputs: [], confine: "sealed" } }));
    const line = `echo 0 > /proc/sys/user/max_mnt_namespaces && exec "$@"`;
    const argv = [
      "--user",
      "--map-root-user",
      "--mount",
      "sh",
      "-c",
      line,
      "sh",
      process.execPath,
      script,
      project.folder,
    ];
    const text = execFileSync("unshare", argv, { encoding: "utf8" });
    expect(text).toContain('"code":"confinement-unavailable"');
    expect(existsSync(ran)).toBe(false);
  });

  it("is refused with what to install where there is no bubblewrap", async (context) => {
    if (process.getuid?.() !== 0) return unavailable(context, "hiding a program of the system needs root");
    await requireSeal(context);
    const project = new TestProject();
    const run = `touch ${project.at("ran")}`;
    project.write("pipeline.json", JSON.stringify({ t: { run, inputs: [], confine: "sealed" } }));
    const hide = 'mount --bind /dev/null "$(realpath "$(command -v bwrap)")" && exec "$@"';
    const child = [process.execPath, `${import.meta.dirname}/../run/child-run.ts`, project.folder];
    const text = execFileSync("unshare", ["--mount", "sh", "-c", hide, "sh", ...child], { encoding: "utf8" });
    expect(text).toContain('"code":"confinement-unavailable"');
    expect(text).toContain("apt-get install bubblewrap");
    expect(existsSync(project.at("ran"))).toBe(false);
  });
});
