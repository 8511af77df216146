import type { KeptHistory, MeasuredFigure, Moved } from "../../../app/documents/write.ts";
import { count, showDuration } from "../../../errors/quantities.ts";
import { safeLine } from "../safe-text.ts";

const figures: Readonly<Record<MeasuredFigure, string>> = {
  median: "its median",
  p90: "the time that 90 % stay below",
  hitRate: "how often it is found in the cache",
  failureRate: "how often it fails",
  deployMs: "the median of a deployment",
  rollbackP50: "the median of a rollback",
  rollbackP99: "the time that 99 % of rollbacks stay below",
  medianMs: "the median of those that succeed",
  failedMs: "the median of those that fail",
};

/** `task test: its median was 760 ms and is 1.2 s (measured 12 times)`. */
export function showMoved({ of, name = "", figure, before, now, times }: Moved): string {
  const subject = of === "runs" ? "runs of the pipeline" : `${of} ${safeLine(name)}`;
  const shown = (value: number) => (figure.endsWith("Rate") ? `${Math.round(value * 100)} %` : showDuration(value));
  const was = before === undefined ? "was not measured" : `was ${shown(before)}`;
  return `${subject}: ${figures[figure]} ${was} and is ${shown(now)} (measured ${count(times, "time")})`;
}

/** `what is written of 40 runs stays: 3 are known here`. */
export function showKept({ of, written, here }: KeptHistory): string {
  return `what is written about ${written} ${of} stays: ${here === 0 ? "none is" : here === 1 ? "1 is" : `${here} are`} known here`;
}
