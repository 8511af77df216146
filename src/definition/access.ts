import { gateOf } from "./gates.ts";
import { ageMs } from "./quantity.ts";
import type { Access, Identity, Project } from "./types.ts";

/** Who has to agree to a deployment, as it is stored with it. Names of groups are resolved. */
export interface ApprovalRule {
  readonly by: readonly string[];
  readonly count: number;
  readonly notAuthor: boolean;
  readonly expiresMs: number;
}

const defaultExpiresMs = 3 * 86_400_000;

/** The people of a role in an environment; `undefined`: nothing is said of it. */
export function peopleIn(project: Pick<Project, "access" | "environments">, name: string, role: keyof Access) {
  const said = project.environments[name]?.access?.[role] ?? project.access?.[role];
  return said === undefined ? undefined : resolved(project, said);
}

/** What the environment's gate says; `undefined`: it has none. */
export function approvalRule(project: Project, name: string): ApprovalRule | undefined {
  const gate = gateOf(project.environments[name]?.gates, "approval");
  if (gate === undefined) return undefined;
  const { by = "approvers", count = 1, notAuthor = false, expires } = gate;
  const words = typeof by === "string" ? [by] : by;
  const people = words.flatMap((word) => (isRole(word) ? (peopleIn(project, name, word) ?? []) : [word]));
  const expiresMs = expires === undefined ? defaultExpiresMs : ageMs(expires);
  return { by: resolved(project, people), count, notAuthor, expiresMs };
}

export function isRole(word: string): word is keyof Access {
  return word === "approvers" || word === "operators";
}

/** Each once, in the order in which they are named. Groups do not hold groups. */
function resolved({ access }: Pick<Project, "access">, identities: readonly Identity[]): string[] {
  const groups = access?.groups ?? {};
  const groupOf = (name: string) => (Object.hasOwn(groups, name) ? (groups[name] ?? []) : []);
  return [...new Set(identities.flatMap((one) => (one.startsWith("group:") ? groupOf(one.slice(6)) : [one])))];
}
