import type { WatchEvent } from "../../events/event.ts";
import { marks } from "../render/marks.ts";
import { count, showDuration } from "../render/quantities.ts";
import { piece, type Row } from "../render/row.ts";
import { safeLine } from "../render/safe-text.ts";

type Of<T extends WatchEvent["type"]> = Extract<WatchEvent, { type: T }>;

const shownFiles = 3;

/** "→ src/app.ts changed: run 3 is superseded". */
export function changedRow({ files, supersedes }: Of<"watchChanged">): Row {
  const more = files.length > shownFiles ? ` and ${files.length - shownFiles} more` : "";
  const names = files.slice(0, shownFiles).map(safeLine).join(", ");
  return [
    piece(marks.arrow, "active"),
    piece(` ${names}${more}`, "strong"),
    piece(supersedes === undefined ? " changed" : ` changed: run ${supersedes} is superseded`),
  ];
}

export function waitingRow({ files, polling }: Of<"watchWaiting">): Row {
  const how = polling ? ", looking every second" : "";
  return [
    piece(marks.waiting, "active"),
    piece(` waiting for changes in ${count(files, "file")}${how}; Ctrl-C ends`, "faint"),
  ];
}

/** The system has no more watches to give; on Linux one can be asked for more. */
export function pollingNote(error: NodeJS.ErrnoException): string {
  const isLimit = error.code === "ENOSPC" || error.code === "EMFILE";
  const limit = error.code === "EMFILE" ? "fs.inotify.max_user_instances=1024" : "fs.inotify.max_user_watches=524288";
  const hint = isLimit && process.platform === "linux" ? `\n  hint: sudo sysctl ${limit}` : "";
  const cause = safeLine(error.code ?? error.message);
  return `${marks.warning} the system cannot watch all folders (${cause}): looking for changes every second${hint}`;
}

export function suspectNote(file: string, pauseMs: number): string {
  const pause = showDuration(pauseMs);
  return `${marks.warning} ${safeLine(file)} changes in each run: does a task write what it reads? Next run in ${pause}`;
}

export function unclaimedNote(file: string): string {
  return `${marks.warning} ${safeLine(file)} changes in each run and no task declares it: not running again for it; declare it as output or input`;
}
