import { spawnSync } from "node:child_process";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, onTestFinished, test } from "vitest";
import { knownStates } from "../../src/state/known-states.ts";
import { openState } from "../../src/state/open-state.ts";
import { openSqliteStore } from "../../src/store/sqlite/open.ts";
import { tempFolder, writeFiles } from "../support/temp-folder.ts";

const files = {
  key: "k".repeat(32),
  "blobs/ab/abc": "a blob",
  "releases/sha/dist/server.js": "a server",
  "environments/staging/data/app.db": "what the service keeps",
  "gateway/staging.json": "{}",
  "instances/staging/d1-web-1/instance.json": "{}",
  "sealed/1.json": "sealed",
  "agent.log": "said\n",
};
const kept = { ".gitignore": "*\n", "cache/blobs/x": "cached", "runs/1/run.json": "{}" };

/** A project as the version before left it: everything in `.tidegate`. */
function oldProject() {
  const folder = tempFolder(
    Object.fromEntries(Object.entries({ ...files, ...kept }).map(([path, text]) => [`.tidegate/${path}`, text])),
  );
  const database = new DatabaseSync(join(folder, ".tidegate/state.db"));
  // Left by a process that was killed: the newest part is in the log beside it.
  database.exec(
    "PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0; CREATE TABLE was (a); INSERT INTO was VALUES (1)",
  );
  const log = readFileSync(join(folder, ".tidegate/state.db-wal"));
  database.close();
  rmSync(join(folder, ".tidegate/state.db"));
  writeFileSync(join(folder, ".tidegate/state.db"), "");
  writeFileSync(join(folder, ".tidegate/state.db-wal"), log);
  return { folder, states: join(dirname(folder), "states") };
}

function open(folder: string, states: string, killAt = 0) {
  const child = join(import.meta.dirname, "child-open.ts");
  const { stdout, signal, stderr } = spawnSync(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", child, folder, "shop", String(killAt)],
    { env: { PATH: process.env.PATH, TIDEGATE_STATE: states, XDG_RUNTIME_DIR: dirname(states) }, encoding: "utf8" },
  );
  if (signal === "SIGKILL") return "killed";
  if (stdout === "") throw new Error(stderr);
  return JSON.parse(stdout) as { opened: { ok: boolean; value: { stateFolder: string } }; steps: number };
}

function expectMoved(folder: string, state: string): void {
  for (const [path, text] of Object.entries(files)) expect(readFileSync(join(state, path), "utf8"), path).toBe(text);
  for (const [path, text] of Object.entries(kept))
    expect(readFileSync(join(folder, ".tidegate", path), "utf8")).toBe(text);
  expect(statSync(join(state, "state.db-wal")).size).toBeGreaterThan(0);
  // What runs goes on finding what it opens by its path.
  for (const path of [
    "environments/staging/data/app.db",
    "gateway/staging.json",
    "releases/sha/dist/server.js",
  ] as const)
    expect(readFileSync(join(folder, ".tidegate", path), "utf8")).toBe(files[path]);
  const left = readdirSync(join(folder, ".tidegate")).filter((name) => name.includes("link") || name.includes("part"));
  expect(left).toEqual([]);
  expect(JSON.parse(readFileSync(join(state, "project.json"), "utf8"))).not.toHaveProperty("movingFrom");
}

test("the state of the version before is moved out of the checkout, which keeps its cache", async () => {
  const { folder, states } = oldProject();
  const moved = open(folder, states);
  if (moved === "killed") throw new Error("killed");
  expectMoved(folder, moved.opened.value.stateFolder);
  expect(open(folder, states)).toMatchObject({ opened: moved.opened, steps: 0 });
});

test("promise 21: the version before refuses clearly what was moved away from it", async () => {
  const { folder, states } = oldProject();
  open(folder, states);
  expect(await openSqliteStore(join(folder, ".tidegate/state.db"))).toMatchObject({
    ok: false,
    failures: [{ code: "state-newer" }],
  });
});

test("promise 17: killed at every step, the move is finished by the next command, and nothing is lost", async () => {
  const whole = oldProject();
  const all = open(whole.folder, whole.states);
  if (all === "killed") throw new Error("killed");
  expect(all.steps).toBeGreaterThan(15);
  const { folder, states } = oldProject();
  // Each attempt gets further than the one before, and is killed there; then each of them alone.
  for (let step = 1; step <= all.steps; step += 1) expect(open(folder, states, step)).toBe("killed");
  const finished = open(folder, states);
  if (finished === "killed") throw new Error("killed");
  expectMoved(folder, finished.opened.value.stateFolder);
  expect(knownStates(states)).toHaveLength(1);
  for (let step = 1; step <= all.steps; step += 4) {
    const once = oldProject();
    expect(open(once.folder, once.states, step)).toBe("killed");
    const next = open(once.folder, once.states);
    if (next === "killed") throw new Error("killed");
    expectMoved(once.folder, next.opened.value.stateFolder);
  }
}, 120_000);

test("two commands at the same moment move it once", async () => {
  const { folder, states } = oldProject();
  const variables = { TIDEGATE_STATE: states, XDG_RUNTIME_DIR: dirname(states) };
  const place = { projectFolder: folder, name: "shop", variables };
  const opened = await Promise.all([1, 2, 3].map(() => openState(place, "look")));
  expect(new Set(opened.map((one) => one.ok && one.value.stateFolder)).size).toBe(1);
  expectMoved(folder, opened[0]?.ok ? opened[0].value.stateFolder : "");
});

test("each of two clones that have a state of the version before keeps its own", async () => {
  const [one, other] = [oldProject(), oldProject()];
  const first = open(one.folder, one.states);
  const second = open(other.folder, one.states);
  expect(first).not.toEqual(second);
  expect(knownStates(one.states)).toHaveLength(2);
});

test("a state in the checkout beside the one that it belongs to is neither mixed with it nor left out", async () => {
  const { folder, states } = oldProject();
  open(folder, states);
  rmSync(join(folder, ".tidegate"), { recursive: true });
  writeFiles(folder, { ".tidegate/state.db": "of the version before" });
  const opened = await openState(
    { projectFolder: folder, name: "shop", variables: { TIDEGATE_STATE: states } },
    "look",
  );
  expect(opened).toMatchObject({ ok: false, failures: [{ code: "state-damaged" }] });
});

const near = statSync(tmpdir()).dev;
const far = ["/dev/shm", "/var/tmp", import.meta.dirname].find(
  (path) => existsSync(path) && statSync(path).dev !== near,
);

test.skipIf(far === undefined)("across file systems it is copied, whole or not at all, when nothing runs", async () => {
  const { folder } = oldProject();
  const states = mkdtempSync(join(far ?? "", "tidegate-states-"));
  onTestFinished(() => rmSync(states, { recursive: true, force: true }));
  mkdirSync(states, { recursive: true });
  for (let step = 1; open(folder, states, step) === "killed"; step += 3);
  const moved = open(folder, states);
  if (moved === "killed") throw new Error("killed");
  const state = moved.opened.value.stateFolder;
  for (const [path, text] of Object.entries(files)) expect(readFileSync(join(state, path), "utf8"), path).toBe(text);
  expect(lstatSync(join(folder, ".tidegate/environments"), { throwIfNoEntry: false })).toBeUndefined();
});
