import { existsSync } from "node:fs";
import { listRuns } from "../../../cache/runs/run-record.ts";
import { doraFigures } from "../../../documents/dora.ts";
import type { Facts } from "../../../documents/facts/facts.ts";
import type { MeasuredFacts } from "../../../documents/facts/measured.ts";
import { measureEnvironment } from "../../../documents/measure/deployments.ts";
import { measureRuns } from "../../../documents/measure/runs.ts";
import { dayOf } from "../../../errors/quantities.ts";
import { pipelinePaths } from "../../../files/state-folder.ts";
import { keptEventCodec } from "../../../records/event.ts";
import { incidentsKept } from "../../../store/store.ts";
import { askHistory } from "../../../test-history/ask-history.ts";
import { TestHistory } from "../../../test-history/history.ts";
import type { Session } from "../../session.ts";
import { readLedger } from "../ledger.ts";

const doraDays = 90;
const flakyShown = 20;

/** What runs, tests and deployments have shown, as far as it can be read here. */
export async function gatherMeasured(session: Session, declared: Facts["declared"]): Promise<MeasuredFacts> {
  const tasks = declared.tasks.map(({ name }) => name);
  const environments = declared.environments.map(({ name }) => name);
  return {
    ...measureRuns(listRuns(session.checkoutFolder), tasks),
    flaky: flakyTests(session.checkoutFolder),
    ...(await releasesOf(session)),
    ...(await environmentsOf(session, environments)),
  };
}

/** A history that cannot be read is none: `tidegate tests` says what is wrong with it. */
function flakyTests(checkoutFolder: string): MeasuredFacts["flaky"] {
  const path = pipelinePaths(checkoutFolder).testHistory;
  if (!existsSync(path)) return [];
  try {
    const history = TestHistory.open(path);
    try {
      const found = askHistory(history, { only: "flaky", limit: flakyShown });
      return found.map(({ task, name, flips, runs, lastAt }) => ({ task, test: name, flips, runs, at: dayOf(lastAt) }));
    } finally {
      history.close();
    }
  } catch {
    return [];
  }
}

async function releasesOf({ store }: Session): Promise<Pick<MeasuredFacts, "releases">> {
  const releases = await store.releases();
  const [last] = releases.ok ? releases.value : [];
  if (!releases.ok || last === undefined) return {};
  const quarantined = releases.value.filter(({ quarantine }) => quarantine !== undefined).length;
  const { files, bytes, createdAt } = last;
  return { releases: { count: releases.value.length, last: dayOf(createdAt), files, bytes, quarantined } };
}

async function environmentsOf(
  session: Session,
  names: readonly string[],
): Promise<Pick<MeasuredFacts, "environments" | "dora">> {
  const environments: MeasuredFacts["environments"] = [];
  let figures: MeasuredFacts["dora"];
  for (const name of names) {
    const ledger = await readLedger(session.store, name);
    if (!ledger.ok || ledger.value.length === 0) continue;
    environments.push(measureEnvironment(name, ledger.value, await lossesOf(session, name)));
    // The last one that has a ledger and is the last in the order: production.
    if (name === names.at(-1))
      figures = doraFigures({ environment: name, ledger: ledger.value, days: doraDays, now: session.ports.now() });
  }
  return { environments, ...(figures && { dora: figures }) };
}

async function lossesOf({ store }: Session, environment: string): Promise<number[]> {
  const incidents = await store.incidents({ environment, limit: incidentsKept });
  if (!incidents.ok) return [];
  return incidents.value.flatMap(({ at, event }) => {
    const read = keptEventCodec.decode(event, `An incident of ${environment}`);
    return read.ok && read.value.type === "instanceLost" ? [at] : [];
  });
}
