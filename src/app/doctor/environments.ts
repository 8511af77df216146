import { existsSync } from "node:fs";
import { observeEnvironments } from "../../agent/observe.ts";
import type { EnvironmentStatus } from "../../environment/status.ts";
import type { Failure } from "../../errors/failure.ts";
import { statePaths } from "../../files/state-paths.ts";
import { peekState } from "../../state/open-state.ts";
import { openStore } from "../../store/open.ts";
import { openProject, placeOf } from "../open-project.ts";
import type { DoctorCheck, Finding } from "./finding.ts";

/** Whether the state can be read, and whether what was deployed really serves. */
export const checkEnvironments: DoctorCheck = async (ports) => {
  const opened = await openProject(ports);
  if (!opened.ok) return [];
  const state = peekState(placeOf(opened.value, ports));
  if (!state.ok || state.value === undefined) return [];
  const stateFolder = state.value;
  const { database } = statePaths(stateFolder);
  if (!existsSync(database)) return [];
  const store = await openStore(database);
  if (!store.ok) return store.failures.map(broken);
  try {
    const environments = await store.value.environments();
    if (!environments.ok) return environments.failures.map(broken);
    const names = environments.value.map(({ name }) => name);
    const observed = await observeEnvironments({ store: store.value, stateFolder, names, now: ports.now() });
    return observed.ok ? observed.value.map(findingOf) : observed.failures.map(broken);
  } finally {
    await store.value.close();
  }
};

function findingOf({ name, state, problems }: EnvironmentStatus): Finding {
  const what = `Environment ${name}`;
  if (problems.length === 0 && state !== "interrupted") return { state: "good", what, detail: state };
  const hint = `See what is wrong: tidegate status ${name}\nTo have it mended: tidegate env start ${name}`;
  return { state: "warning", what, detail: state, hint };
}

function broken({ message, hint }: Failure): Finding {
  return { state: "broken", what: "State", detail: message, ...(hint === undefined ? {} : { hint }) };
}
