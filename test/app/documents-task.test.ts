import { lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, test } from "vitest";
import { recordTask, type TaskRequest } from "../../src/app/documents/task.ts";
import { whileWriting } from "../../src/app/documents/writing.ts";
import { withSession } from "../../src/app/session.ts";
import { documentNames, factsName } from "../../src/documents/names.ts";
import { ok } from "../../src/errors/result.ts";
import { takeProcessLock } from "../../src/process/process-lock.ts";
import { taskPath, taskProject, vision } from "../support/task-project.ts";
import { tempFolder, writeFiles } from "../support/temp-folder.ts";
import { failureOf, lendPackages, portsFor, unwrap } from "./ports.ts";

const start = Date.UTC(2026, 0, 2, 3, 4, 5);
const step = "01_Machine/03_Brain/Step.json";
const dna = "01_Machine/03_Brain/DNA.json";

function projectFolder(changes: Readonly<Record<string, string>> = {}): string {
  const folder = tempFolder({ ...taskProject(), ...changes });
  lendPackages(folder);
  return folder;
}

function record(folder: string, request: Partial<TaskRequest> = {}, now = start) {
  return withSession(portsFor(folder, {}, { now: () => now }), "look", (session) =>
    recordTask(session, { file: taskPath, status: "succeeded", force: false, ...request }),
  );
}

