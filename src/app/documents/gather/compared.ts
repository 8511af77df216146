import { allowanceWords, uncheckedReasons } from "../../../documents/common-words.ts";
import type { ObservedFacts } from "../../../documents/facts/observed.ts";
import { type DriftFinding, type DriftReport, driftDimensions } from "../../../environment/drift/report.ts";
import type { Allowance, ParityReport, ParityRow } from "../../../environment/parity/report.ts";
import { dayOf } from "../../../errors/quantities.ts";
import { drift } from "../../environments/drift.ts";
import { parity } from "../../environments/parity.ts";
import type { Session } from "../../session.ts";

type Pair = NonNullable<ObservedFacts["parity"]>["pairs"][number];

/** Every pair of these environments, each compared by itself: what differs of three need not differ of two. */
export async function observeParity(
  session: Session,
  names: readonly string[],
): Promise<Pick<ObservedFacts, "parity">> {
  const pairs: Pair[] = [];
  for (const [index, a] of names.entries())
    for (const b of names.slice(index + 1)) {
      const report = await parity(session, { environments: [a, b] });
      if (report.ok) pairs.push(pairOf(a, b, report.value));
    }
  return pairs.length === 0 ? {} : { parity: { at: dayOf(session.ports.now()), pairs } };
}

function pairOf(a: string, b: string, { rows }: ParityReport): Pair {
  const named = ({ dimension, key }: ParityRow) => `${dimension} ${key}`.trim();
  return {
    a,
    b,
    equal: rows.filter(({ verdict }) => verdict === "equal").length,
    declared: rows.flatMap((row) =>
      row.verdict === "declared" ? [{ what: named(row), ...reasonOf(row.allowed) }] : [],
    ),
    violations: rows.flatMap((row) =>
      row.verdict === "violation" ? [`${named(row)} (${violationWords[row.violation]})`] : [],
    ),
    unknown: rows.flatMap((row) => (row.verdict === "unknown" ? [named(row)] : [])),
  };
}

/** Why a difference may be: what the definition says of it, else which rule allows it. */
function reasonOf(allowed: Allowance): Omit<Pair["declared"][number], "what"> {
  if (allowed.by === "differs") {
    const { reason, owner, until } = allowed;
    return { reason, ...(owner !== undefined && { owner }), ...(until !== undefined && { until }) };
  }
  const reasons = allowed.by === "standing" ? Object.entries(allowed.because) : [];
  const said = reasons.map(([name, reason]) => `${name}: ${reason}`).join("; ");
  return { reason: said === "" ? allowanceWords[allowed.by] : said };
}

const violationWords = {
  undeclared: "not declared",
  needless: "declared, but no longer different",
  expired: "it has expired",
  sameSecret: "the same secret",
  sharedDiffers: "shared, and different",
  otherVersion: "another version responds",
  byHand: "set by hand",
} as const;

/** The last look at each environment: what was found, and what was not looked at. */
export async function observeDrift(session: Session, names: readonly string[]): Promise<Pick<ObservedFacts, "drift">> {
  const reports = await drift(session);
  if (!reports.ok) return {};
  const at = dayOf(session.ports.now());
  const looked = reports.value.filter(
    ({ environment, standing }) => names.includes(environment) && (standing === "serving" || standing === "rollout"),
  );
  return looked.length === 0 ? {} : { drift: looked.map((report) => driftOf(report, at)) };
}

function driftOf(
  { environment, findings, coverage }: DriftReport,
  at: string,
): NonNullable<ObservedFacts["drift"]>[number] {
  const unchecked = new Set(coverage.unchecked.map(({ dimension }) => dimension));
  return {
    environment,
    at,
    checked: driftDimensions.filter((dimension) => !unchecked.has(dimension)),
    notChecked: [
      ...new Set(coverage.unchecked.map(({ dimension, because }) => `${dimension} (${uncheckedReasons[because]})`)),
    ].sort(),
    found: [...new Set(findings.map(findingWords))].sort(),
  };
}

/** Names of what is otherwise; of values nothing. */
function findingWords(finding: DriftFinding): string {
  if ("route" in finding) return `route ${finding.route}: ${finding.how}`;
  if ("key" in finding) return `${finding.drift} ${finding.service}.${finding.key}`;
  if ("service" in finding) return `${finding.drift} ${finding.service}`;
  if ("resource" in finding) return `${finding.drift} ${finding.resource}`;
  return finding.drift;
}
