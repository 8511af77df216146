import type { RunReason } from "../../events/event.ts";
import { byCodeUnit } from "../../files/code-unit-order.ts";
import type { Part } from "../../inputs/part.ts";

type Changed = Extract<RunReason, { reason: "changed" }>;

/** What a person wants to hear of first: the likeliest cause, before what merely follows from it. */
const telling = ["schema", "platform", "task", "tool", "env", "input", "need", "behind"];

/**
 * The first part that is not as it was, and how many others are not either; `undefined` when all are the same.
 * Of variables only that they changed is told, or that they were not or are no longer set.
 */
export function firstDifference(before: readonly Part[], after: readonly Part[]): Changed | undefined {
  const old = new Map(before);
  const now = new Map(after);
  const names = new Set([...old.keys(), ...now.keys()]);
  const different = [...names].filter((name) => old.get(name) !== now.get(name));
  const [first] = different.sort((a, b) => rank(a) - rank(b) || byCodeUnit(a, b));
  if (first === undefined) return undefined;
  const others = different.length - 1;
  return { reason: "changed", part: first, ...shown(first, old.get(first), now.get(first)), others };
}

function rank(part: string): number {
  const position = telling.indexOf(part.split(":", 1)[0]!);
  return position === -1 ? telling.length : position;
}

function shown(part: string, before: string | undefined, after: string | undefined): Partial<Changed> {
  const isHidden = part.startsWith("env:");
  const show = (value: string) => (isHidden && value !== "unset" ? undefined : value);
  const [old, now] = [before && show(before), after && show(after)];
  return { ...(old !== undefined && { before: old }), ...(now !== undefined && { after: now }) };
}
