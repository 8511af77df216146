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
      return "the definition: nothing serves there";
    case "planned":
      return `what this deployment makes: release ${shortDigest(release ?? "")}`;
    case "machine":
      return "this machine";
    default:
      return unreachable(basis);
  }
}

/** What the gate said, a line for each thing that is not known or was set by hand. */
export function showParity(environment: string, { columns, rows }: ParityReport): string {
  const declared = rows.filter(({ verdict }) => verdict === "declared").length;
  const remarks = rows.flatMap((row) => {
    const isHand = row.verdict === "declared" && row.allowed.by === "hand";
    return isHand || row.verdict === "unknown" ? [`${marks.warning} ${row.key}: ${showVerdict(row)}`] : [];
  });
  const [before] = columns;
  const unknown = rows.filter(({ verdict }) => verdict === "unknown").length;
  const rest = [count(declared, "declared difference"), ...(unknown === 0 ? [] : [`${unknown} unknown`])].join(", ");
  const head = `${marks.done} parity with ${before?.name}: equal except for ${rest}`;
  const basis =
    before?.basis === "definition"
      ? [`${marks.warning} nothing serves in ${before.name}: compared with what the definition says of it`]
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
  undeclared: "differs, and nothing says that it may",
  needless: "is declared to differ, and no longer does",
  expired: "might differ up to a day that is over",
  sameSecret: "is the same secret, which nothing says that it may be",
  sharedDiffers: "is declared shared, and differs",
  otherVersion: "is of another version than is declared",
  byHand: "was set by hand for what serves",
};

function showViolation(violation: Violation, declared: Declaration | undefined): string {
  const said = declared === undefined ? "" : `: ${showDeclaration(declared)}`;
  return `${violationWords[violation]}${said}`;
}

const unknownWords: Readonly<Record<Unknown["because"], string>> = {
  secretUnreadable: "it cannot be read here",
  configInvalid: "its value is wrong; tidegate check says how",
  notReachable: "it could not be reached",
  notLookedAt: "it was not looked at",
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
      return [`Take its differs(…) out of ${placeOf(dimension, last)}`];
    case "expired":
      return [`Take its differs(…) out of ${placeOf(dimension, last)}, or give it a day to come: until: "YYYY-MM-DD"`];
    case "sameSecret":
      return [
        `Give each its own: tidegate secrets set ${subject} --env ${last}`,
        `Or, in config: ${subject}: secret(shared(SCHEMA, "reason")), with its own schema`,
      ];
    case "sharedDiffers":
      return [`Give all the same: tidegate secrets set ${subject}. Or, in config: ${subject}: secret(SCHEMA)`];
    case "otherVersion":
      return [`Say the version that answers, in resources; or bring up the declared one: tidegate env create ${last}`];
    case "byHand": {
      const at = cells.findIndex((cell) => cell.state === "set" && cell.byHand);
      return [`Take it back: tidegate deploy ${columns[at]?.name ?? last}`];
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
      return [`Bring both to what the definition says: tidegate deploy ${first}, then tidegate deploy ${last}`];
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
