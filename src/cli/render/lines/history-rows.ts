import type { HistoryConfig } from "../../../app/environments/history.ts";
import { shortDigest, showDuration } from "../../../errors/quantities.ts";
import type { DeploymentOutcome } from "../../../events/event.ts";
import { actorOf } from "../../../records/actor.ts";
import { type KeptEvent, keptEventCodec } from "../../../records/event.ts";
import type { DeploymentRecord, IncidentRecord } from "../../../store/store.ts";
import { safeLine } from "../safe-text.ts";
import { showActor } from "../words/actor.ts";
import { showAcknowledged, showApproval } from "../words/gates.ts";
import { showCreated, showEnd, showMoment, showRun } from "../words/made.ts";
import { showRehearsed } from "../words/rehearsal.ts";
import { isBad, showResource } from "../words/resources.ts";
import { showAge } from "./show-age.ts";

const outcomes: Readonly<Record<DeploymentOutcome, string>> = {
  deployed: "deployed",
  reverted: "taken out",
  stuck: "STUCK",
  frozen: "FROZEN",
};

/** A deployment as a row: number, when, where, what, how it ended, who asked for it, why when it failed, and what of the config it changed. */
export function historyRow(
  { id, environment, release, kind, at, end, config, by }: DeploymentRecord & { readonly config: HistoryConfig },
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
    showBy(by),
    [...(failure === undefined ? [] : [safeLine(failure.message)]), ...showConfig(config)].join("; "),
  ];
}

function showBy(by: unknown): string {
  const actor = actorOf(by);
  return actor === undefined ? "" : `by ${showActor(actor)}`;
}

/** `config: LOG_LEVEL, +NEW, -OLD (LOG_LEVEL by hand)` */
function showConfig({ changes, set, isUnknown }: HistoryConfig): string[] {
  if (isUnknown) return ["config: not understood"];
  const byHand = set.length === 0 ? "" : ` (by hand: ${set.join(", ")})`;
  if (changes.length === 0) return byHand === "" ? [] : [`config as before${byHand}`];
  const marks = { added: "+", removed: "-", changed: "" } as const;
  return [`config: ${changes.map(({ key, change }) => `${marks[change]}${key}`).join(", ")}${byHand}`];
}

/** What it was, for programs: the event's own type. */
export function incidentType({ event }: IncidentRecord): KeptEvent["type"] | "notUnderstood" {
  const read = keptEventCodec.decode(event, "An entry of the history");
  return read.ok ? read.value.type : "notUnderstood";
}

export function incidentRow({ at, environment, event }: IncidentRecord, now: number): string[] {
  const read = keptEventCodec.decode(event, "An entry of the history");
  if (!read.ok) return ["", showAge(at, now), environment, "not understood", "", "", "", "", read.failures[0]!.message];
  const [what, outcome, detail] = showIncident(read.value);
  return ["", showAge(at, now), environment, what, "", outcome, "", "", detail];
}

const approvalWords = {
  approvalAwaited: "waits",
  approvalGiven: "given",
  approvalRejected: "REJECTED",
  approvalLapsed: "lapsed",
} as const;

/** What it was, how it ended, and more of it. */
function showIncident(fact: KeptEvent): readonly [string, string, string] {
  switch (fact.type) {
    case "instanceLost":
      return ["instance lost", "restarted", safeLine(fact.failures[0]?.message ?? "")];
    case "environmentCreated":
      return ["environment", "", showCreated(fact)];
    case "environmentDestroyed":
      return ["environment", "", "destroyed, with its data"];
    case "previewProlonged":
      return ["preview", "", `extended: it ends on ${showMoment(fact.endsAt)}`];
    case "previewEnded":
      return ["preview", "ended", showEnd(fact)];
    case "resourceCreated":
    case "resourceDestroyed":
    case "resourceRestored":
      return ["resource", "", showResource(fact)];
    case "snapshotMade":
      return ["snapshot", "", showResource(fact)];
    case "snapshotRehearsed":
    case "backupFailed":
      return ["backup", isBad(fact) ? "FAILED" : "", showResource(fact)];
    case "commandRun":
      return ["command", fact.exitCode === 0 ? "" : "failed", showRun(fact)];
    case "approvalAwaited":
    case "approvalGiven":
    case "approvalRejected":
    case "approvalLapsed":
      return ["approval", approvalWords[fact.type], showApproval(fact)];
    case "overrideAcknowledged":
      return ["override", "seen", showAcknowledged(fact)];
    case "rehearsalFinished":
      return ["rehearsal", fact.outcome, showRehearsed(fact)];
    case "driftFound":
      return ["drift found", "", fact.subjects.map(safeLine).join(", ")];
    case "driftGone":
      return ["drift gone", "", ""];
    case "driftMended":
      return ["drift", "mended", fact.subjects.map(safeLine).join(", ")];
    default:
      return [fact.type, "", ""];
  }
}
