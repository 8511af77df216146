import { existsSync } from "node:fs";
import { type AgentSighting, hangingAgent, lookForAgent } from "../../agent/client/agent-record.ts";
import { observer } from "../../agent/drivers.ts";
import { observeEnvironments } from "../../agent/observe.ts";
import { isOutdated } from "../../agent/outdated.ts";
import { stateWords } from "../../documents/common-words.ts";
import { knownEnvironments } from "../../environment/about.ts";
import { bringBackCommand } from "../../environment/bring-back.ts";
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
    const looked = { stateFolder, store: store.value, driver: observer(stateFolder, store.value) };
    const agent = agentFinding(await lookForAgent(stateFolder));
    const outdated = await isOutdated(looked);
    if (!outdated.ok) return outdated.failures.map(broken);
    // What it says of its environments is not the whole truth then, nor are the ways to mend them.
    if (outdated.value !== undefined) return [broken(outdated.value)];
    const known = await knownEnvironments(store.value);
    if (!known.ok) return known.failures.map(broken);
    // What was destroyed is nothing to mend, unless the definition wants it.
    const { there, gone } = known.value;
    const wanted = [...gone].filter((name) => Object.hasOwn(opened.value.project.environments, name));
    const names = [...there, ...wanted].sort();
    const observed = await observeEnvironments({
      ...{ store: store.value, stateFolder, project: opened.value.project.name, names },
      now: ports.now(),
    });
    if (!observed.ok) return observed.failures.map(broken);
    return [...agent, ...observed.value.flatMap((status) => [findingOf(status), ...resourceFindings(status)])];
  } finally {
    await store.value.close();
  }
};

/** What doctor says of the agent. That none runs is told of the environments that need one. */
function agentFinding(agent: AgentSighting): readonly Finding[] {
  const what = "Agent";
  switch (agent.is) {
    case "none":
      return [];
    case "answering":
      return [{ state: "good", what, detail: `process ${agent.agent.record.pid} answers` }];
    case "hanging": {
      const { message, hint = "" } = hangingAgent(agent.record);
      return [{ state: "broken", what, detail: message, hint }];
    }
    default:
      return agent satisfies never;
  }
}

type Found = Pick<EnvironmentStatus, "name" | "state" | "problems" | "driftFound" | "secretsLost" | "release">;

/** What doctor says of an environment. One that should answer requests and does not is broken. */
export function findingOf(status: Found): Finding {
  const { name, state, problems, driftFound } = status;
  const [what, detail] = [`Environment ${name}`, stateWords[state]];
  const isBroken = state === "down" || state === "standsStill";
  if (problems.length === 0 && state === "serving" && driftFound !== undefined)
    return {
      state: "warning",
      what,
      detail: `${detail}; drift was found: ${driftFound.subjects.join(", ")}`,
      hint: `See what it is: tidegate drift ${name}`,
    };
  if (problems.length === 0 && state !== "interrupted" && !isBroken) return { state: "good", what, detail };
  const hint = `See what is wrong: tidegate status ${name}\nTo have it repaired: ${bringBackCommand(status)}`;
  return { state: isBroken ? "broken" : "warning", what, detail, hint };
}

/** What is wrong with the databases and folders of an environment. */
export function resourceFindings({ name, resources }: Pick<EnvironmentStatus, "name" | "resources">): Finding[] {
  return resources
    .filter(({ problems }) => problems.length > 0)
    .map(({ name: resource, problems, mending = [] }) => ({
      state: "warning",
      what: `Resource ${resource} of ${name}`,
      detail: problems.join("; "),
      hint: mending.join("\n"),
    }));
}

function broken({ message, hint }: Failure): Finding {
  return { state: "broken", what: "State", detail: message, ...(hint === undefined ? {} : { hint }) };
}
