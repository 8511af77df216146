import { expect, test } from "vitest";
import { exitedFailure } from "../../src/rollout/evidence.ts";
import { ended, value } from "../drivers/conformance.ts";
import { createLocal, workerIn } from "../drivers/support.ts";

test("promise 22: of an instance that ended without a word, what was started is told, and how to hear more", async () => {
  const under = await createLocal();
  const command = `${under.node} -e process.exit`;
  const instance = value(await under.driver.start({ ...workerIn(under, "a"), command }, 1));
  const exit = await ended(under.driver, "a");
  expect(await exitedFailure(under.driver, instance, exit, command)).toMatchObject({
    code: "instance-exited",
    cause: `It wrote nothing. What was started: ${command}`,
    hint: expect.stringMatching(/In the project's folder:\n {2}PORT=3000 LOG_LEVEL=debug \S+ -e process\.exit$/),
  });
});
