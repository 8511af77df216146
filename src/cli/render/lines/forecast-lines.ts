import type { CanaryForecast, ForecastTraffic } from "../../../app/deploy/forecast-canary.ts";
import { count, showDuration } from "../../../errors/quantities.ts";
import { marks } from "../marks.ts";
import type { Palette } from "../palette.ts";
import { table } from "../table.ts";
import { showPercent } from "../words/deployment.ts";

/** What a canary would see with the traffic that there is. */
export function forecastLines(forecast: CanaryForecast, colors: Palette): string[] {
  const { traffic, regressions, good } = forecast;
  const rows = [
    ...regressions.map((one) => regressionRow(one, forecast)),
    ...good.map((one) => goodRow(one, forecast)),
  ];
  return [
    `  forecast, with ${showTraffic(traffic)}:`,
    ...(rows.length === 0
      ? [`    ${colors.warn(marks.warning)} there is nothing to judge by; with other traffic: --traffic 20/s`]
      : table(rows, "    ")),
    ...(forecast.guarded ? ["    guarded: a regression takes longer than that"] : []),
  ];
}

function showTraffic({ perSecond, failing, measured, isAssumed }: ForecastTraffic): string {
  const fails = `${showPercent(failing)} of them failing${isAssumed ? " (assumed)" : ""}`;
  const rate = `${showRate(perSecond)}, ${fails}`;
  if (measured === undefined) return rate;
  return `${rate} (measured: ${count(measured.requests, "request")} in ${showDuration(measured.overMs)})`;
}

/** "20 requests/s", "12 requests/h". */
function showRate(perSecond: number): string {
  const [amount, unit] = perSecond >= 1 || perSecond === 0 ? [perSecond, "s"] : [perSecond * 3_600, "h"];
  return `${Number(amount.toPrecision(2))} requests/${unit}`;
}

function regressionRow(
  { failing, slower, known }: CanaryForecast["regressions"][number],
  { shares, onNoEvidence }: CanaryForecast,
): string[] {
  const what = failing === undefined ? `answers take ${slower} times as long` : `${showPercent(failing)} fail`;
  if (known === undefined) return [what, "is not seen within a month"];
  const when = `after ${count(known.requests, "request")} of its own, ${showDuration(known.afterMs)}, at ${showPercent(shares[known.step] ?? 0)}`;
  if (!known.isLater) return [what, `is seen ${when}`];
  return [
    what,
    onNoEvidence === "hold" ? `is seen only if it is held: ${when}` : `is not seen: that takes until ${when}`,
  ];
}

const follows = { hold: "a person decides", promote: "it goes on all the same", revert: "it is taken out" } as const;

function goodRow({ share, afterMs, requests }: CanaryForecast["good"][number], forecast: CanaryForecast): string[] {
  const what = `as good, at ${showPercent(share)}`;
  if (afterMs === undefined)
    return [what, `is not known within ${showDuration(forecast.holdMs)}: ${follows[forecast.onNoEvidence]}`];
  return [what, `is known after ${count(requests ?? 0, "request")} of its own, ${showDuration(afterMs)}`];
}
