import { expect, test } from "vitest";
import { summarise } from "../../scripts/ci/summary.ts";

const green = { numPassedTests: 10, numFailedTests: 0, numPendingTests: 0, success: true };
const steps = (demo: boolean, check: boolean) => [
  { name: "demo", passed: demo },
  { name: "check", passed: check },
];

test("tests and demos are counted together", () => {
  expect(summarise(green, steps(true, true))).toEqual({ passed: 11, failed: 0, skipped: 0 });
});

test("a demo that failed is a failure beside the tests", () => {
  expect(summarise(green, steps(false, true))).toEqual({ passed: 10, failed: 1, skipped: 0 });
});

test("a check that failed for something else than a test is a failure of its own", () => {
  expect(summarise(green, steps(true, false)).failed).toBe(1);
});

test("failed tests are not counted twice because the check failed with them", () => {
  expect(summarise({ ...green, numFailedTests: 2, success: false }, steps(true, false)).failed).toBe(2);
});

test("a test file that cannot be loaded is a failure", () => {
  expect(summarise({ ...green, success: false }, steps(true, true)).failed).toBe(1);
});

test("a missing report is a failure", () => {
  expect(summarise(undefined, steps(true, true))).toEqual({ passed: 1, failed: 1, skipped: 0 });
});
