import { isByHand } from "../../../environment/drift/mending.ts";
import type { DriftReport, UncheckedPart } from "../../../environment/drift/report.ts";
import { count, shortDigest } from "../../../errors/quantities.ts";
import { marks } from "../marks.ts";
import type { Palette } from "../palette.ts";
import { safeLine } from "../safe-text.ts";
import { hanging } from "../table.ts";
import { wrapText } from "../text-width.ts";
import { lostHints, showCoverage, showDrift, showFinding, showStale, showUnchecked } from "../words/drift.ts";

/** What drifted in each environment, what is known, what is only not deployed, and how much was looked at. */
export function driftLines(reports: readonly DriftReport[], width: number, colors: Palette): string[] {
  return reports.flatMap((report, index) => [...(index > 0 ? [""] : []), ...linesOf(report, width, colors)]);
}

function linesOf(report: DriftReport, width: number, colors: Palette): string[] {
  const { findings, known, stale, fromDefinition, coverage } = report;
  const line = (mark: string, text: string) => hanging(mark, text, width);
  return [
    ...wrapText(headline(report, colors), width - 2).map((part, index) => (index === 0 ? part : `  ${part}`)),
    ...findings.flatMap((finding) => line(colors.bad(marks.failed), showFinding(finding))),
    ...stale.flatMap((one) => line(colors.bad(marks.failed), showStale(one))),
    ...known.flatMap(({ finding, exception }) =>
      line(
        colors.faint(marks.differs),
        `${showFinding(finding)} (known: ${safeLine(exception.reason)}${until(exception)})`,
      ),
    ),
    ...fromDefinition.flatMap((one) => line(colors.faint(marks.arrow), `not drift, config: ${showDrift(one)}`)),
    ...uncheckedLines(coverage.unchecked).flatMap((text) => line(colors.warn(marks.warning), text)),
    ...findings.flatMap((finding) => lostHints(finding, report.environment)).map((hint) => `  ${hint}`),
    ...(report.verdict === "drift" && report.standing !== "rollout" && !findings.every(isByHand)
      ? [`  To bring it back: tidegate drift ${report.environment} --fix`]
      : []),
  ];
}

function until({ until: day }: { readonly until?: string }): string {
  return day === undefined ? "" : `, until ${day}`;
}

const standings: Readonly<Record<DriftReport["standing"], string>> = {
  serving: "",
  rollout: ", a rollout is in progress: what it changes is not drift",
  stopped: ", stopped",
  nothingDeployed: ", nothing deployed yet",
};

function headline(report: DriftReport, colors: Palette): string {
  const { environment, verdict, release, deployment, standing, coverage } = report;
  const what = release === undefined ? "" : ` ${shortDigest(release)}, deployment ${deployment}`;
  const rest = `${standings[standing]}: ${verdictWords(report)} (${showCoverage(coverage)})`;
  const mark = { none: colors.good(marks.done), drift: colors.bad(marks.failed), unknown: colors.warn(marks.warning) };
  return `${mark[verdict]} ${colors.strong(environment)}${what}${rest}`;
}

function verdictWords({ verdict, findings, stale, coverage }: DriftReport): string {
  if (verdict === "unknown") return "nothing could be checked";
  if (verdict === "none") return coverage.checked === coverage.total ? "no drift" : "no drift in what was checked";
  if (findings.length === 0) return `no drift, ${count(stale.length, "exception")} of the definition wrong`;
  return `drift, ${count(findings.length, "finding")}`;
}

/** One line for what was not looked at for the same reason. */
function uncheckedLines(unchecked: readonly UncheckedPart[]): string[] {
  const groups = Map.groupBy(unchecked, (part) => `${part.object} ${showUnchecked(part)}`);
  return [...groups.values()].map((parts) => {
    const [first] = parts;
    const what = parts.map(({ dimension }) => dimension).join(", ");
    return `not checked: ${what} of ${shownObject(first!)}: ${showUnchecked(first!)}`;
  });
}

function shownObject({ object }: UncheckedPart): string {
  return object.startsWith("sha256:") ? shortDigest(object) : safeLine(object);
}
