import type { HistoryConfig } from "../../../app/environments/history.ts";
import { shortDigest, showDuration } from "../../../errors/quantities.ts";
import type { DeploymentOutcome, Event } from "../../../events/event.ts";
import type { DeploymentRecord, IncidentRecord } from "../../../store/store.ts";
import { safeLine } from "../safe-text.ts";
import { showAge } from "./show-age.ts";

const outcomes: Readonly<Record<DeploymentOutcome, string>> = {
  deployed: "deployed",
  reverted: "taken out",
  stuck: "STUCK",
};

/** A deployment as a row: number, when, where, what, how it ended, why when it failed, and what of the config it changed. */
export function historyRow(
  { id, environment, release, kind, at, end, config }: DeploymentRecord & { readonly config: HistoryConfig },
  now: number,
): string[] {
  const outcome = end === undefined ? "not finished" : outcomes[end.outcome];
  const [failure] = end?.failures ?? [];
  return [
    `#${id}`,
    showAge(at, now),
    environment,
    kind,
    shortDigest(release),
    outcome,
    end === undefined ? "" : showDuration(end.at - at),
    [...(failure === undefined ? [] : [safeLine(failure.message)]), ...showConfig(config)].join("; "),
  ];
}

/** `config: LOG_LEVEL, +NEW, -OLD (LOG_LEVEL by hand)` */
function showConfig({ changes, set, isUnknown }: HistoryConfig): string[] {
  if (isUnknown) return ["config: not understood"];
  const byHand = set.length === 0 ? "" : ` (by hand: ${set.join(", ")})`;
  if (changes.length === 0) return byHand === "" ? [] : [`config as before${byHand}`];
  const marks = { added: "+", removed: "-", changed: "" } as const;
  return [`config: ${changes.map(({ key, change }) => `${marks[change]}${key}`).join(", ")}${byHand}`];
}

export function incidentRow({ at, environment, event }: IncidentRecord, now: number): string[] {
  const fact = event as Event;
  const [failure] = fact.type === "instanceLost" ? fact.failures : [];
  const what = fact.type === "instanceLost" ? "instance lost" : fact.type;
  return [
    "",
    showAge(at, now),
    environment,
    what,
    "",
    "restarted",
    "",
    failure === undefined ? "" : safeLine(failure.message),
  ];
}
