import type { Unended } from "../../../environment/previews.ts";
import { showDuration } from "../../../errors/quantities.ts";
import type { MadeEnvironmentEvent } from "../../../events/event.ts";
import { safeLine } from "../safe-text.ts";

type Of<T extends MadeEnvironmentEvent["type"]> = Extract<MadeEnvironmentEvent, { type: T }>;

/** A moment for people who may be anywhere: `2026-11-29 08:15 UTC`. */
export function showMoment(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

/** `created like staging; it ends on 2026-12-02 08:15 UTC`. */
export function showCreated({ from, endsAt }: Of<"environmentCreated">): string {
  const like = from === undefined ? "" : ` like ${from}`;
  return `created${like}${endsAt === undefined ? "" : `; it ends on ${showMoment(endsAt)}`}`;
}

/** Numbers stay, by which orders that come too late are refused. */
const left = "nothing that ran or was stored is left";

/** Why a preview was destroyed by itself. */
export function showEnd({ because, branch = "" }: Of<"previewEnded">): string {
  switch (because) {
    case "expired":
      return `the preview's lifetime ended: ${left}`;
    case "branchGone":
      return `the preview's branch ${safeLine(branch)} is gone: ${left}`;
    default:
      return because satisfies never;
  }
}

/** `runs: npm run report`. */
export function showBeginning({ command }: Of<"commandBegun">): string {
  return `runs: ${safeLine(command.join(" "))}`;
}

/** `could not be destroyed (3 times, again at 2026-11-29 08:15 UTC): The disk is full`. */
export function showUnended({ tries, againAt, failure }: Unended): string {
  const often = tries === 1 ? "" : `${tries} times, `;
  return `could not be destroyed (${often}again at ${showMoment(againAt)}): ${safeLine(failure.message)}`;
}

/** `ran: npm run report (exit code 0, 1.2 s)`. */
export function showRun({ command, exitCode, durationMs }: Of<"commandRun">): string {
  const end = exitCode === null ? "ended by a signal" : `exit code ${exitCode}`;
  return `ran: ${safeLine(command.join(" "))} (${end}, ${showDuration(durationMs)})`;
}
