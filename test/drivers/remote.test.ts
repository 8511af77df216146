import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { careful } from "../../src/drivers/careful.ts";
import { inReadOnly } from "../support/remove-tree.ts";
import { codes, driverConformance } from "./conformance.ts";
import { RemoteDriver } from "./remote/remote-driver.ts";
import { createRemote, type RemoteUnderTest } from "./remote/support.ts";
import { copyIn, specIn } from "./support.ts";

/** A driver that shares no disk with whoever uses it: what the contract can be believed for. */
driverConformance("remote", createRemote, {
  another: async (under) => careful(new RemoteDriver((under as RemoteUnderTest).daemon.socket)),
  tamper: async (under, path, text) => {
    const { daemon, driver, release, node } = under as RemoteUnderTest;
    const stateFolder = join(daemon.folder, "state");
    const copy = copyIn({ driver, release, node, folder: daemon.folder, stateFolder });
    const file = join(copy, path);
    inReadOnly(copy, () => {
      mkdirSync(dirname(file), { recursive: true });
      rmSync(file, { force: true });
      writeFileSync(file, text);
    });
  },
});

test("a driver that cannot be reached says so, and says nothing of what is there", async () => {
  const driver = careful(new RemoteDriver("/nowhere/daemon.sock"));
  const under = await createRemote();
  const results = [
    await driver.observe("staging"),
    await driver.start(specIn(under, "a"), 1),
    await driver.observeJob("staging", "j"),
    await driver.prepare("staging", under.release, 1),
  ];
  expect(results.flatMap(codes)).toEqual(results.map(() => "driver-unreachable"));
});
