import type { ColumnFacts, Held } from "./facts.ts";
import type { DeclaredDifference, Policy } from "./policy.ts";
import type {
  Allowance,
  Cell,
  Declaration,
  Dimension,
  ParityColumn,
  ParityReport,
  ParityRow,
  Unknown,
  Verdict,
  Violation,
} from "./report.ts";
import { dimensions, laptop } from "./report.ts";

/** What is part of a release: where releases are not the same, that is why these are not. */
const ofRelease: ReadonlySet<Dimension> = new Set(["types", "services", "commands", "health", "replicas", "limits"]);

/** What stands in an environment's block is declared by standing there. */
const standing: ReadonlySet<Dimension> = new Set(["strategy", "gates", "place"]);

/**
 * Compares columns by the rules of the definition. Everything is equal unless something allows it to differ; what is not known
 * is told as that. One column alone has nothing to be compared with: it shows what is wrong with declarations and versions.
 */
export function compareColumns(columns: readonly ColumnFacts[], policy: Policy): ParityReport {
  const world = { columns, policy, releasesDiffer: new Set(columns.flatMap(releaseOf)).size > 1 };
  const rows = dimensions.flatMap((dimension) =>
    keysOf(columns, dimension).map((key) => compareKey(world, dimension, key)),
  );
  // Where nothing is to be compared yet, nothing is equal.
  const told = rows.filter(({ cells }) => cells.some(({ state }) => state !== "notCompared"));
  return { columns: columns.map(({ column }) => column), rows: told };
}

/** All that a row is judged by. */
interface World {
  readonly columns: readonly ColumnFacts[];
  readonly policy: Policy;
  readonly releasesDiffer: boolean;
}

/** One column's part of a row. `undefined`: it does not have it. */
interface Entry {
  readonly column: ParityColumn;
  readonly held: Held | undefined;
}

function keysOf(columns: readonly ColumnFacts[], dimension: Dimension): string[] {
  const facts = columns.flatMap((one) => one.facts).filter((fact) => fact.dimension === dimension);
  return [...new Set(facts.map(({ key }) => key))].sort();
}

function compareKey(world: World, dimension: Dimension, key: string): ParityRow {
  const entries = world.columns.map((one): Entry | undefined => {
    if (one.only !== undefined && !one.only.includes(dimension)) return undefined;
    const held = one.facts.find((fact) => fact.dimension === dimension && fact.key === key)?.held;
    // What runs a service is asked only where one runs: not having it is no difference.
    const isNone = held?.is === "later" || (held === undefined && dimension === "runtime");
    return isNone ? undefined : { column: one.column, held };
  });
  const compared = entries.filter((entry) => entry !== undefined);
  const verdict = judge({ ...world, dimension, key, entries: compared });
  return { dimension, key, ...verdict, cells: cellsOf(entries) };
}

interface Case extends World {
  readonly dimension: Dimension;
  readonly key: string;
  /** Of the columns that are compared in it. */
  readonly entries: readonly Entry[];
}

function judge(one: Case): Verdict {
  const declared = declaredFor(one);
  const broken = brokenDeclaration(declared);
  if (broken !== undefined) return broken;
  if (one.entries.some(isOtherVersion)) return violation("otherVersion");
  if (one.dimension === "secrets") return judgeSecret(one);
  if (!differs(one.entries)) return unknownOr(one.entries, { verdict: "equal" });
  const allowed = allowance(one, declared);
  return typeof allowed === "string" ? violation(allowed) : unknownOr(one.entries, { verdict: "declared", allowed });
}

/** The declarations that speak of these columns. */
function declaredFor({ policy, dimension, key, entries }: Case): DeclaredDifference[] {
  const name = key.split(" ")[0];
  const names = entries.flatMap(({ column }) => [
    column.name,
    ...(column.isPreview ? [policy.after[column.name] ?? ""] : []),
  ]);
  const isIn = (environment: string) => names.includes(environment);
  return policy.declared.filter(
    (one) =>
      one.dimension === dimension && one.key === name && (one.environment === undefined || isIn(one.environment)),
  );
}

function brokenDeclaration(declared: readonly DeclaredDifference[]): Verdict | undefined {
  const needless = declared.find(({ isNeedless }) => isNeedless);
  if (needless !== undefined) return violation("needless", needless);
  const expired = declared.find(({ isExpired }) => isExpired);
  return expired && violation("expired", expired);
}

function violation(why: Violation, declared?: DeclaredDifference): Verdict {
  return { verdict: "violation", violation: why, ...(declared && { declared: declarationOf(declared) }) };
}

function declarationOf({ reason, owner, until }: DeclaredDifference): Declaration {
  return { reason, ...(owner !== undefined && { owner }), ...(until !== undefined && { until }) };
}

function isOtherVersion({ held }: Entry): boolean {
  if (held?.is !== "text" || held.expected === undefined) return false;
  return held.text !== held.expected && !held.text.startsWith(`${held.expected}.`);
}

function differs(entries: readonly Entry[]): boolean {
  return new Set(entries.filter(({ held }) => held?.is !== "unknown").map(({ held }) => comparable(held))).size > 1;
}

