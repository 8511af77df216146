import { join } from "node:path";
import type { GatewayProcess } from "../start.ts";

/** Whether two processes can listen at one address here, and see who else does. */
export const canHaveTwin = process.platform === "linux";

/** Where the second process of a gateway answers. */
export function twinSocket(controlSocketPath: string): string {
  return `${controlSocketPath}.2`;
}

/** Where the second process keeps its things. It says what it has to say where this one does. */
export function twinPlace(stateFolder: string, controlSocketPath: string): GatewayProcess {
  return {
    stateFolder: join(stateFolder, "2"),
    controlSocketPath: twinSocket(controlSocketPath),
    logFile: "/proc/self/fd/1",
    twinOf: controlSocketPath,
  };
}
