import { describe, expect, it } from "vitest";
import type { FailureCode } from "../../src/errors/codes.ts";
import { exitOf } from "../../src/errors/exit-of.ts";

describe("the exit code of a call", () => {
  it.each<[FailureCode[], number]>([
    [[], 0],
    [["task-failed"], 1],
    [["unknown-task"], 2],
    [["check-failed"], 3],
    [["no-space"], 4],
    [["interrupted"], 130],
    [["task-failed", "no-space"], 4],
    [["instance-exited", "check-failed"], 3],
    [["check-failed", "config-missing"], 2],
    [["internal", "interrupted", "task-failed"], 130],
  ])("that ended with %j is %i", (codes, exit) => {
    expect(exitOf(codes.map((code) => ({ code, message: "" })))).toBe(exit);
  });
});
