import type { Say } from "../../app/notice.ts";
import type { Context } from "../context.ts";
import { note } from "./tell.ts";
import { noticeLine } from "./words/notice.ts";

/** A line that counts, on a terminal that may be redrawn; nothing elsewhere. */
export interface ProgressLine {
  show(what: string, count: number, of: number): void;
  clear(): void;
}

/** Redrawing costs more than what is counted. */
const drawEveryMs = 100;

export function progressLine({ live, json, stderr, now }: Context): ProgressLine {
  const isShown = live && !json;
  let drawnAt = 0;
  return {
    show(what, count, of) {
      const time = isShown ? now() : 0;
      if (!isShown || (time - drawnAt < drawEveryMs && count < of)) return;
      drawnAt = time;
      stderr.verbatim(`\r${what} ${count} of ${of}`);
    },
    clear() {
      if (drawnAt > 0) stderr.verbatim("\r\u001b[K");
    },
  };
}

/** What a use case says that has no events: progress on a line of its own, everything else beside the outcome. */
export function tellNotices(context: Context): Say {
  const progress = progressLine(context);
  return (said) => {
    if (!("notice" in said)) return;
    if (said.notice === "progress") progress.show(said.what, said.done, said.of);
    else if (said.notice === "progressEnded") progress.clear();
    else note(context, noticeLine(said) ?? "");
  };
}