/** Every file of the project that a task may touch, by its path. */
function contents(folder: string): Readonly<Record<string, string>> {
  const entries = readdirSync(join(folder, "01_Machine"), { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  return Object.fromEntries(paths.sort().map((path) => [relative(folder, path), readFileSync(path, "latin1")]));
}

const read = (folder: string, path: string) => readFileSync(join(folder, path), "utf8");
const parsed = (folder: string, path: string) => JSON.parse(read(folder, path).replace(/^\uFEFF/, ""));

describe("a task that asks for the four documents", () => {
  test("is done: they stand where its checklist says, it is ticked, and both state files say so", async () => {
    const folder = projectFolder();
    const { task, status, files } = unwrap(await record(folder));
    expect({ task, status }).toEqual({ task: "P03-S09-T09", status: "SUCCEEDED" });
    const documents = [...documentNames, factsName].map((name) => `${vision}/${name}`);
    expect([...files].sort()).toEqual([...documents, taskPath, step, dna].sort());
    expect(Object.keys(contents(folder)).sort()).toEqual([...files].sort());
    expect(read(folder, taskPath)).toBe(
      taskProject()
        [taskPath]!.replaceAll("- [ ]", "- [x]")
        .replaceAll(/ \(missing\)$/gm, ""),
    );
    expect(parsed(folder, step).completedTasks).toMatchObject([{ taskId: "P03-S09-T09", status: "SUCCEEDED" }]);
    expect(parsed(folder, dna).step_definitions["P03-S09-T09-DevOps-and-Deployment-Architecture"]).toMatchObject({
      status: "SUCCEEDED",
      file_path: taskPath,
      completed_at: new Date(start).toISOString(),
    });
    expect(parsed(folder, dna).workflow_state).toEqual(JSON.parse(taskProject()[dna]!).workflow_state);
  });

  test("is the same when it is done again later: no file changes, and it keeps its time", async () => {
    const folder = projectFolder();
    unwrap(await record(folder));
    const before = contents(folder);
    expect(unwrap(await record(folder, {}, start + 3_600_000)).files).toEqual([]);
    expect(contents(folder)).toEqual(before);
  });

  test("says in both state files that it failed, and nothing else changes", async () => {
    const folder = projectFolder();
    const { status, files } = unwrap(await record(folder, { status: "failed" }));
    expect({ status, files: [...files].sort() }).toEqual({ status: "FAILED", files: [dna, step] });
    expect(parsed(folder, step).completedTasks).toMatchObject([{ status: "FAILED", artifacts: [] }]);
    expect(read(folder, taskPath)).toBe(taskProject()[taskPath]);
  });

  test("keeps line ends of Windows and byte order marks", async () => {
    const windows = (text: string) => `\uFEFF${text.replaceAll("\n", "\r\n")}`;
    const given = taskProject();
    const changes = Object.fromEntries([taskPath, step, dna].map((path) => [path, windows(given[path]!)]));
    const [folder, plain] = [projectFolder(changes), projectFolder()];
    unwrap(await record(folder));
    unwrap(await record(plain));
    for (const path of [taskPath, step, dna]) expect(read(folder, path)).toBe(windows(read(plain, path)));
  });

  test("has its state files where the call says that they are", async () => {
    const folder = projectFolder();
    const given = taskProject();
    rmSync(join(folder, dirname(step)), { recursive: true });
    expect(failureOf(await record(folder)).hint).toContain("--step Step.json --dna DNA.json");
    writeFiles(folder, { "brain/S.json": given[step]!, "brain/D.json": given[dna]! });
    expect(unwrap(await record(folder, { step: "brain/S.json", dna: "brain/D.json" })).files).toContain("brain/S.json");
  });

  test("waits for the call that is still at it", async () => {
    const folder = projectFolder();
    mkdirSync(join(folder, ".tidegate"));
    const lock = takeProcessLock(join(folder, ".tidegate/documents.lock"))!;
    const before = contents(folder);
    const waiting = record(folder);
    expect(await Promise.race([waiting, new Promise((resolve) => setImmediate(resolve, "waits"))])).toBe("waits");
    expect(contents(folder)).toEqual(before);
    lock.release();
    unwrap(await waiting);
  });

  test("that failed has no tick for what is not there, and keeps the others", async () => {
    const folder = projectFolder();
    unwrap(await record(folder));
    const ticked = read(folder, taskPath);
    unwrap(await record(folder, { status: "failed" }));
    expect(read(folder, taskPath)).toBe(ticked);
    rmSync(join(folder, vision, "CICD_Automation_Plan.json"));
    unwrap(await record(folder, { status: "failed" }));
    expect(read(folder, taskPath)).toBe(
      ticked.replace(/- \[x\] (.*CICD_Automation_Plan\.json)$/m, "- [ ] $1 (missing)"),
    );
    unwrap(await record(folder, { force: true }));
    expect(read(folder, taskPath)).toBe(ticked);
  });

  test("writes what a link in the project leads to, and leaves the link", async () => {
    const folder = projectFolder({ "state/S.json": taskProject()[step]! });
    rmSync(join(folder, step));
    symlinkSync("../../state/S.json", join(folder, step));
    unwrap(await record(folder));
    expect(lstatSync(join(folder, step)).isSymbolicLink()).toBe(true);
    expect(parsed(folder, "state/S.json").completedTasks).toHaveLength(1);
  });
});

describe("what others do at the same time", () => {
  const folderOf = () => ({ checkoutFolder: join(tempFolder(), ".tidegate") });
  const done = (files: Readonly<Record<string, string>>) =>
    ok({ files: new Map(Object.entries(files)), value: "done" });

  test("a call that does not come to its end is told with a code of its own", async () => {
    const session = folderOf();
    mkdirSync(session.checkoutFolder);
    const lock = takeProcessLock(join(session.checkoutFolder, "documents.lock"))!;
    const refused = await whileWriting(session, async () => done({}), 0);
    expect(failureOf(refused).code).toBe("documents-busy");
    lock.release();
  });

  test("a file that somebody saves meanwhile is read again, and not written over", async () => {
    const session = folderOf();
    const path = join(dirname(session.checkoutFolder), "Step.json");
    writeFileSync(path, "1");
    let saves = 1;
    const written = await whileWriting(session, async (watch) => {
      const text = watch.text(path);
      if (saves-- > 0) writeFileSync(path, "2");
      return done({ [path]: `${text} and ours` });
    });
    expect(unwrap(written)).toBe("done");
    expect(readFileSync(path, "utf8")).toBe("2 and ours");
  });

  test("a file that is never still is left to whoever changes it", async () => {
    const session = folderOf();
    const path = join(dirname(session.checkoutFolder), "Step.json");
    let saves = 0;
    const refused = await whileWriting(session, async (watch) => {
      watch.text(path);
      writeFileSync(path, `${++saves}`);
      return done({ [path]: "ours" });
    });
    expect(failureOf(refused).code).toBe("documents-busy");
    expect(readFileSync(path, "utf8")).toBe(`${saves}`);
  });
});

describe("promise 18: nothing is changed, and what is missing is said, when", () => {
  const given = taskProject();
  const definition = given["tidegate.config.ts"]!;

  test.each<[string, Readonly<Record<string, string>>, string, RegExp]>([
    [
      "there is one environment",
      { "tidegate.config.ts": definition.replace(/production: \{.*\},\n/, "") },
      "task-not-ready",
      /one environment: two are needed/,
    ],
    [
      "nothing is tested",
      { "tidegate.config.ts": definition.replace('stage: "verify"', 'stage: "other"') },
      "task-not-ready",
      /nothing is tested/,
    ],
    [
      "nothing is built",
      { "tidegate.config.ts": definition.replace('outputs: ["dist/"]', "outputs: []") },
      "task-not-ready",
      /nothing is built/,
    ],
    [
      "nothing is deployed",
      { "tidegate.config.ts": definition.replace("services: { web }", "services: {}") },
      "task-not-ready",
      /nothing is deployed/,
    ],
    [
      "an environment differs where nothing says so",
      { "tidegate.config.ts": definition.replace('LEVEL: "debug"', 'LEVEL: "info"') },
      "task-not-ready",
      /LEVEL/,
    ],
    [
      "the task asks for other artefacts",
      { [taskPath]: given[taskPath]!.replaceAll("CICD_Automation_Plan.json", "Data_Model.json") },
      "task-file-invalid",
      /does not ask for CICD_Automation_Plan\.json/,
    ],
    [
      "a path goes up",
      { [taskPath]: given[taskPath]!.replace(`] ${vision}`, "] ../out") },
      "path-outside-project",
      /./,
    ],
    [
      "a path is absolute",
      { [taskPath]: given[taskPath]!.replace(`] ${vision}`, "] /out") },
      "path-outside-project",
      /./,
    ],
    [
      "a path has a drive",
      { [taskPath]: given[taskPath]!.replace(`] ${vision}`, "] C:/out") },
      "path-outside-project",
      /./,
    ],
    [
      "a path has the separators of Windows",
      { [taskPath]: given[taskPath]!.replace(`] ${vision}/`, "] out\\\\") },
      "path-outside-project",
      /./,
    ],
    [
      "a document is asked for twice",
      { [taskPath]: given[taskPath]!.replace(/^(- \[ \] )(.*CICD_Auto.*)$/m, "$1$2\n$1other/$2") },
      "task-file-invalid",
      /more than once for CICD_Automation_Plan\.json/,
    ],
    [
      "a secret cannot be read here: what is right with it is not known",
      {
        "tidegate.config.ts": definition
          .replace("config: { LEVEL", 'config: { TOKEN: secret(z.string(), { from: command(["false"]) }), LEVEL')
          .replace("service, task }", "secret, command, service, task }"),
      },
      "task-not-ready",
      /TOKEN/,
    ],
    ["a state file has a third shape", { [step]: '{ "steps": [] }' }, "task-state-invalid", /./],
    [
      "a key stands twice in a state file",
      { [dna]: given[dna]!.replace("{", '{ "agents": {},') },
      "task-state-invalid",
      /line \d+, column \d+: the key agents is there twice/,
    ],
  ])("%s", async (_, changes, code, said) => {
    const folder = projectFolder(changes);
    const before = contents(folder);
    const failure = failureOf(await record(folder));
    expect(failure.code).toBe(code);
    expect(`${failure.message}\n${failure.cause ?? ""}`).toMatch(said);
    expect(contents(folder)).toEqual(before);
  });

  test("a folder on the way to a document is a link out of the project", async () => {
    const folder = projectFolder();
    const elsewhere = tempFolder();
    mkdirSync(join(folder, dirname(vision)), { recursive: true });
    symlinkSync(elsewhere, join(folder, vision));
    expect(failureOf(await record(folder)).code).toBe("path-outside-project");
    expect(readdirSync(elsewhere)).toEqual([]);
  });

  test("a state file is a link out of the project", async () => {
    const folder = projectFolder();
    const elsewhere = tempFolder({ "Step.json": given[step]! });
    rmSync(join(folder, step));
    symlinkSync(join(elsewhere, "Step.json"), join(folder, step));
    expect(failureOf(await record(folder)).code).toBe("path-outside-project");
    expect(read(elsewhere, "Step.json")).toBe(given[step]);
  });
});
