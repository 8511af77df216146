import { approvalRule, isRole } from "../access.ts";
import { nearest } from "../distance.ts";
import type { Problem } from "../problem.ts";
import { isAge } from "../quantity.ts";
import type { Project } from "../types.ts";
import { atLeastOne, isKind, isObject, yesOrNo } from "./leaves.ts";
import { type Check, listOf, optional, shape, shapeProblems, value } from "./shape.ts";

const example = 'an e-mail address, the name of a user, or "group:" and a name';
const identity = value(isIdentity, example);
const people = optional(listOf(identity, "people"));
const member = value(
  (input) => isIdentity(input) && !String(input).startsWith("group:"),
  "an e-mail address or the name of a user",
);

const ofEnvironment = shape({ approvers: people, operators: people });
const ofProject = shape({
  approvers: people,
  operators: people,
  groups: optional({
    find: (input) =>
      isObject(input)
        ? Object.entries(input).flatMap(([name, all]) =>
            listOf(member, "people")
              .find(all)
              .map((found) => ({ ...found, path: [name, ...found.path] })),
          )
        : [{ path: [], kind: "value", expected: "an object whose keys are names of groups", input }],
  }),
});

/** What an approval is made of, without what every gate has. */
export const approvalOptions: Readonly<Record<string, Check>> = {
  by: optional(
    value(
      (input) => isIdentity(input) || (Array.isArray(input) && input.length > 0 && input.every(isIdentity)),
      `"approvers", "operators", ${example}; or a list of them`,
    ),
  ),
  count: optional(atLeastOne),
  notAuthor: optional(yesOrNo),
  expires: optional(value(isAge, 'how long, like "12h" or "3d"')),
};

/** What is wrong with who may do what, in the project and its environments. */
export function accessProblems(project: Project): Problem[] {
  const { access, environments } = project;
  const shapes = [
    ...(access === undefined ? [] : shapeProblems(ofProject, access, ["access"], "access")),
    ...Object.entries(isObject(environments) ? environments : {}).flatMap(([name, environment]) =>
      isObject(environment) && environment.access !== undefined
        ? shapeProblems(
            ofEnvironment,
            environment.access,
            ["environments", name, "access"],
            `Environment "${name}": access`,
          )
        : [],
    ),
  ];
  if (shapes.length > 0 || !isObject(environments)) return shapes;
  return [...groupProblems(project), ...Object.keys(environments).flatMap((name) => approvalProblems(project, name))];
}

/** Every `group:` names one that there is. */
function groupProblems({ access, environments }: Project): Problem[] {
  const groups = Object.keys(access?.groups ?? {});
  const roles = (of: unknown, path: Problem["path"]) =>
    Object.entries(isObject(of) ? of : {}).flatMap(([role, all]) =>
      isRole(role) && Array.isArray(all) ? all.map((one, at) => ({ one, path: [...path, role, at] })) : [],
    );
  const named = [
    ...roles(access, ["access"]),
    ...Object.entries(environments).flatMap(([name, environment]) => [
      ...roles(environment?.access, ["environments", name, "access"]),
      ...(Array.isArray(environment?.gates) ? environment.gates : []).flatMap((gate, at) =>
        isKind(gate, "gate") && gate.gate === "approval" && gate.by !== undefined
          ? [gate.by].flat().map((one) => ({ one, path: ["environments", name, "gates", at, "by"] }))
          : [],
      ),
    ]),
  ];
  return named.flatMap(({ one, path }) => {
    if (typeof one !== "string" || !one.startsWith("group:") || groups.includes(one.slice(6))) return [];
    const meant = nearest(one.slice(6), groups);
    const hint = meant === undefined ? "Add it to `access.groups` of the project." : `Did you mean "group:${meant}"?`;
    return [
      { code: "invalid-definition", path, message: `There is no group "${one.slice(6)}" in access.groups`, hint },
    ];
  });
}

/** That there are people enough. */
function approvalProblems(project: Project, name: string): Problem[] {
  const gates = project.environments[name]?.gates;
  const at = Array.isArray(gates) ? gates.findIndex((gate) => isKind(gate, "gate") && gate.gate === "approval") : -1;
  if (
    at < 0 ||
    shapeProblems(shape({ ...approvalOptions, kind: any, gate: any, because: any }), gates![at], [], "").length > 0
  )
    return [];
  const { by, count } = approvalRule(project, name)!;
  if (by.length >= count) return [];
  const path = ["environments", name, "gates", at];
  const who = by.length === 0 ? "nobody may give it" : `it needs ${count}, and only ${by.length} may give it`;
  const hint = 'Say who: `access: { approvers: ["lead@example.org"] }`.';
  return [{ code: "invalid-definition", path, message: `Environment "${name}": approval: ${who}`, hint }];
}

const any = optional(value(() => true, ""));

/** As git and machines call people: no spaces, nothing that is not seen. */
function isIdentity(input: unknown): boolean {
  if (typeof input !== "string" || input.length > 200) return false;
  return /^(group:)?[\p{L}\p{N}._%+-]+(@[\p{L}\p{N}.-]+)?$/u.test(input);
}
