import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { followEvents } from "../../src/agent/client/follow-events.ts";
import { routes } from "../../src/agent/protocol/protocol.ts";
import { ok } from "../../src/errors/result.ts";
import { statePaths } from "../../src/files/state-paths.ts";
import { identityOf } from "../../src/process/identity.ts";
import { tempFolder } from "../support/temp-folder.ts";

test("a history that is followed goes on from the store when the agent hangs with the connection open, and says so", async () => {
  const stateFolder = tempFolder();
  const socket = join(tempFolder({}, "s"), "a");
  const record = statePaths(stateFolder).agentRecord;
  mkdirSync(dirname(record), { recursive: true });
  writeFileSync(record, JSON.stringify({ ...identityOf(process.pid), socket }));
  // As a stopped process: it was there when the following began, and nothing is answered any more.
  const open: ServerResponse[] = [];
  let isStopped = false;
  const server = createServer((request, response) => {
    open.push(response);
    if (request.url === routes.about && !isStopped)
      return void response.end(JSON.stringify({ version: "1", pid: process.pid, busy: [] }));
    if (!isStopped) response.writeHead(200).write("\n");
    isStopped = true;
  }).listen(socket);
  onTestFinished(() => {
    for (const response of open) response.destroy();
    server.close();
  });
  const enough = new AbortController();
  const hanging: number[] = [];
  const asked: number[] = [];
  const followed = await followEvents({
    stateFolder,
    store: {
      events: async ({ after }) => {
        asked.push(after);
        enough.abort();
        return ok({ events: [], missed: 0 });
      },
    },
    project: "shop",
    after: 7,
    take: () => undefined,
    missed: () => undefined,
    hangs: (pid) => hanging.push(pid),
    signal: enough.signal,
    lookEveryMs: 1,
  });
  expect(followed.ok).toBe(true);
  expect(hanging).toEqual([process.pid]);
  expect(asked).toEqual([7]);
});
