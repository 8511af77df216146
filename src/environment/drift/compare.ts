import { wantedVersion } from "../../resources/kinds.ts";
import type { FromDefinition } from "./config.ts";
import { type Check, type DriftFacts, type FilesFact, looked, notLooked, type ResourceFact } from "./facts.ts";
import { memberChecks } from "./instances.ts";
import { othersCheck } from "./others.ts";
import {
  type Coverage,
  type DriftFinding,
  type DriftReport,
  driftDimensions,
  type KnownException,
  type UncheckedPart,
} from "./report.ts";
import { routeChecks } from "./routes.ts";
import { covers, subjectOf } from "./subject.ts";

/** What the definition says besides. */
export interface Declared {
  /** What was set by hand, and what is not deployed yet. */
  readonly fromDefinition?: readonly FromDefinition[];
  readonly exceptions?: readonly KnownException[];
  /** Of today, by UTC: "2027-03-01". */
  readonly today: string;
}

/** Says of one environment how what runs is not what was deployed, and how much of it was looked at. */
export function driftReport(facts: DriftFacts, declared: Declared): DriftReport {
  const { serving, underWay } = facts;
  const checks = checksOf(facts);
  const found = checks.flatMap((check) => ("found" in check ? check.found : []));
  const coverage = coverageOf(checks);
  const { findings, known, stale } = sorted(found, declared, coverage);
  const isDrift = findings.length + stale.length > 0;
  return {
    environment: facts.environment,
    verdict: isDrift ? "drift" : coverage.checked === 0 ? "unknown" : "none",
    standing: standingOf(facts),
    ...(serving === undefined ? {} : { deployment: serving.deployment, release: serving.spec.release }),
    ...(underWay === undefined ? {} : { underWay }),
    findings,
    known,
    stale,
    fromDefinition: declared.fromDefinition ?? [],
    coverage,
  };
}

/** What two looks in a row have found: something may have been on its way while the first one was taken. */
export function lasting(first: DriftReport, second: DriftReport): DriftReport {
  const before = new Set(first.findings.map((finding) => JSON.stringify(finding)));
  const findings = second.findings.filter((finding) => before.has(JSON.stringify(finding)));
  const isDrift = findings.length + second.stale.length > 0;
  return { ...second, findings, verdict: isDrift || second.verdict !== "drift" ? second.verdict : "none" };
}

function standingOf({ serving, underWay, isStopped }: DriftFacts): DriftReport["standing"] {
  if (underWay !== undefined) return "rollout";
  if (serving === undefined) return "nothingDeployed";
  return isStopped ? "stopped" : "serving";
}

/** In the order of the dimensions. */
function checksOf(facts: DriftFacts): Check[] {
  const all = [
    ...facts.fleet.members.flatMap((member) => memberChecks(facts, member)),
    othersCheck(facts),
    ...routeChecks(facts),
    ...facts.resources.flatMap(resourceChecks),
    ...facts.files.map(filesCheck),
  ];
  return driftDimensions.flatMap((dimension) => all.filter((check) => check.dimension === dimension));
}

function filesCheck(fact: FilesFact): Check {
  const { release } = fact;
  if (!("looked" in fact)) return notLooked({ ...fact, dimension: "files", object: release, because: fact.unseen });
  const { looked: deviation } = fact;
  if (deviation === undefined) return looked("files", release, [{ drift: "files", release }]);
  const count = deviation.added.length + deviation.changed.length + deviation.missing.length;
  return looked("files", release, count === 0 ? [] : [{ drift: "files", release, deviation }]);
}

/** What of a resource could not be looked at counts one each. */
function resourceChecks(fact: ResourceFact): Check[] {
  const { name } = fact.spec;
  if (!("looked" in fact)) return [notLooked({ ...fact, dimension: "resources", object: name, because: fact.unseen })];
  const { looked: found } = fact;
  if (found.state === "absent") {
    const { kept } = found;
    const finding: DriftFinding =
      kept === undefined
        ? { drift: "resourceMissing", resource: name }
        : { drift: "resourceLost", resource: name, ...kept };
    return [looked("resources", name, [finding])];
  }
  const altered = found.deviations.map((what) => ({ drift: "resourceAltered", resource: name, what }) as const);
  const set = (found.settings ?? []).map((what) => ({ drift: "resourceSettings", resource: name, what }) as const);
  return [
    looked("resources", name, [...versionFindings(fact.spec, found.version), ...altered, ...set]),
    ...found.unchecked.map((detail) =>
      notLooked({ dimension: "resources", object: name, because: "unreachable", detail }),
    ),
  ];
}

/** "16" stands for every 16.x. */
function versionFindings(spec: ResourceFact["spec"], found: string | undefined): DriftFinding[] {
  const deployed = wantedVersion(spec);
  if (deployed === undefined || found === undefined) return [];
  const isSame = found === deployed || found.startsWith(`${deployed}.`);
  return isSame ? [] : [{ drift: "resourceVersion", resource: spec.name, deployed, found }];
}

function coverageOf(checks: readonly Check[]): Coverage {
  const unchecked = checks.flatMap((check): UncheckedPart[] => ("because" in check ? [check] : []));
  return { checked: checks.length - unchecked.length, total: checks.length, unchecked };
}

/** An exception is not needed when everything that it could be about was looked at and is as it was deployed. */
function sorted(found: readonly DriftFinding[], { exceptions = [], today }: Declared, { unchecked }: Coverage) {
  const isOver = ({ until }: KnownException) => until !== undefined && until < today;
  const valid = exceptions.filter((one) => !isOver(one));
  const exceptionFor = (finding: DriftFinding) => valid.find(({ subject }) => covers(subject, subjectOf(finding)));
  const known = found.flatMap((finding) => {
    const exception = exceptionFor(finding);
    return exception === undefined ? [] : [{ finding, exception }];
  });
  const isUnneeded = ({ subject }: KnownException) =>
    !found.some((finding) => covers(subject, subjectOf(finding))) &&
    !unchecked.some(({ dimension }) => subject.split(".")[0] === dimension);
  const stale = exceptions.flatMap((exception): DriftReport["stale"] => {
    if (isOver(exception)) return [{ exception, how: "expired" }];
    return isUnneeded(exception) ? [{ exception, how: "notNeeded" }] : [];
  });
  return { findings: found.filter((finding) => exceptionFor(finding) === undefined), known, stale };
}
