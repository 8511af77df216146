import type { Failure } from "../../errors/failure.ts";
import { unreachable } from "../../errors/unreachable.ts";
import type { Cell, ParityColumn, ParityReport, ParityRow, Violation } from "./report.ts";

/**
 * Why a deployment may not be made, by how it compares with the environment before; [] when it may. What is not known refuses
 * it where it could have been seen; elsewhere it is told, and no reason.
 */
export function parityRefusals(report: ParityReport): Failure[] {
  const [before, planned] = report.columns;
  if (before === undefined || planned === undefined) return [];
  const names = { before: before.name, environment: planned.name };
  return report.rows.flatMap((row) => {
    switch (row.verdict) {
      case "violation":
        return [violated(row, row.violation, report.columns, names)];
      case "unknown":
        return row.unknown.observable ? [notKnown(row, names, row.unknown.evidence)] : [];
      case "equal":
      case "declared":
        return [];
      default:
        return unreachable(row);
    }
  });
}

interface Names {
  readonly before: string;
  readonly environment: string;
}

function violated(row: ParityRow, violation: Violation, columns: readonly ParityColumn[], names: Names): Failure {
  const { message, hint } = told[violation](nameOf(row), names);
  return { code: "parity-violated", message, cause: evidence(row, columns), hint };
}

function notKnown(row: ParityRow, { before, environment }: Names, why: string | undefined): Failure {
  return {
    code: "parity-unknown",
    message: `Whether ${nameOf(row)} is equal in ${before} and ${environment} is unknown, but could be known`,
    ...(why !== undefined && { cause: why }),
    hint:
      row.dimension === "resources"
        ? `Start it: tidegate env start ${before}. Then see what is known: tidegate parity ${before} ${environment}`
        : `See what is known: tidegate parity ${before} ${environment}`,
  };
}

type Words = (what: string, names: Names) => { readonly message: string; readonly hint: string };

const told: Readonly<Record<Violation, Words>> = {
  undeclared: (what, { before, environment }) => ({
    message: `${what} would differ between ${before} and ${environment}, but nothing declares that it may`,
    hint: `Deploy it to ${before} first: tidegate deploy ${before}. Or declare the difference: differs(…, reason)`,
  }),
  needless: (what) => ({
    message: `${what} is declared to differ, but is the same in all environments`,
    hint: "Remove its differs(…) from the definition: tidegate check says where it is",
  }),
  expired: (what) => ({
    message: `${what} was allowed to differ until a date that has passed`,
    hint: "Make it equal, or set a new date: tidegate check says where it is",
  }),
  sameSecret: (what, { before, environment }) => ({
    message: `${what} has the same value in ${before} and ${environment}`,
    hint: "Give each its own, or say why one is enough: secret(shared(schema, reason))",
  }),
  sharedDiffers: (what, { before, environment }) => ({
    message: `${what} is declared shared, and would differ between ${before} and ${environment}`,
    hint: `Deploy it to ${before} first: tidegate deploy ${before}`,
  }),
  otherVersion: (what) => ({
    message: `${what} has a different version from the one that the definition declares`,
    hint: "Upgrade it, or declare the version that is running",
  }),
  byHand: (what, { before }) => ({
    message: `${what} was set by hand for what is serving in ${before}`,
    hint: `Undo that there: tidegate deploy ${before}. Or set it here too: --set`,
  }),
};

function nameOf({ dimension, key }: ParityRow): string {
  switch (dimension) {
    case "config":
      return key;
    case "secrets":
      return `The secret ${key}`;
    case "types":
      return `The type of ${key}`;
    default:
      return dimension === key ? `The ${key}` : `${key} (${dimension})`;
  }
}

/** What stands in each column. Of a secret its value is never said. */
function evidence({ cells }: ParityRow, columns: readonly ParityColumn[]): string {
  return cells.map((cell, at) => `${columnText(columns[at]!)}: ${cellText(cell)}`).join("\n");
}

/** Where nothing serves, what is compared is only what the definition says: whoever is refused has to know. */
function columnText({ name, basis }: ParityColumn): string {
  return basis === "definition" ? `${name} (by the definition: nothing is serving there)` : name;
}

function cellText(cell: Cell): string {
  switch (cell.state) {
    case "set":
      return cell.text;
    case "secret":
      return `[secret ${cell.alike}]`;
    case "absent":
      return "(none)";
    case "unknown":
      return "(unknown)";
    case "notCompared":
      return "(not compared)";
    default:
      return unreachable(cell);
  }
}
