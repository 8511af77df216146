import { count } from "../../../errors/quantities.ts";
import type { WatchEvent } from "../../../events/event.ts";
import { marks } from "../marks.ts";
import { piece, type Row } from "../row.ts";
import { safeLine } from "../safe-text.ts";

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
  const how = polling ? ", checking every second" : "";
  return [
    piece(marks.waiting, "active"),
    piece(` waiting for changes in ${count(files, "file")}${how}; Ctrl-C ends`, "faint"),
  ];
}
