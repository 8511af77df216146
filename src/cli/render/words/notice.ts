import type { Notice } from "../../../app/notice.ts";
import { showDuration } from "../../../errors/quantities.ts";
import { unreachable } from "../../../errors/unreachable.ts";
import { marks } from "../marks.ts";
import { safeLine } from "../safe-text.ts";
import { showMoment, showUnended } from "./made.ts";
import { showParity } from "./parity.ts";
import { showFreezing, showRehearsed } from "./rehearsal.ts";

/** A notice for people; `undefined` for one that is no line of its own. */
export function noticeLine(notice: Notice): string | undefined {
  switch (notice.notice) {
    case "stopping":
      return `${marks.warning} stopping the tasks; interrupt again to quit at once`;
    case "waitingForRun":
      return `${marks.waiting} ${notice.isAnother ? "another run" : "a run"} of this project is in progress: waiting for it to end`;
    case "trouble":
      return `${marks.warning} ${notice.failure.message}`;
    case "polling":
      return pollingLine(notice);
    case "suspect":
      return suspectLine(notice);
    case "unclaimed":
      return `${marks.warning} ${safeLine(notice.file)} changes in every run and no task declares it: not running again for it; declare it as an output or input`;
    case "plaintextRemark":
      return `${notice.file}:${notice.line}: ${remarks[notice.remark]}`;
    case "parityHolds":
      return showParity(notice.environment, notice.report);
    case "nothingToRehearse":
      return `${safeLine(notice.environment)} | ${marks.skipped} nothing to rehearse: there is no other release to go back to`;
    case "irreversibleAccepted":
      return `${safeLine(notice.environment)} | ${marks.warning} ${showFreezing(notice)}`;
    case "rehearsalKnown":
      return `${safeLine(notice.environment)} | ${notice.outcome === "passed" ? marks.done : marks.failed} known since ${showMoment(notice.at)}: ${showRehearsed(notice)}`;
    case "nothingToDestroy":
      return notice.environment === undefined
        ? `${marks.skipped} there is nothing to destroy`
        : `${safeLine(notice.environment)} | ${marks.skipped} there is nothing to destroy`;
    case "previewsEnding":
      return `${marks.waiting} ${notice.environments.map(safeLine).join(", ")}: being destroyed; this continues in the background`;
    case "previewNotEnded":
      return `${marks.warning} ${safeLine(notice.environment)} ${showUnended(notice.unended)}`;
    case "fetchingNode":
      return `${marks.waiting} fetching Node ${safeLine(notice.range)} (${safeLine(notice.from)}) through npm, once for all projects`;
    case "fetchedNode":
      return `${marks.done} fetched Node ${notice.version} in ${showDuration(notice.tookMs)}`;
    case "progress":
    case "progressEnded":
      return undefined;
    default:
      return unreachable(notice);
  }
}

type Of<N extends Notice["notice"]> = Extract<Notice, { notice: N }>;

/** The system has no more watches to give; on Linux one can be asked for more. */
function pollingLine({ code }: Of<"polling">): string {
  const isLimit = code === "ENOSPC" || code === "EMFILE";
  const limit = code === "EMFILE" ? "fs.inotify.max_user_instances=1024" : "fs.inotify.max_user_watches=524288";
  const hint = isLimit && process.platform === "linux" ? `\n  hint: sudo sysctl ${limit}` : "";
  return `${marks.warning} the system cannot watch all folders (${safeLine(code)}): checking for changes every second${hint}`;
}

function suspectLine({ file, pauseMs }: Of<"suspect">): string {
  const pause = showDuration(pauseMs);
  return `${marks.warning} ${safeLine(file)} changes in every run: does a task write what it reads? Next run in ${pause}`;
}

const remarks = {
  reference: "a reference to another variable stays as it is",
  again: "the key appears a second time; this one counts",
  variablesInside: "lines inside its quotes look like variables; is a quote missing?",
} as const;
