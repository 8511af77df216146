import { createServer } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { portFailure, portInUse } from "../../src/runner/services/port-in-use.ts";

it.each([
  ["Error: listen EADDRINUSE: address already in use 127.0.0.1:5432", 5432],
  ["Error: listen EADDRINUSE: address already in use :::3000", 3000],
  ["listen tcp 127.0.0.1:6379: bind: address already in use", 6379],
  ["OSError: [Errno 98] Address already in use", 0],
  [
    'could not bind IPv4 address "127.0.0.1": Address already in use\nIs another postmaster already running on port 5432?',
    5432,
  ],
  ["Port 8000 is in use by another program.", 8000],
  ["[2026-11-29 10:00:00] Connection in use: ('127.0.0.1', 8000)\nready at 12:30", undefined],
  ["listening on port 5432", undefined],
])("the port that a program did not get is read from what it said: %s", (lines, port) => {
  expect(portInUse(lines)).toBe(port);
});

it("a port in use is told by name, and so is who has it", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as { port: number };
  const failure = await portFailure('Service "db"', `listen EADDRINUSE: address already in use 127.0.0.1:${port}`, 1);
  expect(failure?.message).toMatch(`Service "db" could not listen: port ${port} is taken by `);
  if (process.platform !== "linux") return;
  expect(failure?.message).toContain(`process ${process.pid} (`);
  expect(failure?.hint).toContain(`kill ${process.pid}`);
});
