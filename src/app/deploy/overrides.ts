import { overridable } from "../../environment/overrides.ts";
import type { Override } from "../../environment/spec.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import { shellWord } from "../../errors/shell-word.ts";
import type { Session } from "../session.ts";

/** Gates that somebody wants set aside, and why. */
export interface OverrideRequest {
  readonly override?: readonly string[];
  readonly reason?: string | undefined;
}

/** What of it concerns each target. Fails when it says no reason, or names a gate that none of them has. */
export function overridesFor(
  { project }: Session,
  targets: readonly string[],
  { override = [], reason }: OverrideRequest,
): Result<(target: string) => readonly Override[]> {
  if (override.length === 0) return ok(() => []);
  const why = reason?.trim();
  const gatesOf = (target: string) => overridable(project.environments[target]!);
  const known = [...new Set(targets.flatMap(gatesOf))];
  const unknown = override.find((gate) => !known.includes(gate));
  if (unknown !== undefined) {
    const message = `There is no gate ${JSON.stringify(unknown)} on the way to ${targets.at(-1)} that could be overridden`;
    const hint = known.length === 0 ? "There is none at all." : `There are: ${known.join(", ")}.`;
    return failed({ code: "bad-arguments", message, hint });
  }
  if (why === undefined || why === "") {
    const gates = override.map((gate) => `--override ${shellWord(gate)}`).join(" ");
    const message = "Overriding a gate takes a reason; it is written down and shown in status";
    return failed({ code: "bad-arguments", message, hint: `Add it: ${gates} --reason "why"` });
  }
  const gates = [...new Set(override)];
  return ok((target) => gatesOf(target).flatMap((gate) => (gates.includes(gate) ? [{ gate, reason: why }] : [])));
}
