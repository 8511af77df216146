import { join } from "node:path";
import { registerForTest } from "../../../src/drivers/registry.ts";
import { setEntryPointForTest } from "../../../src/process/entry-point.ts";
import { remoteKind } from "./kind.ts";

// `node --import register.ts`: the command line and its agent know one more driver.
registerForTest("remote", remoteKind);
setEntryPointForTest("agent", join(import.meta.dirname, "agent.ts"));
