import type { TestContext } from "vitest";
import { task } from "../../src/definition/builders.ts";
import { failuresOf, TestProject } from "../run/project.ts";
import { unavailable } from "../support/require.ts";

/** Whether sealing works here is what Tidegate itself says. */
export async function requireSeal(context: TestContext): Promise<void> {
  const project = new TestProject();
  const run = await project.run({ t: task({ run: "true", inputs: [], confine: "sealed" }) });
  const failure = failuresOf(run, "t").find(({ code }) => code === "confinement-unavailable");
  if (failure !== undefined) unavailable(context, `nothing can be sealed: ${failure.cause}`);
}
