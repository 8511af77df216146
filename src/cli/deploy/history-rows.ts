import type { DeploymentOutcome, Event } from "../../events/event.ts";
import type { DeploymentRecord, IncidentRecord } from "../../store/store.ts";
import { shortDigest, showDuration } from "../render/quantities.ts";
import { safeLine } from "../render/safe-text.ts";
import { showAge } from "./show-age.ts";

const outcomes: Readonly<Record<DeploymentOutcome, string>> = {
  deployed: "deployed",
  reverted: "taken out",
  stuck: "STUCK",
};

/** A deployment as a row: number, when, where, what, how it ended, and why when it failed. */
export function historyRow({ id, environment, release, kind, at, end }: DeploymentRecord, now: number): string[] {
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
    failure === undefined ? "" : safeLine(failure.message),
  ];
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
