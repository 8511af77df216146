import * as v from "valibot";
import { type FailureCode, failureCodes } from "./codes.ts";
import type { Failure } from "./failure.ts";

const positive = v.pipe(v.number(), v.safeInteger(), v.minValue(1));

const location = v.object({
  file: v.string(),
  line: positive,
  column: positive,
  length: v.exactOptional(positive),
  source: v.exactOptional(v.string()),
});

/** A failure that another of Tidegate's processes tells. */
export const failureSchema = v.object({
  code: v.picklist(Object.keys(failureCodes) as FailureCode[]),
  message: v.string(),
  location: v.exactOptional(location),
  cause: v.exactOptional(v.string()),
  hint: v.exactOptional(v.string()),
}) satisfies v.GenericSchema<unknown, Failure>;

/** The failures of a `Result` that another process tells: never none. */
export const failuresSchema = v.pipe(v.array(failureSchema), v.minLength(1));
