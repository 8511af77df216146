import type { PlannedRehearsal } from "../../../app/rehearsal/gate.ts";
import { rehearsalRefusal } from "../../../environment/rehearsal.ts";
import { shortDigest, showDuration } from "../../../errors/quantities.ts";
import type { RehearsalStage } from "../../../events/environment-events.ts";
import type { Event } from "../../../events/event.ts";
import { safeLine } from "../safe-text.ts";
import { showMoment } from "./made.ts";

type Of<T extends Event["type"]> = Extract<Event, { type: T }>;

/** What is rehearsed, and what of the real environment it does without. */
export function showRehearsal(event: Of<"rehearsalStarted">): string[] {
  const data = event.data === "snapshot" ? "a copy of its data" : "empty data";
  const list = (names: readonly string[]) => names.map(safeLine).join(", ");
  return [
    `rehearsal of ${shortDigest(event.release)} in ${safeLine(event.rehearsal)}: forward from ${shortDigest(event.from)} and back, with ${data}`,
    ...(event.off.length === 0 ? [] : [`  off: ${list(event.off)} (inRehearsal: true lets a service run)`]),
    ...(event.standIns.length === 0 ? [] : [`  made-up values for: ${list(event.standIns)}`]),
    ...(event.leftOut.length === 0 ? [] : [`  without a value: ${list(event.leftOut)}`]),
    "  outgoing network: not cut off",
  ];
}

const stages: Readonly<Record<RehearsalStage, string>> = {
  start: "the release that serves now starts",
  migrate: "the new release migrates",
  serveOn: "the old release serves on",
  takeOver: "the new release takes over",
  goBack: "the old release takes over again",
};

export function showStage({ stage }: Of<"rehearsalReached">): string {
  return `rehearsal: ${stages[stage]}`;
}

/** "rehearsed in 4.1s: it can go back from 1a2b3c4d to 99aa88bb". */
export function showRehearsed(event: Omit<Of<"rehearsalFinished">, "type" | "key">): string {
  const refusal = rehearsalRefusal(event);
  const took = `(${showDuration(event.durationMs)})`;
  if (refusal !== undefined) return `${refusal.message} ${took}`;
  return `rehearsed: ${shortDigest(event.from)} serves on data that ${shortDigest(event.release)} has migrated ${took}`;
}

/** "the migration of web is declared irreversible (the column held nothing): …". */
export function showFreezing({
  because,
  services,
}: {
  readonly because: string;
  readonly services: readonly string[];
}): string {
  const whose = services.map(safeLine).join(", ");
  return `the migration of ${whose} is declared irreversible (${safeLine(because)}): if the deployment fails once that has begun, it is left as it stands, not reverted`;
}

/** How the rehearsal stands that a deployment would ask for. */
export function showPlannedRehearsal(planned: PlannedRehearsal): string {
  switch (planned.stands) {
    case "nothingToGoBackTo":
      return "rehearsal: none, there is no other release to go back to";
    case "toPlay":
      return `rehearsal: before the first step, with ${planned.data === "snapshot" ? "a copy of the data" : "empty data"}`;
    case "passed":
    case "failed":
      return `rehearsal: ${planned.stands} on ${showMoment(planned.at)}`;
    default:
      return planned satisfies never;
  }
}
