import { allowanceWords } from "../../../documents/common-words.ts";
import type {
  Allowance,
  Cell,
  Declaration,
  Dimension,
  ParityColumn,
  ParityReport,
  ParityRow,
  Unknown,
  Violation,
} from "../../../environment/parity/report.ts";
import { count, shortDigest } from "../../../errors/quantities.ts";
import { unreachable } from "../../../errors/unreachable.ts";
import { marks } from "../marks.ts";
import { safeLine, safeValue } from "../safe-text.ts";
import { showConfigType } from "./config-type.ts";

/** What a column is made of. */
export function showColumn({ basis, deployment, release }: ParityColumn): string {
  switch (basis) {
    case "deployed":
      return `what serves: release ${shortDigest(release ?? "")}, deployment ${deployment}`;
    case "definition":
      return "the definition: nothing is serving there";
    case "planned":
      return `what this deployment creates: release ${shortDigest(release ?? "")}`;
    case "machine":
      return "this machine";
    default:
      return unreachable(basis);
  }
}

/** What the gate said, a line for each thing that is not known or was set by hand. */
export function showParity(environment: string, { columns, rows }: ParityReport): string {
  const allowed = rows.filter((row) => row.verdict === "declared");
  const declared = allowed.filter((row) => row.allowed.by === "differs").length;
  const remarks = rows.flatMap((row) => {
    const isHand = row.verdict === "declared" && row.allowed.by === "hand";
    return isHand || row.verdict === "unknown" ? [`${marks.warning} ${row.key}: ${showVerdict(row)}`] : [];
  });
  const [before] = columns;
  const unknown = rows.filter(({ verdict }) => verdict === "unknown").length;
  // An address or an order is each environment's own: nobody declared it, and nobody has to explain it.
  const own = allowed.length - declared;
  const rest = [
    ...(declared === 0 ? [] : [count(declared, "declared difference")]),
    ...(own === 0 ? [] : [`${own} of their own settings`]),
    ...(unknown === 0 ? [] : [`${unknown} unknown`]),
  ].join(", ");
  const head = `${marks.done} parity with ${before?.name}: equal${rest === "" ? "" : ` except for ${rest}`}`;
  const basis =
    before?.basis === "definition"
      ? [`${marks.warning} nothing is serving in ${before.name}: compared with what the definition says about it`]
      : [];
  return [head, ...basis, ...remarks].map((line) => `${environment} | ${line}`).join("\n");
}

export function showCell(cell: Cell, dimension: Dimension): string {
  switch (cell.state) {
    case "set":
      if (dimension === "types") return showConfigType(cell.text);
      return dimension === "release" ? shortDigest(cell.text) : safeValue(cell.text);
    case "secret":
      return `[secret ${cell.alike}]`;
    case "absent":
      return "(none)";
    case "unknown":
      return "(unknown)";
    case "notCompared":
      return "";
    default:
      return unreachable(cell);
  }
}

/** Why a row is as it is; "" where there is nothing to say. */
export function showVerdict(row: ParityRow): string {
  switch (row.verdict) {
    case "equal":
      return row.shared === undefined ? "" : `shared: ${safeLine(row.shared)}`;
    case "declared":
      return showAllowance(row.allowed);
    case "violation":
      return showViolation(row.violation, row.declared);
    case "unknown":
      return showUnknown(row.unknown);
    default:
      return unreachable(row);
  }
}

function showAllowance(allowed: Allowance): string {
  if (allowed.by === "differs") return showDeclaration(allowed);
  const because = allowed.by === "standing" ? Object.entries(allowed.because) : [];
  if (because.length === 0) return allowanceWords[allowed.by];
  return because.map(([name, reason]) => `${name}: ${safeLine(reason)}`).join("; ");
}

function showDeclaration({ reason, owner, until }: Declaration): string {
  const more = [...(owner === undefined ? [] : [owner]), ...(until === undefined ? [] : [`until ${until}`])];
  return safeLine(more.length === 0 ? reason : `${reason} (${more.join(", ")})`);
}

