import * as v from "valibot";
import { describeIssues } from "../../errors/describe-issues.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import { factsName, schemaIds } from "../names.ts";
import { declaredSchema, sorted } from "./declared.ts";
import { measuredSchema } from "./measured.ts";
import { observedSchema } from "./observed.ts";

const day = v.pipe(v.string(), v.regex(/^\d{4}-\d\d-\d\d$/));

/**
 * Everything that the four documents say, as data. It is committed beside them, so that they can be made again, to the byte,
 * where nothing else is known. It holds no secret: their values are not even read.
 */
export const factsSchema = v.strictObject({
  $schema: v.literal(schemaIds.facts),
  version: v.literal(1),
  /** The day on which the facts were gathered, by UTC. */
  gathered: day,
  /** Digests of the generated parts as they were written, by document: who edits one of them is told. */
  written: v.pipe(
    v.record(v.string(), v.string()),
    v.transform((all) => sorted(all) as Readonly<Record<string, string>>),
  ),
  declared: declaredSchema,
  measured: measuredSchema,
  observed: observedSchema,
});

export type Facts = v.InferOutput<typeof factsSchema>;

/** What the definition says, with its fields in the order of the schema: as the file of facts has it. */
export function inOrder(declared: Facts["declared"]): Facts["declared"] {
  return v.parse(declaredSchema, declared);
}

/** The facts as their file has them: fields in the order of the schema, so that the same facts are the same bytes. */
export function printFacts(facts: Facts): string {
  return `${JSON.stringify(v.parse(factsSchema, facts), null, 2)}\n`;
}

/** Fails with `documents-invalid` when it is not a file of facts that this version understands. */
export function parseFacts(content: string): Result<Facts> {
  const parsed = v.safeParse(factsSchema, parseJson(content));
  if (parsed.success) return ok(parsed.output);
  return failed({
    code: "documents-invalid",
    message: `${factsName} cannot be read`,
    cause: describeIssues(parsed.issues),
    hint: "Restore it from git, or write the documents again: tidegate docs --out DIR --force",
  });
}

function parseJson(content: string): unknown {
  try {
    return JSON.parse(content.replace(/^\uFEFF/, ""));
  } catch {
    return undefined;
  }
}
