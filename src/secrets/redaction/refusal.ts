import { commonValues } from "./common-values.ts";

/** Why a value cannot be a secret. */
export interface Refusal {
  readonly reason: "empty" | "short" | "digits" | "monotonous" | "sequence" | "common";
  /** A clause for people that never quotes the value: "it has fewer than 8 characters". */
  readonly because: string;
}

/** In code points, blanks around it not counted. */
const shortestSecret = 8;
/** Shorter numbers are ports, amounts, dates and identifiers somewhere. */
const shortestNumber = 12;
const fewestCharacters = 3;

const sequences = ["01234567890123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm"];

/**
 * Whether a value is too trivial to be a secret, and why: it would have to be hidden wherever it happens to stand, which
 * hides half of every log and tells everybody what it is. `undefined`: it can be one.
 */
export function refusal(value: string): Refusal | undefined {
  const text = value.trim();
  if (text === "") return { reason: "empty", because: "it is empty" };
  if ([...text].length < shortestSecret)
    return { reason: "short", because: `it has fewer than ${shortestSecret} characters` };
  if (new Set(text).size < fewestCharacters)
    return { reason: "monotonous", because: `it has fewer than ${fewestCharacters} different characters` };
  if (/^[\d\s.,:+_-]+$/.test(text) && text.replace(/\D/g, "").length < shortestNumber)
    return { reason: "digits", because: `it is a number of fewer than ${shortestNumber} digits` };
  const lower = text.toLowerCase();
  if (sequences.some((sequence) => isWithin(lower, sequence)))
    return { reason: "sequence", because: "its characters follow the alphabet, the keyboard or the digits" };
  return commonValues.has(lower) ? { reason: "common", because: "it is a common word or a usual default" } : undefined;
}

function isWithin(text: string, sequence: string): boolean {
  return sequence.includes(text) || [...sequence].reverse().join("").includes(text);
}
