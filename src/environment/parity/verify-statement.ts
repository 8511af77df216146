import { canonicalJson, type JsonValue } from "../../files/canonical-json.ts";
import { compareColumns } from "./compare.ts";
import type { ColumnFacts, Fact, Held } from "./facts.ts";
import type { Policy } from "./policy.ts";
import type { Cell, ParityReport, ParityRow } from "./report.ts";
import { policyDigest, type Statement, subjectsOf } from "./statement.ts";

/** What is wrong with a statement. */
export type StatementProblem =
  /** The definition says other things of differences than it was judged by. */
  | { readonly problem: "policyChanged" }
  | { readonly problem: "otherProject"; readonly project: string }
  /** These rows, or their verdicts, do not follow from what it says of the environments. */
  | { readonly problem: "resultsWrong"; readonly rows: readonly string[] }
  /** The digests of these subjects are not those of what it says of them. */
  | { readonly problem: "subjectsWrong"; readonly names: readonly string[] }
  /** An environment is not, by what can be seen here without secrets, as it says. */
  | { readonly problem: "notSo"; readonly environment: string; readonly rows: readonly string[] };

/** What a statement does not prove, and nobody should believe because of it. */
export type NotProven =
  /** Who made it: it is not signed. */
  | { readonly what: "author" }
  /** That secrets are as it says: nobody looked at them. */
  | { readonly what: "secrets" }
  /** That versions and runtimes were as it says. */
  | { readonly what: "observations" }
  /** What served there: this state does not know that deployment, or something else serves by now. */
  | { readonly what: "environment"; readonly environment: string };

export interface Verification {
  readonly problems: readonly StatementProblem[];
  readonly notProven: readonly NotProven[];
  /** Environments that were compared with what is known here. */
  readonly compared: readonly string[];
  /** Whether it says that nothing differs that may not. */
  readonly holds: boolean;
}

export interface VerificationInput {
  readonly statement: Statement;
  readonly project: string;
  /** Of the definition, on the day of the statement. */
  readonly policy: Policy;
  /** What is known here now of the same environments, without secrets. */
  readonly here: ParityReport;
}

/** Checks what can be checked without a secret: by itself, against the definition, against what is known here. */
export function verifyStatement({ statement, project, policy, here }: VerificationInput): Verification {
  const { predicate, subject } = statement;
  const { columns, results } = predicate;
  const looks = columns.map(({ name }) => ({ name, ...lookAt(statement, name, here) }));
  const problems: StatementProblem[] = [
    ...(predicate.project === project ? [] : [{ problem: "otherProject" as const, project: predicate.project }]),
    ...(predicate.policy.digest.sha256 === policyDigest(policy) ? [] : [{ problem: "policyChanged" as const }]),
    ...listed("resultsWrong", "rows", wrongResults(statement, policy)),
    ...listed("subjectsWrong", "names", wrongSubjects(subject, subjectsOf(columns, results))),
    ...looks.flatMap(({ name, wrong = [] }) =>
      wrong.length === 0 ? [] : [{ problem: "notSo" as const, environment: name, rows: wrong }],
    ),
  ];
  const unseen = looks.filter(({ wrong }) => wrong === undefined);
  return {
    problems,
    notProven: [
      { what: "author" },
      { what: "secrets" },
      { what: "observations" },
      ...unseen.map(({ name }) => ({ what: "environment" as const, environment: name })),
    ],
    compared: looks.filter(({ wrong }) => wrong !== undefined).map(({ name }) => name),
    holds: predicate.holds,
  };
}

function listed(problem: "resultsWrong", name: "rows", found: readonly string[]): StatementProblem[];
function listed(problem: "subjectsWrong", name: "names", found: readonly string[]): StatementProblem[];
function listed(problem: string, name: string, found: readonly string[]): StatementProblem[] {
  return found.length === 0 ? [] : [{ problem, [name]: found } as unknown as StatementProblem];
}

