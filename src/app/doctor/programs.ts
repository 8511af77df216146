import { lookAhead } from "../foresee/look-ahead.ts";
import { openProject } from "../open-project.ts";
import type { DoctorCheck } from "./finding.ts";

/** Whether the programs that tasks and services name are on this machine. */
export const checkPrograms: DoctorCheck = async (ports) => {
  const opened = await openProject(ports);
  if (!opened.ok) return [];
  const { problems, warnings } = await lookAhead(opened.value, ports);
  const missing = [...problems, ...warnings].filter(({ code }) => code === "program-missing");
  if (missing.length === 0)
    return [{ state: "good", what: "Programs", detail: "what tasks and services name is there" }];
  return missing.map(({ message, hint }) => ({
    state: "warning",
    what: "Programs",
    detail: message,
    ...(hint !== undefined && { hint }),
  }));
};
