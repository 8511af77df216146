import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, type TestContext } from "vitest";
import { TestProject } from "../run/project.ts";
import { requireProgram, unavailable } from "../support/require.ts";

const isRoot = process.getuid?.() === 0;
const nobody = "65534";
const childRun = `${import.meta.dirname}/../run/child-run.ts`;
const probe = `${import.meta.dirname}/wall-probe.py`;
const python = "/usr/bin/python3";
const noWalls = `${import.meta.dirname}/no-walls.sh`;

type Who = "root" | "a normal user";

interface Ran {
  readonly outcome: string | undefined;
  readonly lines: string[];
  readonly text: string;
}

/** Runs the pipeline in the project's file in a process of its own, `around` which other programs may stand. */
function runAs(who: Who, project: TestProject, around: readonly string[] = [], searchPath = "/usr/bin:/bin"): Ran {
  const isOther = isRoot && who !== "root";
  if (isOther) execFileSync("chown", ["-R", `${nobody}:${nobody}`, project.at("..")]);
  const drop = isOther ? ["setpriv", `--reuid=${nobody}`, `--regid=${nobody}`, "--clear-groups"] : [];
  const words = [...around, ...drop, process.execPath, childRun, project.folder];
  const env = { PATH: searchPath, HOME: project.at("../home") };
  const { stdout, stderr } = spawnSync(words[0]!, words.slice(1), { encoding: "utf8", env, maxBuffer: 1 << 26 });
  const events = stdout.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line)]));
  const lines = events.filter(({ type }) => type === "taskOutput").map(({ text }) => text as string);
  return { outcome: events.find(({ type }) => type === "result")?.outcome, lines, text: stdout + stderr };
}

/** Fails or skips where root, or sealing, cannot be had. */
function requireSealAs(context: TestContext, who: Who): void {
  if (who === "root" && !isRoot) unavailable(context, "these tests do not run as root");
  const project = new TestProject();
  project.write("../home/x", "");
  project.write("pipeline.json", JSON.stringify({ t: { run: "true", inputs: [], confine: "sealed" } }));
  const { outcome, text } = runAs(who, project);
  if (outcome !== "succeeded") unavailable(context, `nothing can be sealed as ${who}: ${text}`);
}

function isInPath(program: string): boolean {
  return (process.env.PATH ?? "").split(":").some((folder) => existsSync(join(folder, program)));
}

/** A mount below the system's folders, with a setuid program in it, that only this process and its children see. */
const submount = `mount -t tmpfs -o mode=1777 submount /usr/local/src && cp /usr/bin/id /usr/local/src/id &&
chmod 4755 /usr/local/src/id && exec "$@"`;
/** A descriptor that is not closed by itself when a program is started, far behind those that Node marks. */
const inherited = 'exec 60< "$1" && shift && exec "$@"';

const commit = "git -c user.name=a -c user.email=b commit -qm c";

/** Ways that lead nowhere on this machine even where no walls stand: what the test of the walls says of them proves nothing here. */
function waysWithoutEffect(folder: string): readonly string[] {
  const isOwnDisk = statSync(folder).dev !== statSync("/usr/bin").dev;
  const setting = (name: string) => readFileSync(`/proc/sys/${name}`, "utf8").trim();
  const hasRings = existsSync("/proc/sys/kernel/io_uring_disabled") && setting("kernel/io_uring_disabled") === "0";
  return [
    // Only by a mount of the file system that the file is on. The project's own folder is one.
    ...(isOwnDisk ? ["read at /usr/bin", "write at /usr/bin"] : []),
    // Kernels without this key have no such file.
    ...(existsSync("/proc/sysrq-trigger") ? [] : ["/proc/sysrq-trigger"]),
    ...(hasRings ? [] : ["setup"]),
    // Where the system gives these away by its own settings, nobody gets any.
    ...(setting("vm/overcommit_memory") === "2" ? ["map"] : []),
    ...(setting("user/max_user_namespaces") === "0" ? ["unshare", "clone", "clone3"] : []),
  ];
}

