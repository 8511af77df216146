import type { Context } from "./context.ts";
import { reportFailures } from "./render/report-failures.ts";

/** `7` and `#7`; `undefined` for anything else. */
export function numberOf(word: string): number | undefined {
  const number = Number(word.replace(/^#/, ""));
  return /^#?\d+$/.test(word) && Number.isSafeInteger(number) ? number : undefined;
}

/** Tells that a word is no deployment's number. */
export function failNumber(context: Context, word: string, verb: string): number {
  const message = `${JSON.stringify(word)} is not the number of a deployment`;
  const hint = `Numbers are in the history: tidegate history\nThen: tidegate ${verb} 7`;
  return reportFailures(context, [{ code: "bad-arguments", message, hint }]);
}
