import type { Project } from "../definition/types.ts";

/** The environments in the order releases go through them; those side by side in the order of the definition. */
export function environmentOrder(project: Project): string[] {
  const order: string[] = [];
  const visit = (name: string) => {
    if (order.includes(name)) return;
    const after = project.environments[name]?.after;
    if (after !== undefined) visit(after);
    order.push(name);
  };
  for (const name of Object.keys(project.environments)) visit(name);
  return order;
}

/** The same without previews: those that a release goes through. */
export function declaredOrder(project: Project): string[] {
  return environmentOrder(project).filter((name) => project.environments[name]!.preview === undefined);
}

/** The environments on the way to one, itself the last. */
export function wayTo(project: Project, name: string): string[] {
  const after = project.environments[name]?.after;
  return after === undefined ? [name] : [...wayTo(project, after), name];
}