describe("what the walls of a sealed task are tried with", () => {
  /** Runs the probe behind the words where no walls stand, and splits what came of it into a list for each line. */
  function probeWithoutWalls(words: readonly string[]) {
    const project = new TestProject({ "../outside": "secret" });
    copyFileSync(probe, project.at("probe.py"));
    mkdirSync(project.at("../place"));
    chmodSync(project.at(".."), 0o755);
    const handle = execFileSync(python, [probe, "handle", project.at("../outside")], { encoding: "utf8" }).trim();
    const space = ["unshare", "--mount", "--pid", "--ipc", "--fork", "--kill-child", python, probe, "prepare"];
    const argv = [...space, "bash", noWalls, project.at("../place"), project.folder, ...words, "--", handle];
    const env = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" };
    const { stdout, stderr } = spawnSync(argv[0]!, argv.slice(1), { encoding: "utf8", env });
    expect(stderr).toBe("");
    expect(readFileSync(project.at("../outside"), "utf8")).toBe("secret");
    expect(readdirSync(project.at("../place"))).toEqual([]);
    const lines = stdout.trim().split("\n");
    return {
      found: Object.fromEntries(lines.map((line) => line.split(": ") as [string, string])),
      all: (...ways: string[]) => ways.filter((way) => !waysWithoutEffect(project.folder).includes(way)).join(", "),
    };
  }

  it("succeeds as root where no walls stand, way by way", (context) => {
    if (!isRoot) unavailable(context, "these tests do not run as root");
    requireProgram(context, "python3", "python3");
    const { found, all } = probeWithoutWalls([]);
    const { sockets, ...others } = found;
    expect(others).toEqual({
      descriptors: expect.stringMatching(/^0 1 2 (.* )?60\b/),
      capabilities: "some",
      user: "root",
      "new privileges": "possible",
      "setuid program": "root",
      "file by handle": all("read at /usr/bin", "write at /usr/bin", "read at .", "write at ."),
      "kernel settings": all("/proc/sys/kernel/core_pattern", "/proc/sys/vm/drop_caches", "/proc/sysrq-trigger"),
      clock: "set",
      "other processes": "seen",
      trace: "attach, signal",
      keyrings: "session, /proc/keys, /proc/key-users",
      "kernel log": "syslog",
      "user namespace": all("unshare", "clone", "clone3"),
      mount: "bind, remount",
      ring: all("setup") || "refused",
      submount: "write",
      system: "/, /dev, /etc, /usr, /opt, /var, /home, /root",
      memory: all("map") || "refused",
      "temporary space": "all",
      processes: "all",
    });
    // Which families there are goes by the kernel; packets (17) are everywhere.
    expect(sockets).toMatch(/^(family \d+(, |$))+$/);
    expect(sockets?.split(", ")).toContain("family 17");
  });

  it("gives a normal user, too, what needs no rights where no walls stand", (context) => {
    if (!isRoot) unavailable(context, "these tests do not run as root");
    requireProgram(context, "python3", "python3");
    const { found, all } = probeWithoutWalls(["setpriv", `--reuid=${nobody}`, `--regid=${nobody}`, "--clear-groups"]);
    expect(found).toMatchObject({
      descriptors: expect.stringMatching(/^0 1 2 (.* )?60\b/),
      user: "not root",
      "new privileges": "possible",
      // That it is refused within is not for want of a program that gives rights.
      "setuid program": "root",
      "other processes": "seen",
      keyrings: "session, /proc/keys, /proc/key-users",
      "user namespace": all("unshare", "clone", "clone3") || "refused",
      ring: all("setup") || "refused",
      memory: all("map") || "refused",
      "temporary space": "all",
      processes: "all",
    });
  });
});

