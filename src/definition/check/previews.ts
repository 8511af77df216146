import type { Problem } from "../problem.ts";
import { isProtected } from "../protected.ts";
import { isAge } from "../quantity.ts";
import type { Environment } from "../types.ts";
import { atLeastOne, command, isObject } from "./leaves.ts";
import { optional, shape, shapeProblems, value } from "./shape.ts";

const code = "invalid-definition";
const age = value(isAge, 'an age like "12h" or "30d"');

const seeded = shape({ seed: command });
const previewShape = shape({
  from: value((input) => typeof input === "string", "the name of an environment"),
  ttl: optional(age),
  max: optional(atLeastOne),
  data: optional(
    value(
      (input) => input === "empty" || input === "snapshot" || seeded.find(input).length === 0,
      '"empty", "snapshot" or { seed: command }',
    ),
  ),
});

const objectiveShape = shape({
  leadTime: optional(age),
  rollback: optional(value((input) => isAge(input) || /^\d+s$/.test(String(input)), 'a time like "30s" or "5m"')),
  changeFailRate: optional(
    value((input) => typeof input === "number" && input >= 0 && input <= 1, "a share from 0 to 1"),
  ),
  recovery: optional(age),
  deploymentsPerWeek: optional(value((input) => typeof input === "number" && input > 0, "a number above 0")),
});

/** What is wrong with what the project wants to reach. */
export function objectiveProblems(objectives: unknown): Problem[] {
  return objectives === undefined ? [] : shapeProblems(objectiveShape, objectives, ["objectives"], "The objectives");
}

/** What is wrong with how previews are made. */
export function previewProblems(previews: unknown, environments: unknown): Problem[] {
  if (previews === undefined) return [];
  const problems = shapeProblems(previewShape, previews, ["previews"], "The previews");
  if (!isObject(previews) || !isObject(environments) || typeof previews.from !== "string") return problems;
  return [...problems, ...takenPlace(environments), ...templateProblems(previews.from, environments)];
}

/** The secrets of previews stand where an environment of that name would have its own. */
function takenPlace(environments: Readonly<Record<string, unknown>>): Problem[] {
  if (!Object.hasOwn(environments, "preview")) return [];
  const message = 'No environment can be named "preview" where there are previews: it would have their secrets';
  return [{ code, path: ["environments", "preview"], at: "key", message, hint: "Give it another name." }];
}

/** A preview is open to more people than what it is made like: it must not be made like what is protected. */
function templateProblems(from: string, environments: Readonly<Record<string, unknown>>): Problem[] {
  const path = ["previews", "from"];
  if (!Object.hasOwn(environments, from)) {
    const hint = `Environments: ${Object.keys(environments).join(", ") || "none"}.`;
    return [{ code, path, message: `The previews: there is no environment "${from}"`, hint }];
  }
  const template = environments[from];
  if (!isObject(template) || !isProtected(from, template as Pick<Environment, "protected">)) return [];
  const message = `Previews cannot be modelled on "${from}", which is protected`;
  return [{ code, path, message, hint: "Name another environment, one that it does not matter to lose." }];
}
