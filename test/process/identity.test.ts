import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { identityOf, identityOfChild, isAlive } from "../../src/process/identity.ts";
import { eventually, plantTree, written } from "./support.ts";

test("a process has an identity while it runs and none afterwards", async () => {
  const child = spawn("sleep", ["60"], { stdio: "ignore" });
  const identity = identityOf(child.pid!)!;
  expect(isAlive(identity)).toBe(true);
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(isAlive(identity)).toBe(false);
  expect(identityOf(child.pid!)).toBeUndefined();
});

test("the same number with another start is another process", () => {
  const identity = identityOf(process.pid)!;
  expect(isAlive(identity)).toBe(true);
  expect(isAlive({ ...identity, started: "1" })).toBe(false);
});

test.each([0, -1, 1.5, Number.NaN, 2 ** 40])("%s is no process", (pid) => {
  expect(identityOf(pid)).toBeUndefined();
});

test("a child that ended before anybody looked can still be told apart", () => {
  const child = spawn("true", { stdio: "ignore" });
  // This process cannot collect its child before the event loop turns.
  while (identityOf(child.pid!) !== undefined);
  expect(identityOfChild(child.pid!)?.pid).toBe(child.pid);
});

test("a zombie does not run", async () => {
  // Its parent never collects it: it has become something that does not wait for children.
  const tree = plantTree("(echo > \"$PIDS/$(exec sh -c 'echo $PPID')\") & exec sleep 60");
  const [zombie] = await written(tree, 1);
  await eventually(() => expect(identityOf(zombie!)).toBeUndefined());
});
