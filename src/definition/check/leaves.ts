import { isDuration } from "../../errors/duration.ts";
import { type Check, listOf, optional, shape, value } from "./shape.ts";

/** The values that tasks, services and environments are made of. */

export const text = value(isText, "a text that is not empty");
export const duration = value(isDuration, 'a length of time like "500ms", "30s", "5m" or "2h"');
export const yesOrNo = value((input) => typeof input === "boolean", "true or false");
export const count = value(isCount, "a whole number, 0 or more");
export const atLeastOne = value((input) => isCount(input) && input > 0, "a whole number, 1 or more");
export const risingPercents = value(isRisingPercents, "percentages that rise, above 0 and below 100, like [5, 25, 50]");
export const command = value(isCommand, "a command: a text, or a list of its words");
export const urlPath = value(isUrlPath, 'a path that begins with "/"');
export const paths = listOf(value(isText, "a path or pattern"), "paths or patterns");
export const simpleName = value(isSimpleName, "letters, digits, `_`, `-` and `.`, beginning with a letter");

/** What `differs(value, reason, { until, owner })` declares of a value of this form. */
export function differing(declared: Check): Check {
  return shape({
    kind: value((input) => input === "differs", "made by differs(…)"),
    value: declared,
    reason: text,
    until: optional(day),
    owner: optional(text),
  });
}

/** The last day of something, `YYYY-MM-DD`. */
export const day = value(isDay, 'a day like "2027-03-01"');

export function isText(input: unknown): input is string {
  return typeof input === "string" && input.trim() !== "" && !input.includes("\0");
}

export function isObject(input: unknown): input is Readonly<Record<string, unknown>> {
  return typeof input === "object" && input !== null && !Array.isArray(input);
}

/** Whether a builder made it: `isKind(input, "task")`. */
export function isKind(input: unknown, kind: string): boolean {
  return isObject(input) && input.kind === kind;
}

/** Names of tasks, services and gates become parts of file names. */
export function isSimpleName(input: unknown): input is string {
  return typeof input === "string" && input.length <= 64 && /^[A-Za-z][A-Za-z0-9_.-]*$/.test(input);
}

/** Names of projects and environments become parts of host names. */
export function isHostLabel(input: unknown): input is string {
  return typeof input === "string" && input.length <= 40 && /^[a-z]([a-z0-9-]*[a-z0-9])?$/.test(input);
}

function isDay(input: unknown): boolean {
  if (typeof input !== "string" || !/^\d{4}-\d\d-\d\d$/.test(input)) return false;
  const date = new Date(`${input}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(input);
}

function isCount(input: unknown): input is number {
  return Number.isSafeInteger(input) && (input as number) >= 0;
}

function isCommand(input: unknown): boolean {
  if (!Array.isArray(input)) return isText(input);
  const words = input.every((word) => typeof word === "string" && !word.includes("\0"));
  return words && isText(input[0]);
}

function isUrlPath(input: unknown): boolean {
  return typeof input === "string" && /^\/[^\s#?\\]*$/.test(input);
}

function isRisingPercents(input: unknown): boolean {
  const isRising = (at: number, all: readonly unknown[]) => at === 0 || (all[at] as number) > (all[at - 1] as number);
  return Array.isArray(input) && input.every((one, at) => isBetween(one, 0, 100) && isRising(at, input));
}

export function isBetween(input: unknown, above: number, below: number): boolean {
  return typeof input === "number" && input > above && input < below;
}
