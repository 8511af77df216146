import * as v from "valibot";
import { describeIssues } from "../errors/describe-issues.ts";
import { failed, ok, type Result } from "../errors/result.ts";
import { isRecord } from "../files/is-record.ts";

/**
 * How one kind of record is written where another version of Tidegate may read it: `{ v, … }`. What comes back is what
 * this version understands whole, or a failure; never a part of it, never a guess.
 *
 * - A lower `v` is upgraded, step by step. A record without `v` was written before there were versions: it is 0.
 * - A higher `v`, a field or a variant that this version does not know: `state-newer`.
 * - Anything else that is not as the schema says: `state-damaged`, with the places, and nothing of what stands there.
 *
 * A change that older versions could misread needs a higher `v` and an upgrade from the one before. A field that is
 * added needs neither: older versions refuse it because they do not know it.
 */
export interface Codec<T> {
  readonly encode: (value: object) => Versioned;
  /** `where`: what the record is, as the subject of a sentence: `The journal of deployment 7`. */
  readonly decode: (document: unknown, where: string) => Result<T>;
}

export type Versioned = Readonly<Record<string, unknown>> & { readonly v: number };

type Document = Readonly<Record<string, unknown>>;

export interface Shape<T> {
  /** What is written now. At least 1. */
  readonly version: number;
  /** Of the newest version, without its `v`. Strict objects and closed variants: what they do not know is newer. */
  readonly schema: v.GenericSchema<unknown, T>;
  /** The upgrade from version n to n + 1 stands at n. Default: records of version 0 are as those of version 1. */
  readonly upgrades?: readonly ((older: Document) => unknown)[];
}

export function codec<T extends object>({ version, schema, upgrades = [(older) => older] }: Shape<T>): Codec<T> {
  return {
    encode: (value) => ({ v: version, ...value }),
    decode: (document, where) => {
      if (!isRecord(document)) return failed(damaged(where, "it: expected Object"));
      const { v: written = 0, ...rest } = document;
      if (typeof written !== "number" || !Number.isSafeInteger(written) || written < 0)
        return failed(damaged(where, "v: expected the version of the record"));
      if (written > version)
        return failed(newer(where, `It has version ${written}; this Tidegate knows version ${version}.`));
      const upgraded = upgrades.slice(written).reduce<unknown>((older, up) => up(older as Document), rest);
      const parsed = v.safeParse(schema, upgraded);
      return parsed.success ? ok(parsed.output) : failed(notUnderstood(where, parsed.issues));
    },
  };
}

function notUnderstood(where: string, issues: readonly v.BaseIssue<unknown>[]) {
  const unknown = issues.filter(isUnknown);
  if (unknown.length === 0) return damaged(where, describeIssues(issues));
  return newer(where, `Unknown here:\n${unknown.map(place).join("\n")}`);
}

/** A field or a variant that the schema does not have: whoever wrote it knew more. */
function isUnknown(issue: v.BaseIssue<unknown>): boolean {
  if (issue.type === "strict_object") return issue.expected === "never";
  return (issue.type === "variant" || issue.type === "picklist") && typeof issue.input === "string";
}

/** The name of what is not known. Names of fields and variants are the program's, never a user's secret. */
function place(issue: v.BaseIssue<unknown>): string {
  const path = v.getDotPath(issue) ?? "it";
  return issue.type === "strict_object" ? path : `${path} ${String(issue.received).slice(0, 60)}`;
}

function newer(where: string, cause: string) {
  return {
    code: "state-newer",
    message: `${where} was written by a newer Tidegate`,
    cause,
    hint: "Use the newer version that wrote it.",
  } as const;
}

function damaged(where: string, cause: string) {
  return {
    code: "state-damaged",
    message: `${where} cannot be read`,
    cause,
    hint: "What is running keeps running. Restore the state from a backup, or see what else is wrong with it: tidegate doctor",
  } as const;
}
