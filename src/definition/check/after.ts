import { nearest } from "../distance.ts";
import type { Problem } from "../problem.ts";
import { isObject } from "./leaves.ts";

/** What is wrong with the order of environments: `after` names nothing, or leads in a circle. */
export function afterProblems(environments: Readonly<Record<string, unknown>>): Problem[] {
  const before = new Map(Object.entries(environments).map(([name, environment]) => [name, afterOf(environment)]));
  const reported = new Set<string>();
  return [...before].flatMap(([name, after]) => {
    if (after === undefined) return [];
    if (!before.has(after)) return [unknownAfter(name, after, [...before.keys()])];
    const circle = circleFrom(name, before);
    if (circle === undefined || circle.some((member) => reported.has(member))) return [];
    for (const member of circle) reported.add(member);
    return [inCircle(circle)];
  });
}

function afterOf(environment: unknown): string | undefined {
  const after = isObject(environment) ? environment.after : undefined;
  return typeof after === "string" ? after : undefined;
}

/** The environments of the circle that begins and ends at `name`, if there is one. */
function circleFrom(name: string, before: ReadonlyMap<string, string | undefined>): string[] | undefined {
  const visited = [name];
  for (let next = before.get(name); next !== undefined; next = before.get(next)) {
    if (next === name) return visited;
    if (visited.includes(next)) return undefined;
    visited.push(next);
  }
  return undefined;
}

function inCircle(circle: readonly string[]): Problem {
  const path = ["environments", circle[0]!, "after"];
  if (circle.length === 1) {
    const message = `Environment "${circle[0]}" comes after itself`;
    return { code: "invalid-definition", path, message, hint: "Remove `after`, or name another environment." };
  }
  const shown = [...circle, circle[0]].join(" → ");
  const message = `Environments come after each other in a cycle: ${shown}`;
  return { code: "invalid-definition", path, message, hint: "Remove `after` from one of them." };
}

function unknownAfter(name: string, after: string, names: readonly string[]): Problem {
  const others = names.filter((other) => other !== name);
  const meant = nearest(after, others);
  const message = `Environment "${name}" comes after "${after}", which does not exist`;
  const hint = meant === undefined ? `Other environments: ${others.join(", ") || "none"}.` : `Did you mean "${meant}"?`;
  return { code: "unknown-environment", path: ["environments", name, "after"], message, hint };
}
