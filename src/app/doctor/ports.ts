import { openProject, placeOf } from "../open-project.ts";
import { portsTakenAt } from "../taken-ports.ts";
import type { DoctorCheck } from "./finding.ts";

/** Whether the ports that environments are to be reached by are there for the project's gateway. */
export const checkPorts: DoctorCheck = async (ports) => {
  const opened = await openProject(ports);
  if (!opened.ok) return [];
  const { project } = opened.value;
  if (Object.keys(project.environments).length === 0) return [];
  const problems = await portsTakenAt(placeOf(opened.value, ports), project);
  if (problems.length === 0)
    return [{ state: "good", what: "Ports", detail: "no other process uses a port that environments need" }];
  return problems.map(({ message, hint }) => ({
    state: "warning",
    what: "Ports",
    detail: message,
    ...(hint !== undefined && { hint }),
  }));
};
