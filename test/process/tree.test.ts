import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { identityOf } from "../../src/process/identity.ts";
import { endTree, treeMembers } from "../../src/process/tree.ts";
import { eventually, plantTree, runs, type Tree, written } from "./support.ts";

/** A line of shell: says that it runs, then sleeps. */
const stay = 'echo > "$PIDS/$$"; while :; do sleep 1; done';
const nested = (script: string) => `sh -c '${script.replaceAll("'", "'\\''")}'`;

async function expectGone(tree: Tree, pids: readonly number[]): Promise<void> {
  expect(pids.filter(runs)).toEqual([]);
  expect(treeMembers(tree)).toEqual([]);
}

test("a tree that listens to SIGTERM ends when asked", async () => {
  const tree = plantTree(`${nested(stay)} & ${stay}`);
  const pids = await written(tree, 2);
  expect(await endTree(tree, 20_000)).toBe("asked");
  await expectGone(tree, pids);
});

test("promise 4: grandchildren that ignore SIGTERM are killed after the grace", async () => {
  const deaf = `trap "" TERM; ${stay}`;
  const tree = plantTree(`${nested(`${nested(deaf)} & ${deaf}`)} & ${stay}`);
  const pids = await written(tree, 3);
  expect(await endTree(tree, 100)).toBe("killed");
  await expectGone(tree, pids);
});

test("a stopped process is asked too, and hears it", async () => {
  const tree = plantTree(stay);
  await written(tree, 1);
  process.kill(tree.pid, "SIGSTOP");
  expect(await endTree(tree, 20_000)).toBe("asked");
});

test("promise 4: a process in a session of its own is found after its parent has ended", async () => {
  const tree = plantTree(`setsid ${nested(`setsid ${nested(stay)} & exit`)} & exit`);
  const [lost] = await written(tree, 1);
  if (tree.child.exitCode === null) await once(tree.child, "exit");
  expect(treeMembers(tree).map((member) => member.pid)).toContain(lost);
  await endTree(tree, 100);
  await expectGone(tree, [lost!]);
});

test("a process that dropped its environment is found by its parent or its group", async () => {
  const tree = plantTree(`env -i PIDS="$PIDS" setsid ${nested(stay)} & env -i PIDS="$PIDS" ${nested(stay)} & ${stay}`);
  const pids = await written(tree, 3);
  await endTree(tree, 100);
  await expectGone(tree, pids);
});

test("promise 4: processes that keep forking while they are killed do not get away", async () => {
  const hydra = 'trap "" TERM; while :; do (trap "" TERM; sleep 1; sleep 1) & (exec setsid sleep 5) & sleep 0.01; done';
  const tree = plantTree(`trap "" TERM; ${nested(hydra)} & ${nested(hydra)} & ${stay}`);
  await written(tree, 1);
  await eventually(() => expect(treeMembers(tree).length).toBeGreaterThan(10));
  expect(await endTree(tree, 50)).toBe("killed");
  expect(treeMembers(tree)).toEqual([]);
});

test("a process that is another one every moment does not get away", async () => {
  // Each starts the next one and ends; they would end by themselves after a while.
  const hop = '[ "$1" -gt 0 ] || exit; sh -c "$HOP" sh $(($1 - 1)) & exit';
  const tree = plantTree(`trap "" TERM; export HOP='${hop}'; sh -c "$HOP" sh 5000; echo > "$PIDS/$$"; exec sleep 60`);
  await written(tree, 1);
  expect(await endTree(tree, 0)).toBe("killed");
  expect(treeMembers(tree)).toEqual([]);
});

test("without a grace nobody is asked", async () => {
  const tree = plantTree(`trap 'echo > "$PIDS/asked"' TERM; ${stay}`);
  await written(tree, 1);
  expect(await endTree(tree, 0)).toBe("killed");
  expect(existsSync(join(tree.folder, "asked"))).toBe(false);
});

test("a tree that is gone is gone", async () => {
  const tree = plantTree("exit");
  await once(tree.child, "exit");
  expect(await endTree(tree, 1_000)).toBe("gone");
});

test("an unrelated process with the number of a root of another time is not touched", async () => {
  const stranger = plantTree(stay);
  await written(stranger, 1);
  const root = { pid: stranger.pid, started: "12@another-boot", mark: "TIDEGATE_TEST=nobody-has-this" };
  expect(await endTree(root, 0)).toBe("gone");
  expect(runs(stranger.pid)).toBe(true);
});

test("a root with its start is ended like one without", async () => {
  const tree = plantTree(`${nested(stay)} & ${stay}`);
  const pids = await written(tree, 2);
  expect(await endTree({ ...identityOf(tree.pid)!, mark: tree.mark }, 20_000)).toBe("asked");
  await expectGone(tree, pids);
});

test("a process that only names the mark in its arguments is not of the tree", async () => {
  const tree = plantTree(stay);
  const reader = plantTree(`: ${tree.mark}; ${stay}`);
  await written(tree, 1);
  await written(reader, 1);
  await endTree(tree, 20_000);
  expect(runs(reader.pid)).toBe(true);
});