const violationWords: Readonly<Record<Violation, string>> = {
  undeclared: "differs, but nothing declares that it may",
  needless: "is declared to differ, and no longer does",
  expired: "was allowed to differ until a date that has passed",
  sameSecret: "is the same secret, but nothing declares that it may be",
  sharedDiffers: "is declared shared, and differs",
  otherVersion: "has a different version from the one declared",
  byHand: "was set by hand for what is serving",
};

function showViolation(violation: Violation, declared: Declaration | undefined): string {
  const said = declared === undefined ? "" : `: ${showDeclaration(declared)}`;
  return `${violationWords[violation]}${said}`;
}

const unknownWords: Readonly<Record<Unknown["because"], string>> = {
  secretUnreadable: "it cannot be read here",
  configInvalid: "its value is wrong; tidegate check says how",
  notReachable: "it could not be reached",
  notLookedAt: "it was not checked",
  releaseCollected: "the release's files are no longer kept",
  driverCannotTell: "the driver cannot tell",
};

/** What to write or to run so that a violation is none. `[]` for a row that is none. */
export function mendingOf(row: ParityRow, columns: readonly ParityColumn[]): readonly string[] {
  if (row.verdict !== "violation") return [];
  const { key, dimension, cells } = row;
  const [subject = key] = key.split(" ");
  const environments = columns.filter(({ basis }) => basis !== "machine").map(({ name }) => name);
  const last = environments.at(-1) ?? "ENVIRONMENT";
  switch (row.violation) {
    case "undeclared":
      return undeclaredMending(dimension, subject, environments);
    case "needless":
      return [`Remove its differs(…) from ${placeOf(dimension, last)}`];
    case "expired":
      return [`Remove its differs(…) from ${placeOf(dimension, last)}, or set a future date: until: "YYYY-MM-DD"`];
    case "sameSecret":
      return [
        `Give each its own: tidegate secrets set ${subject} --env ${last}`,
        `Or, in config: ${subject}: secret(shared(SCHEMA, "reason")), with its own schema`,
      ];
    case "sharedDiffers":
      return [`Give all the same: tidegate secrets set ${subject}. Or, in config: ${subject}: secret(SCHEMA)`];
    case "otherVersion":
      return [
        `Declare the version that responds, in resources; or upgrade to the declared one: tidegate env create ${last}`,
      ];
    case "byHand": {
      const at = cells.findIndex((cell) => cell.state === "set" && cell.byHand);
      return [`Undo it: tidegate deploy ${columns[at]?.name ?? last}`];
    }
    default:
      return unreachable(row.violation);
  }
}

function undeclaredMending(dimension: Dimension, key: string, environments: readonly string[]): readonly string[] {
  const [first = "ENVIRONMENT", last = first] = [environments[0], environments.at(-1)];
  switch (dimension) {
    case "config":
      return [
        `In config: ${key}: differs(SCHEMA, "reason"), with its own schema, and a value in the config of each environment`,
      ];
    case "secrets":
      return [`Give the other one its own: tidegate secrets set ${key} --env ${last}`];
    case "replicas":
    case "limits":
    case "resources":
      return [
        `In environments.${last}: ${dimension}: { ${key}: differs(VALUE, "reason") }, with the value that it has`,
      ];
    default:
      return [`Bring both in line with the definition: tidegate deploy ${first}, then tidegate deploy ${last}`];
  }
}

/** Where a difference of this kind is declared. */
function placeOf(dimension: Dimension, environment: string): string {
  return dimension === "config" || dimension === "secrets" ? "config" : `environments.${environment}.${dimension}`;
}

/** Why something is not known. */
export function showUnknown({ because, evidence }: Unknown): string {
  return `unknown: ${unknownWords[because]}${evidence === undefined ? "" : ` (${safeLine(evidence)})`}`;
}
