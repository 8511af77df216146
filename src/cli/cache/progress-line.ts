import type { Context } from "../context.ts";

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
      stderr.write(`\r${what} ${count} of ${of}`);
    },
    clear() {
      if (drawnAt > 0) stderr.write("\r\u001b[K");
    },
  };
}
