import { platform, release } from "node:os";
import type { DoctorCheck } from "./finding.ts";

const supported = ["linux", "darwin"];

/** The Node that runs this, and the system below it. An older Node never gets here. */
export const checkNode: DoctorCheck = async () => [
  { state: "good", what: "Node", detail: `${process.versions.node} (${process.execPath})` },
  supported.includes(platform())
    ? { state: "good", what: "System", detail: `${platform()} ${release()}` }
    : {
        state: "broken",
        what: "System",
        detail: `${platform()} is not supported`,
        hint: "Tidegate runs on Linux and macOS; on Windows use it inside of WSL.",
      },
];
