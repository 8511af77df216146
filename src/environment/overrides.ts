import { gateName } from "../definition/gates.ts";
import type { Environment } from "../definition/types.ts";
import type { DeploymentSpec } from "./spec.ts";

/**
 * The gates of an environment that may be overridden, in an emergency. Not what nobody can answer for: a config that is incomplete, a
 * secret in a file, a release that was taken out (that is cleared for everybody, or not at all).
 */
export function overridable({ after, gates = [] }: Environment): string[] {
  return [...(after === undefined ? [] : ["after", "parity"]), "operators", ...gates.map(gateName)];
}

export function isOverridden({ overrides = [] }: Pick<DeploymentSpec, "overrides">, gate: string): boolean {
  return overrides.some((one) => one.gate === gate);
}

/** The way past a gate for those who cannot wait: it is written down. */
export function emergencyHint(environment: string, release: string, gate: string): string {
  return `In an emergency: tidegate deploy ${environment} --release ${release} --override ${gate} --reason "why"`;
}
