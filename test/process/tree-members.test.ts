import { expect, test } from "vitest";
import type { ProcessRow } from "../../src/process/process-row.ts";
import { selectTree } from "../../src/process/tree-members.ts";

const self = 900;
const nobody = (_pid: number): boolean => false;

function row(pid: number, parent: number, group: number, more: Partial<ProcessRow> = {}): ProcessRow {
  return { pid, parent, group, started: `s${pid}`, ended: false, ...more };
}

const system = [row(1, 0, 1), row(800, 1, 800), row(self, 800, self)];

function select(rows: readonly ProcessRow[], root = { pid: 10, started: "s10" }, marked = nobody): number[] {
  return [...selectTree([...system, ...rows], root, marked, self).pids].sort((a, b) => a - b);
}

test("the root, its group and all descendants are the tree", () => {
  expect(select([row(10, 1, 10), row(11, 1, 10), row(12, 11, 12), row(13, 12, 13), row(50, 1, 50)])).toEqual([
    10, 11, 12, 13,
  ]);
});

test("a process that left group and parent is found by its mark", () => {
  expect(select([row(10, 1, 10), row(20, 1, 20), row(21, 20, 21)], undefined, (pid) => pid === 20)).toEqual([
    10, 20, 21,
  ]);
});

test("a stranger that got the root's number is left alone, with its group and children", () => {
  const stranger = [row(10, 1, 10, { started: "later" }), row(11, 10, 10), row(12, 11, 12)];
  expect(select(stranger)).toEqual([]);
  expect(select([...stranger, row(30, 1, 30)], undefined, (pid) => pid === 30)).toEqual([30]);
});

test("the group of an ended root that is still listed is the root's", () => {
  expect(select([row(10, self, 10, { ended: true }), row(11, 1, 10)])).toEqual([11]);
});

test("a group without a leader is taken only when one of it has the mark", () => {
  const group = [row(11, 1, 10), row(12, 1, 10)];
  expect(select(group)).toEqual([]);
  expect(select(group, undefined, (pid) => pid === 12)).toEqual([11, 12]);
});

test("who held the root itself may end its leaderless group", () => {
  expect([...selectTree([...system, row(11, 1, 10)], { pid: 10 }, nobody, self).pids]).toEqual([11]);
});

test("this process and those that started it are spared, though they have the mark, and so are this one's children", () => {
  const everybody = (): boolean => true;
  expect(select([row(10, 1, 10)], undefined, everybody)).toEqual([10]);
  const inherited = (pid: number): boolean => [800, self].includes(pid);
  expect(select([row(10, 1, 10), row(950, self, 950)], undefined, inherited)).toEqual([10]);
});

test("a group with this process in it is never signalled as a whole", () => {
  const table = [row(1, 0, 1), row(10, 1, 10), row(self, 10, 10), row(11, 10, 10)];
  const { pids, ownGroup } = selectTree(table, { pid: 10, started: "s10" }, nobody, self);
  expect({ pids: [...pids], ownGroup }).toEqual({ pids: [11], ownGroup: false });
});

test.each([0, 1, -1, Number.NaN])("a damaged root number (%s) selects nothing", (pid) => {
  const kernel = [row(2, 0, 0), row(3, 2, 0)];
  expect([...selectTree([...system, ...kernel], { pid }, nobody, self).pids]).toEqual([]);
});

test("zombies are not of the tree, but what they started is", () => {
  expect(select([row(10, 1, 10), row(11, 10, 11, { ended: true }), row(12, 11, 12)])).toEqual([10, 12]);
});
