import { snapshotReasons, stateWords } from "../../../documents/common-words.ts";
import type { Facts } from "../../../documents/facts/facts.ts";
import type { ObservedFacts } from "../../../documents/facts/observed.ts";
import { rounded } from "../../../documents/measure/figures.ts";
import type { StatusProblem } from "../../../environment/status.ts";
import { dayOf, shortDigest } from "../../../errors/quantities.ts";
import { ledgerCodec, snapshotCodec } from "../../../records/resource.ts";
import { type Cost, costOf, lookAtResources } from "../../environments/cost.ts";
import { status } from "../../environments/status.ts";
import type { Session } from "../../session.ts";
import { observeDrift, observeParity } from "./compared.ts";
import { findPrograms, lastChanges } from "./programs.ts";
import { observeSecrets } from "./secrets.ts";

/** What is there now of the definition's environments, as far as it can be seen from here. Starts nothing. */
export async function gatherObserved(session: Session, declared: Facts["declared"]): Promise<ObservedFacts> {
  const names = declared.environments.map(({ name }) => name);
  return {
    programs: await findPrograms(session, declared.tools),
    environments: session.isEmpty ? [] : await environmentsOf(session, names),
    ...(await resourcesOf(session, names)),
    ...(await snapshotsOf(session, names)),
    ...(await observeSecrets(session)),
    ...(await observeParity(session, names)),
    ...(session.isEmpty ? {} : await observeDrift(session, names)),
    changes: await lastChanges(
      session,
      declared.config.map(({ name }) => name),
    ),
  };
}

async function environmentsOf(session: Session, names: readonly string[]): Promise<ObservedFacts["environments"]> {
  const looked = await status(session, {});
  if (!looked.ok) return [];
  const at = dayOf(session.ports.now());
  const declared = looked.value.filter(({ name }) => names.includes(name));
  return Promise.all(
    declared.map(async ({ name, state, problems, release, since, instances }) => ({
      name,
      at,
      state: stateWords[state],
      problems: [...new Set(problems.map(problemWords))].sort(),
      ...(release !== undefined && { release: shortDigest(release) }),
      ...(since !== undefined && { since: dayOf(since) }),
      instances: instances.filter((one) => one.state === "running").length,
      cost: roundedCost(await costOf(session, name)),
    })),
  );
}

const problems: Readonly<Record<StatusProblem["problem"], string>> = {
  gatewayDown: "the gateway does not answer",
  notListening: "nothing listens at its address",
  gateway: "the gateway does not serve all of it",
  frozen: "its newest deployment failed and was left as it stands",
  noAgent: "no agent is looking after it",
  agentHangs: "no agent is looking after it",
  notRunning: "an instance is not running",
  crashing: "an instance keeps ending",
  unhealthy: "an instance is not healthy",
  noTraffic: "an instance gets no traffic",
  unexpected: "an instance is running that should not",
  resource: "a resource is not as it should be",
};

function problemWords({ problem }: StatusProblem): string {
  return problems[problem];
}

function roundedCost({ diskBytes, memoryBytes, processes }: Cost): ObservedFacts["environments"][number]["cost"] {
  return {
    diskBytes: rounded(diskBytes),
    ...(memoryBytes !== undefined && { memoryBytes: rounded(memoryBytes) }),
    ...(processes !== undefined && { processes }),
  };
}

async function resourcesOf(session: Session, names: readonly string[]): Promise<Pick<ObservedFacts, "resources">> {
  const { store, isEmpty, ports } = session;
  const found = isEmpty ? undefined : await store.resources();
  if (!found?.ok) return {};
  const at = dayOf(ports.now());
  const answering = await answeringVersions(session, names);
  return {
    resources: found.value.flatMap(({ environment, name, document }) => {
      const read = ledgerCodec.decode(document, `What is known of ${name} of ${environment}`);
      if (!read.ok || !names.includes(environment)) return [];
      const { state, backup } = read.value;
      const version = answering.get(`${environment} ${name}`);
      const last = backup && { lastBackup: { at: dayOf(backup.at), isGood: backup.problem === undefined } };
      return [{ environment, resource: name, at, state, ...(version !== undefined && { version }), ...last }];
    }),
  };
}

/** What answers now, by environment and name: what was asked for is declared, not observed. */
async function answeringVersions(session: Session, names: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const versions = new Map<string, string>();
  for (const environment of names) {
    const looked = await lookAtResources(session, environment, "glance");
    for (const { name, observed } of looked.ok ? looked.value : [])
      if (observed.ok && observed.value.state === "there" && observed.value.version !== undefined)
        versions.set(`${environment} ${name}`, observed.value.version);
  }
  return versions;
}

async function snapshotsOf(
  { store, isEmpty }: Session,
  names: readonly string[],
): Promise<Pick<ObservedFacts, "snapshots">> {
  const found = isEmpty ? undefined : await store.snapshots();
  if (!found?.ok) return {};
  return {
    snapshots: found.value.flatMap(({ id, environment, document }) => {
      const read = snapshotCodec.decode(document, `Snapshot ${id}`);
      if (!read.ok || !names.includes(environment)) return [];
      const { resource, at, because, bytes, rehearsed } = read.value;
      const tried = rehearsed && { rehearsed: { at: dayOf(rehearsed.at), isGood: rehearsed.ok, ms: rehearsed.ms } };
      return [{ environment, resource, at: dayOf(at), because: snapshotReasons[because], bytes, ...tried }];
    }),
  };
}