function comparable(held: Held | undefined): string | undefined {
  if (held?.is === "text") return held.text;
  return held?.is === "secret" ? held.digest : undefined;
}

/** Each environment has its own, or all have the same. */
function judgeSecret({ policy, key, entries }: Case): Verdict {
  const { shared, isOptional } = Object.hasOwn(policy.secrets, key) ? policy.secrets[key]! : {};
  const others = entries.filter(({ column }) => column.isPreview !== true);
  if (shared !== undefined && others.length < entries.length && !differs(others))
    return unknownOr(entries, { verdict: "declared", allowed: { by: "preview" } });
  if (shared !== undefined)
    return differs(entries) ? violation("sharedDiffers") : unknownOr(entries, { verdict: "equal", shared });
  const digests = entries.flatMap(({ held }) => (held?.is === "secret" ? [held.digest] : []));
  if (new Set(digests).size < digests.length) return violation("sameSecret");
  const isMissing = entries.some(({ held }) => held === undefined);
  if (isMissing && digests.length > 0 && isOptional !== true) return violation("undeclared");
  return unknownOr(entries, { verdict: "declared", allowed: { by: "own" } });
}

/** What allows these entries to differ, or what it is that they do. */
function allowance(one: Case, declared: readonly DeclaredDifference[]): Allowance | Violation {
  const { dimension, entries, policy } = one;
  const [first] = declared;
  if (first !== undefined) return { by: "differs", ...declarationOf(first) };
  if (standing.has(dimension)) return { by: "standing", because: reasonsFor(one) };
  if (dimension === "release") return areInOrder(entries, policy.after) ? { by: "order" } : "undeclared";
  if (ofRelease.has(dimension) && one.releasesDiffer) return { by: "release" };
  const isOfPreview = !differs(entries.filter(({ column }) => column.isPreview !== true));
  if (ofRelease.has(dimension) && isOfPreview) return { by: "preview" };
  if (dimension === "runtime" && !differs(entries.filter(({ column }) => !isLaptop(column)))) return { by: "machine" };
  const byHand = entries.filter(({ held }) => held?.is === "text" && held.byHand);
  if (byHand.some(({ column }) => column.basis === "deployed")) return "byHand";
  const others = entries.filter((entry) => !byHand.includes(entry));
  return byHand.length > 0 && !differs(others) ? { by: "hand" } : "undeclared";
}

function isLaptop({ basis, name }: ParityColumn): boolean {
  return basis === "machine" && name === laptop;
}

function reasonsFor({ policy, dimension, key, entries }: Case): Readonly<Record<string, string>> {
  const names = new Set(entries.map(({ column }) => column.name));
  const said = policy.because.filter(
    (one) => one.dimension === dimension && one.key === key && names.has(one.environment),
  );
  return Object.fromEntries(said.map(({ environment, because }) => [environment, because]));
}

/** Whether of each two that have different releases one comes after the other, or nothing is there yet. */
function areInOrder(entries: readonly Entry[], after: Policy["after"]): boolean {
  const released = entries.filter(({ held }) => held?.is === "text");
  return released.every((one) =>
    released.every(
      (other) =>
        comparable(one.held) === comparable(other.held) ||
        comesAfter(one.column.name, other.column.name, after) ||
        comesAfter(other.column.name, one.column.name, after),
    ),
  );
}

function comesAfter(name: string, before: string, after: Policy["after"]): boolean {
  const next = Object.hasOwn(after, name) ? after[name] : undefined;
  return next !== undefined && (next === before || comesAfter(next, before, after));
}

/** What is known of the rest says nothing of what is not known. */
function unknownOr(entries: readonly Entry[], verdict: Verdict): Verdict {
  const unknowns = entries.flatMap(({ held }) => (held?.is === "unknown" ? [held.unknown] : []));
  const worst: Unknown | undefined = unknowns.find(({ observable }) => observable) ?? unknowns[0];
  return worst === undefined ? verdict : { verdict: "unknown", unknown: worst };
}

function releaseOf({ column }: ColumnFacts): string[] {
  return column.basis === "machine" ? [] : [column.release ?? ""];
}

function cellsOf(entries: readonly (Entry | undefined)[]): Cell[] {
  const digests = [...new Set(entries.flatMap((entry) => (entry?.held?.is === "secret" ? [entry.held.digest] : [])))];
  return entries.map((entry) => (entry === undefined ? { state: "notCompared" } : cellOf(entry.held, digests)));
}

function cellOf(held: Held | undefined, digests: readonly string[]): Cell {
  if (held === undefined || held.is === "later") return { state: "absent" };
  switch (held.is) {
    case "text":
      return {
        state: "set",
        text: held.text,
        ...(held.byHand && { byHand: true }),
        ...(held.expected !== undefined && { expected: held.expected }),
      };
    case "secret":
      return { state: "secret", alike: digests.indexOf(held.digest) + 1 };
    case "unknown":
      return { state: "unknown", unknown: held.unknown };
    default:
      return held satisfies never;
  }
}
