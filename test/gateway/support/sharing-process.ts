import { defaultLimits } from "../../../src/gateway/embedded/balance/limits.ts";
import { ControlServer } from "../../../src/gateway/embedded/control/server.ts";
import { Switchboard } from "../../../src/gateway/embedded/switchboard.ts";

/** A process of a gateway that is several: `node sharing-process.ts <stateFolder> <controlSocketPath>`. */
const [stateFolder = "", controlSocketPath = ""] = process.argv.slice(2);
const switchboard = await Switchboard.open(stateFolder, { ...defaultLimits, sharesPorts: true });
const control = new ControlServer(switchboard, () => process.exit());
await control.listen(controlSocketPath);
// Not longer than the test that started it.
process.once("disconnect", () => process.exit());
process.send?.("serving");
