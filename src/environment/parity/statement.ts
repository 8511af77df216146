import { createHash } from "node:crypto";
import * as v from "valibot";
import { describeIssues } from "../../errors/describe-issues.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import { canonicalJson, type JsonValue } from "../../files/canonical-json.ts";
import { isRecord } from "../../files/is-record.ts";
import type { Policy } from "./policy.ts";
import { dimensions, type ParityColumn, type ParityReport, type ParityRow } from "./report.ts";
import { columnSchema, rowSchema } from "./report-schema.ts";

/** The media type of an in-toto Statement, which a signed envelope (DSSE) of one names as its `payloadType`. */
export const payloadType = "application/vnd.in-toto+json";

const statementType = "https://in-toto.io/Statement/v1";

/** Ours; the number is the version of `predicate`. */
export const predicateType = "urn:tidegate:predicate:parity:1";

const hex = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
const sha256 = v.strictObject({ sha256: hex });

/**
 * What is written: an in-toto Statement (in-toto Attestation Framework, Statement v1). Its subjects are the environments, each
 * by the digest of all that is said of it, and the releases that serve in them.
 */
const statementSchema = v.strictObject({
  _type: v.literal(statementType),
  subject: v.array(v.strictObject({ name: v.string(), digest: sha256 })),
  predicateType: v.literal(predicateType),
  predicate: v.strictObject({
    project: v.string(),
    /** Of the rules that it was judged by. */
    policy: v.strictObject({ digest: sha256 }),
    /** By UTC; what had ended by then counts as expired. */
    day: v.pipe(v.string(), v.regex(/^\d{4}-\d{2}-\d{2}$/)),
    dimensions: v.array(v.picklist(dimensions)),
    columns: v.array(columnSchema),
    results: v.array(rowSchema),
    holds: v.boolean(),
  }),
});

export type Statement = v.InferOutput<typeof statementSchema>;

export interface StatementInput {
  readonly project: string;
  readonly report: ParityReport;
  readonly policy: Policy;
  readonly day: string;
}

/** The statement of a report. There is nothing in it that depends on when, where or by whom it was made, but the day. */
export function statementOf({ project, report, policy, day }: StatementInput): Statement {
  const { columns, rows } = report;
  return {
    _type: statementType,
    subject: subjectsOf(columns, rows),
    predicateType,
    predicate: {
      project,
      policy: { digest: { sha256: policyDigest(policy) } },
      day,
      dimensions: [...dimensions],
      columns: [...columns],
      results: [...rows] as Statement["predicate"]["results"],
      holds: rows.every(({ verdict }) => verdict !== "violation"),
    },
  };
}

/** The same bytes for the same statement: keys in code-unit order, indented, a line end at the end. */
export function statementText(statement: Statement): string {
  const sorted = JSON.parse(canonicalJson(statement as unknown as JsonValue));
  return `${JSON.stringify(sorted, undefined, 2)}\n`;
}

/**
 * A statement from a file's text. Fails with `statement-invalid`. Signed ones will come in a DSSE envelope, whose signature is
 * checked before its payload is given to this.
 */
export function readStatement(text: string, file: string): Result<Statement> {
  const json = parseJson(text);
  if (isRecord(json) && "payloadType" in json)
    return failed(invalid(file, "It is a signed envelope, which this version cannot check."));
  if (isRecord(json) && json._type === statementType && json.predicateType !== predicateType)
    return failed(invalid(file, `It is a different kind of statement: ${JSON.stringify(json.predicateType)}.`));
  const parsed = v.safeParse(statementSchema, json);
  return parsed.success ? ok(parsed.output) : failed(invalid(file, describeIssues(parsed.issues)));
}

/** Environments by what is said of them, then releases by environment. */
export function subjectsOf(
  columns: readonly ParityColumn[],
  rows: readonly ParityRow[],
): Statement["subject"][number][] {
  const environments = columns.map((column, at) => {
    const cells = rows.map(({ dimension, key, cells }) => [dimension, key, cells[at]]);
    return { name: `environment:${column.name}`, digest: { sha256: digestOf({ column, cells }) } };
  });
  const releases = columns.flatMap(({ name, release }) =>
    release === undefined ? [] : [{ name: `release:${name}`, digest: { sha256: release.replace(/^sha256:/, "") } }],
  );
  return [...environments, ...releases];
}

/** Of everything that the definition says of differences; on which day it is asked makes no difference. */
export function policyDigest({ declared, ...rest }: Policy): string {
  return digestOf({ ...rest, declared: declared.map(({ isExpired: _, path: __, ...one }) => one) });
}

function digestOf(value: object): string {
  return createHash("sha256")
    .update(canonicalJson(value as JsonValue))
    .digest("hex");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function invalid(file: string, cause: string) {
  return {
    code: "statement-invalid",
    message: `${file} is not a parity statement that this version of Tidegate can read`,
    cause,
    hint: "Write a new one to a new file: tidegate parity --statement parity.json",
  } as const;
}
