import { nearest } from "../distance.ts";
import type { Problem } from "../problem.ts";
import { day, isKind, isObject, text } from "./leaves.ts";
import { optional, shape, shapeProblems, value } from "./shape.ts";

/** What exceptions may be about, and what stands behind it. */
const dimensions: Readonly<Record<string, "service" | "resource" | "anything">> = {
  processes: "service",
  release: "service",
  command: "service",
  folder: "service",
  user: "service",
  environment: "service",
  configFile: "service",
  limits: "service",
  routes: "anything",
  resources: "resource",
  files: "anything",
};

const known = shape({
  kind: value(() => true, ""),
  subject: text,
  reason: text,
  until: optional(day),
  owner: optional(text),
});

interface Parts {
  readonly services: Readonly<Record<string, unknown>>;
  readonly resources: Readonly<Record<string, unknown>>;
}

/** What is wrong with the exceptions of an environment. That each was made by `known(…)` is the list's own check. */
export function knownDriftProblems(
  exceptions: readonly unknown[],
  parts: Parts,
  path: Problem["path"],
  subject: string,
): Problem[] {
  return exceptions.flatMap((exception, index) => {
    if (!isKind(exception, "knownDrift") || !isObject(exception)) return [];
    const here = [...path, index];
    const problems = shapeProblems(known, exception, here, `${subject}: exception ${index + 1}`);
    return problems.length > 0 ? problems : subjectProblems(String(exception.subject), parts, here, subject);
  });
}

function subjectProblems(about: string, parts: Parts, path: Problem["path"], subject: string): Problem[] {
  const [dimension = "", first] = about.split(".");
  const kind = Object.hasOwn(dimensions, dimension) ? dimensions[dimension] : undefined;
  if (kind === undefined) return [unknownPart("kind of drift", dimension, Object.keys(dimensions), path, subject)];
  if (first === undefined || kind === "anything") return [];
  const all = Object.keys(kind === "service" ? parts.services : parts.resources);
  // A name may have dots in it.
  const rest = about.slice(dimension.length + 1);
  const isKnown = all.some((name) => rest === name || rest.startsWith(`${name}.`));
  return isKnown ? [] : [unknownPart(kind, first, all, path, subject)];
}

function unknownPart(
  what: string,
  name: string,
  all: readonly string[],
  path: Problem["path"],
  subject: string,
): Problem {
  const meant = nearest(name, all);
  const hint = meant === undefined ? `There are: ${all.join(", ") || "none"}.` : `Did you mean "${meant}"?`;
  return { code: "invalid-definition", path, message: `${subject}: known(…) names an unknown ${what} "${name}"`, hint };
}
