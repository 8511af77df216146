import { expect, test } from "vitest";
import { exitedFailure } from "../../src/rollout/evidence.ts";
import { missingPackage, modulesHint } from "../../src/rollout/missing-module.ts";
import { ended, value } from "../drivers/conformance.ts";
import { createLocal, workerIn } from "../drivers/support.ts";

test.each([
  ["Error: Cannot find module 'tsx'", "tsx"],
  ["Error [ERR_MODULE_NOT_FOUND]: Cannot find package '@nestjs/cli' imported from /r/dist/main.js", "@nestjs/cli"],
  ["Error: Cannot find module 'lodash/merge'", "lodash"],
  ["Error: Cannot find module './routes.js'", undefined],
  ["Error: Cannot find module '/r/dist/server.js'", undefined],
  ["listening", undefined],
])("of %j the package is %s", (line, name) => {
  expect(missingPackage(["Node.js v24", line])).toBe(name);
});

test("whoever misses a package is told where it has to stand, and how to release all of them", () => {
  const hint = modulesHint(["Error: Cannot find module 'tsx'"]);
  expect(hint).toContain("npm install --save-prod tsx");
  expect(hint).toContain('nodeModules: "all"');
  expect(modulesHint(["Error: Cannot find module './a.js'"])).toBeUndefined();
});

test("an instance that ended because of it says so, with the hint", async () => {
  const under = await createLocal();
  const spec = { ...workerIn(under, "a"), command: [under.node, "-e", "require('tsx')"] as const };
  const instance = value(await under.driver.start(spec, 1));
  const exit = await ended(under.driver, "a");
  expect(await exitedFailure(under.driver, instance, exit)).toMatchObject({
    code: "instance-exited",
    cause: expect.stringContaining("Cannot find module 'tsx'"),
    hint: modulesHint(["Error: Cannot find module 'tsx'"]),
  });
});
