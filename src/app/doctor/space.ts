import { statfs } from "node:fs/promises";
import { showBytes } from "../../errors/quantities.ts";
import type { DoctorCheck } from "./finding.ts";

/** Below this a pipeline of any size soon fails. */
const scarceBytes = 1_000_000_000;
/** Below this nothing works any more. */
const noBytes = 20_000_000;

/** How much room the disk of the project has. */
export const checkSpace: DoctorCheck = async ({ folder }) => {
  const { bavail, bsize } = await statfs(folder);
  const bytes = bavail * bsize;
  const detail = `${showBytes(bytes)} free`;
  if (bytes >= scarceBytes) return [{ state: "good", what: "Disk", detail }];
  const hint = "Free some space: finished runs and cached results of this project are in .tidegate/.";
  return [{ state: bytes < noBytes ? "broken" : "warning", what: "Disk", detail, hint }];
};
