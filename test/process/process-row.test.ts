import { expect, test } from "vitest";
import { parsePs, parseStat } from "../../src/process/process-row.ts";

const rest = (threads: number) => `0 -1 4194304 0 0 0 0 0 0 0 0 20 0 ${threads} 0 777 0 0`;

test("a command with spaces and brackets does not shift the fields", () => {
  expect(parseStat(7, `7 (a) Z 1 (b) S 3 5 5 ${rest(1)}`)).toEqual({
    pid: 7,
    parent: 3,
    group: 5,
    started: "777",
    ended: false,
  });
});

test("a zombie has ended, a process whose first thread has ended has not", () => {
  expect(parseStat(7, `7 (x) Z 3 5 5 ${rest(1)}`).ended).toBe(true);
  expect(parseStat(7, `7 (x) Z 3 5 5 ${rest(4)}`).ended).toBe(false);
});

test("what ps prints elsewhere is read", () => {
  const output = "    1     0     1 Ss   Mon Jan  5 09:00:00 2026\n  412     1   400 Z    Mon Jan  5 10:11:12 2026\n";
  expect(parsePs(output)).toEqual([
    { pid: 1, parent: 0, group: 1, started: "Mon Jan 5 09:00:00 2026", ended: false },
    { pid: 412, parent: 1, group: 400, started: "Mon Jan 5 10:11:12 2026", ended: true },
  ]);
  expect(parsePs("")).toEqual([]);
});
