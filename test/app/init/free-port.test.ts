import { once } from "node:events";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { freePort, keepPort } from "../../../src/app/init/free-port.ts";
import { statePaths } from "../../../src/files/state-paths.ts";
import { writeStored } from "../../../src/gateway/embedded/tables/stored-table.ts";
import { writeStateRecord } from "../../../src/state/known-states.ts";
import { tempFolder } from "../../support/temp-folder.ts";

/** The state of a project in a folder, whose gateway listened on a port when it last ran. */
function known(home: string, id: string, folder: string, port: number): void {
  const stateFolder = join(home, id);
  const { gateway } = statePaths(stateFolder);
  mkdirSync(gateway, { recursive: true });
  writeStateRecord(stateFolder, { id, name: "shop", places: [{ kind: "folder", path: folder }] });
  const table = {
    environment: "staging",
    token: 1,
    listen: { host: "127.0.0.1", port },
    hosts: ["staging.localhost"],
    routes: [],
    internal: [],
  };
  writeFileSync(join(gateway, "staging.json"), writeStored({ environment: "staging", token: 1, table, ports: [] }));
}

test("the port of a new project is one that nobody listens on, and none of another project's that rests", async () => {
  const [folder, home] = [tempFolder(), tempFolder()];
  const variables = { TIDEGATE_STATE: home };
  const first = await freePort(folder, variables);
  const server = createServer();
  await once(server.listen(first, "127.0.0.1"), "listening");
  onTestFinished(() => void server.close());
  const second = await freePort(folder, variables);
  expect(second).toBeGreaterThan(first);
  known(home, "aaaaaaaaaaaa", "/somewhere/else", second);
  expect(await freePort(folder, variables)).toBeGreaterThan(second);
  writeFileSync(join(statePaths(join(home, "aaaaaaaaaaaa")).gateway, "production.json"), "{ damaged");
  expect(await freePort(folder, variables)).toBeGreaterThan(second);
});

test("the port that a project was given is its own before it runs, as long as its folder is there", async () => {
  const [folder, other, home] = [tempFolder(), tempFolder(), join(tempFolder(), "not", "yet")];
  const variables = { TIDEGATE_STATE: home };
  const first = await freePort(folder, variables);
  keepPort(folder, first, variables);
  const second = await freePort(other, variables);
  expect(second).toBeGreaterThan(first);
  expect(await freePort(folder, variables)).toBe(first);
  rmSync(folder, { recursive: true });
  expect(await freePort(other, variables)).toBe(first);
});

test("the port that a project has stays its port", async () => {
  const [folder, home] = [tempFolder(), tempFolder()];
  known(home, "bbbbbbbbbbbb", folder, 8099);
  expect(await freePort(folder, { TIDEGATE_STATE: home })).toBe(8099);
});
