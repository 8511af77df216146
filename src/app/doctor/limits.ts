import { localSpec, openDriver } from "../../drivers/registry.ts";
import { openProject } from "../open-project.ts";
import type { DoctorCheck, Finding } from "./finding.ts";

/** Whether services can be held to their limits here, where some have any. */
export const checkLimits: DoctorCheck = async (ports) => {
  const opened = await openProject(ports);
  if (!opened.ok) return [];
  const { services, environments } = opened.value.project;
  const all = [...Object.values(services), ...Object.values(environments)];
  if (!all.some(({ limits }) => limits !== undefined)) return [];
  const driver = await openDriver(localSpec, { stateFolder: ports.folder });
  return driver.ok ? [limitsFinding(driver.value.capabilities.limits, process.platform)] : [];
};

/** What doctor says of what the `local` driver can keep. */
export function limitsFinding(
  { memory, cpu }: { readonly memory: boolean; readonly cpu: boolean },
  platform: NodeJS.Platform,
): Finding {
  const what = "Limits";
  if (memory && cpu) return { state: "good", what, detail: "memory and processors of services can be limited" };
  const missing = [...(memory ? [] : ["memory"]), ...(cpu ? [] : ["processors"])].join(" and ");
  const detail = `${missing} of services cannot be limited here: services run without that limit`;
  const hint =
    platform === "linux"
      ? "Limits need control groups, which this user may not create. Run as root, or start the agent where they are " +
        "delegated: systemd-run --user --scope --property=Delegate=yes tidegate env start ENVIRONMENT"
      : "Limits need control groups, which only Linux has.";
  return { state: "warning", what, detail, hint };
}
