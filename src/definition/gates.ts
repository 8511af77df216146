import type { CheckGate, Gate } from "./gate-options.ts";

/** What it is called in messages, in documents, and by whoever overrides it. */
export function gateName(gate: Gate): string {
  return gate.gate === "check" ? gate.name : gate.gate;
}

/** The one gate of a kind that an environment has; absent: it has none. */
export function gateOf<K extends Exclude<Gate["gate"], "check">>(
  gates: readonly Gate[] | undefined,
  kind: K,
): Extract<Gate, { readonly gate: K }> | undefined {
  return gates?.find((gate): gate is Extract<Gate, { readonly gate: K }> => gate.gate === kind);
}

/** The gates that are commands. */
export function checksIn(gates: readonly Gate[] | undefined): readonly CheckGate[] {
  return (gates ?? []).filter((gate) => gate.gate === "check");
}