/** The verdicts are drawn again from the cells; secrets keep which of them are alike. */
function wrongResults({ predicate }: Statement, policy: Policy): string[] {
  const { columns, results, holds } = predicate;
  if (results.some(({ cells }) => cells.length !== columns.length)) return ["columns"];
  const facts = columns.map(
    (column, at): ColumnFacts => ({ column, facts: results.flatMap((row) => factOf(row, at)) }),
  );
  const again = new Map(compareColumns(facts, policy).rows.map((row) => [rowName(row), row]));
  const wrong = results.filter((row) => !isSame(verdictOf(row), verdictOf(again.get(rowName(row)))));
  const secrets = Object.entries(policy.secrets).flatMap(([key, { isOptional }]) => (isOptional ? [] : [key]));
  const names = new Set(results.map(rowName));
  const leftOut = secrets.map((key) => rowName({ dimension: "secrets", key })).filter((name) => !names.has(name));
  const claims = holds === results.every(({ verdict }) => verdict !== "violation") ? [] : ["holds"];
  return [...wrong.map(rowName), ...leftOut, ...claims];
}

function factOf({ dimension, key, cells }: ParityRow, at: number): Fact[] {
  const held = heldIn(cells[at]!);
  return held === undefined ? [] : [{ dimension, key, held }];
}

function heldIn(cell: Cell): Held | undefined {
  switch (cell.state) {
    case "set": {
      const { text, byHand, expected } = cell;
      return { is: "text", text, ...(byHand && { byHand }), ...(expected !== undefined && { expected }) };
    }
    case "secret":
      return { is: "secret", digest: String(cell.alike) };
    case "absent":
      return undefined;
    case "unknown":
      return { is: "unknown", unknown: cell.unknown };
    case "notCompared":
      return { is: "later" };
    default:
      return cell satisfies never;
  }
}

function verdictOf(row: ParityRow | undefined): object {
  if (row === undefined) return {};
  const { cells: _, ...rest } = row;
  return rest;
}

function wrongSubjects(said: Statement["subject"], right: Statement["subject"]): string[] {
  const names = new Set([...said, ...right].map(({ name }) => name));
  const of = (subjects: Statement["subject"], name: string) => subjects.filter((one) => one.name === name);
  return [...names].filter((name) => !isSame(of(said, name), of(right, name)));
}

/** What was seen at the time may be otherwise by now, and of secrets nothing is known here. */
function isSeenThen({ dimension, key }: ParityRow): boolean {
  return dimension === "secrets" || dimension === "runtime" || key.endsWith(" seen");
}

/** Compares one column with what is known here. `wrong`: absent when something else stands there, or nothing is known. */
function lookAt({ predicate }: Statement, name: string, here: ParityReport): { readonly wrong?: readonly string[] } {
  const at = predicate.columns.findIndex((column) => column.name === name);
  const now = here.columns.findIndex((column) => column.name === name);
  if (now === -1 || !isSame(predicate.columns[at]!, here.columns[now]!)) return {};
  const rows = new Map(here.rows.map((row) => [rowName(row), row.cells[now]!]));
  const said = new Map(predicate.results.map((row) => [rowName(row), row.cells[at]!]));
  // What it leaves out is as wrong as what it says wrongly.
  const asked = [...predicate.results, ...here.rows].filter((row) => !isSeenThen(row)).map(rowName);
  return { wrong: [...new Set(asked)].filter((name) => !isAlike(said.get(name), rows.get(name))) };
}

/** What either does not know is no contradiction. */
function isAlike(said: Cell = { state: "absent" }, seen: Cell = { state: "absent" }): boolean {
  if (said.state === "unknown" || seen.state === "unknown") return true;
  return isSame(said, seen);
}

function rowName({ dimension, key }: Pick<ParityRow, "dimension" | "key">): string {
  return `${dimension} ${key}`;
}

function isSame(one: object, other: object): boolean {
  return canonicalJson(one as JsonValue) === canonicalJson(other as JsonValue);
}
