import { openProject } from "../open-project.ts";
import type { DoctorCheck } from "./finding.ts";

/** Whether there is a definition that loads. What is wrong with it in detail is for `check`. */
export const checkDefinition: DoctorCheck = async (ports) => {
  const opened = await openProject(ports);
  if (opened.ok)
    return [{ state: "good", what: "Definition", detail: `${opened.value.project.name} (${opened.value.file})` }];
  const isMissing = opened.failures[0]?.code === "no-definition";
  return [
    {
      state: isMissing ? "warning" : "broken",
      what: "Definition",
      detail: opened.failures[0]?.message ?? "",
      hint: isMissing ? "Run: tidegate init" : "Run: tidegate check",
    },
  ];
};
