import * as v from "valibot";

/** What the process that looks after a job is told through its standard input: secrets are in no command line that way. */
const order = v.strictObject({
  nonce: v.string(),
  /** The environment entry that everything the job starts inherits. */
  mark: v.string(),
  /** Where the outcome is written. */
  folder: v.string(),
  directory: v.string(),
  file: v.string(),
  args: v.array(v.string()),
  /** As it is shown when it cannot be started. */
  shown: v.string(),
  timeoutMs: v.number(),
  env: v.custom<Readonly<Record<string, string>>>((value) => typeof value === "object" && value !== null),
});
export type JobOrder = v.InferOutput<typeof order>;

/** `undefined` when it is not whole: whoever gave it died meanwhile. */
export function parseOrder(text: string): JobOrder | undefined {
  try {
    const parsed = v.safeParse(order, JSON.parse(text));
    return parsed.success ? parsed.output : undefined;
  } catch {
    return undefined;
  }
}
