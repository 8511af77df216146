import type { Problem } from "../problem.ts";

/** The paths and patterns of a list that lead, or could lead, out of the project. What is no text is not judged here. */
export function pathProblems(list: unknown, path: Problem["path"], subject: string): Problem[] {
  if (typeof list === "string") return leadsOut(list) ? [problem(list, path, subject)] : [];
  if (!Array.isArray(list)) return [];
  return list.flatMap((item, index) => {
    return typeof item === "string" && leadsOut(item) ? [problem(item, [...path, index], subject)] : [];
  });
}

function leadsOut(pattern: string): boolean {
  const plain = pattern.replace(/^!/, "").replaceAll("\\", "/");
  return (
    plain.startsWith("/") || plain.startsWith("~") || /^[A-Za-z]:\//.test(plain) || /(^|[/{,])\.\.($|[/},])/.test(plain)
  );
}

function problem(pattern: string, path: Problem["path"], subject: string): Problem {
  const message = `${subject}: ${JSON.stringify(pattern)} leads outside the project`;
  return {
    code: "path-outside-project",
    path,
    message,
    hint: "Write a path relative to the definition, without `..`.",
  };
}