describe.each<Who>(["root", "a normal user"])("a sealed task of %s", (who) => {
  it("can read, write, reach and see nothing outside, by whatever way, and take no more than its part", (context) => {
    requireProgram(context, "python3", "python3");
    requireSealAs(context, who);
    const project = new TestProject({ "../outside": "secret", "../home/x": "" });
    copyFileSync(probe, project.at("probe.py"));
    const handle = execFileSync(python, [probe, "handle", project.at("../outside")], { encoding: "utf8" }).trim();
    const run = [python, "probe.py", handle, String(process.pid)];
    project.write("pipeline.json", JSON.stringify({ t: { run, inputs: ["probe.py"], confine: "sealed" } }));
    const mounts = isRoot ? ["unshare", "--mount", "sh", "-c", submount, "sh"] : [];
    const keyring = [python, probe, "prepare"];
    const ran = runAs(who, project, [...mounts, ...keyring, "bash", "-c", inherited, "bash", project.at("../outside")]);
    expect(ran.lines).toEqual([
      "descriptors: 0 1 2",
      "capabilities: none",
      "user: not root",
      "new privileges: none",
      `setuid program: ${isRoot ? "no root" : "not there"}`,
      "file by handle: refused",
      "kernel settings: refused",
      "clock: refused",
      "other processes: unseen",
      "trace: refused",
      "keyrings: refused",
      "kernel log: refused",
      "user namespace: refused",
      "mount: refused",
      "sockets: refused",
      "ring: refused",
      "submount: refused",
      "system: refused",
      "memory: refused",
      "temporary space: some",
      "processes: some",
    ]);
    expect(readFileSync(project.at("../outside"), "utf8")).toBe("secret");
  });

  it("gets a program of PATH and its parts, never the folder around it", (context) => {
    requireSealAs(context, who);
    const project = new TestProject({
      "../home/.local/bin/tool": '#!/bin/sh\n. "$(dirname "$0")/../lib/tool/part"\n',
      "../home/.local/bin/notes.txt": "mine",
      "../home/.local/lib/tool/part": "echo tool\n",
      "../home/.local/share/keyrings/login": "secret",
      "../home/bin/script": "#!/bin/sh\necho script\n",
      "../home/.ssh/id": "secret",
    });
    for (const path of [".local/bin/tool", "bin/script"]) chmodSync(project.at(`../home/${path}`), 0o755);
    const run = "tool && script && cd ~ && find . -type f | sort";
    project.write("pipeline.json", JSON.stringify({ t: { run, inputs: [], confine: "sealed" } }));
    const searchPath = `${project.at("../home/.local/bin")}:${project.at("../home/bin")}:/usr/bin:/bin`;
    const ran = runAs(who, project, [], searchPath);
    expect(ran.lines, ran.text).toEqual([
      "tool",
      "script",
      "./.local/bin/tool",
      "./.local/lib/tool/part",
      "./bin/script",
    ]);
  });

  it("reaches its services, which stand behind the same wall", (context) => {
    requireProgram(context, "python3", "python3");
    requireSealAs(context, who);
    const project = new TestProject({ "../home/x": "" });
    const get = "import os, urllib.request as u; print(u.urlopen('http://127.0.0.1:' + os.environ['WEB_PORT']).status)";
    const walls = "grep -E '^(Cap(Eff|Bnd)|NoNewPrivs)' /proc/self/status";
    const services = { web: { run: `${walls} > walls; exec ${python} -m http.server --bind 127.0.0.1 $PORT` } };
    const t = { run: `${python} -c "${get}" && cat walls`, inputs: [], confine: "sealed", services };
    project.write("pipeline.json", JSON.stringify({ t }));
    const ran = runAs(who, project);
    const none = "0".repeat(16);
    expect(ran.lines, ran.text).toEqual(["200", `CapEff:\t${none}`, `CapBnd:\t${none}`, "NoNewPrivs:\t1"]);
  });

  // Without a package: what the set-up of this repository does not install may be missing anywhere.
  it.for([
    ["node", "", 'node -e "console.log(6 * 7)"', "42"],
    ["npm", "", "npm install --offline --no-audit --silent && npm run --silent say", "42"],
    ["python3", "python3", "python3 -c 'import json, tempfile; tempfile.mkdtemp(); print(6 * 7)'", "42"],
    ["gcc", "gcc libc6-dev", "gcc -o say say.c && ./say", "42"],
    ["go", "golang-go", "go build -o say say.go && ./say", "42"],
    ["git", "git", `git init -q . && git add say.c && ${commit} && git ls-files`, "say.c"],
  ] as const)("still runs %s", ([program, debianPackage, run, expected], context) => {
    if (debianPackage !== "") requireProgram(context, program, debianPackage);
    else if (!isInPath(program)) context.skip(`${program} is not installed`);
    requireSealAs(context, who);
    const project = new TestProject({
      "say.c": '#include <stdio.h>\nint main(void) { puts("42"); return 0; }\n',
      "say.go": 'package main\n\nfunc main() { println("42") }\n',
      "package.json": JSON.stringify({ name: "say", version: "1.0.0", scripts: { say: "echo 42" } }),
      "../home/x": "",
    });
    const inputs = ["say.*", "package.json"];
    project.write("pipeline.json", JSON.stringify({ t: { run, inputs, confine: "sealed" } }));
    const ran = runAs(who, project, [], process.env.PATH);
    expect(ran.lines, ran.text).toEqual([expected]);
    expect(ran.outcome).toBe("succeeded");
  });
});
