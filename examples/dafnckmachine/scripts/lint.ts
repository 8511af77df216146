/** Finds what agents would stumble over: task files without a head or with a broken list, JSON that is none. */
import { globSync, readFileSync } from "node:fs";

const problems = [
  ...globSync("01_Machine/01_Workflow/**/*.md").flatMap((path) => taskFileProblems(path, readFileSync(path, "utf8"))),
  ...globSync("01_Machine/**/*.md").flatMap((path) => markdownProblems(path, readFileSync(path, "utf8"))),
  ...globSync("01_Machine/**/*.json").flatMap((path) => jsonProblems(path, readFileSync(path, "utf8"))),
];
for (const problem of problems) console.error(problem);
process.exit(problems.length === 0 ? 0 : 1);

function taskFileProblems(path: string, text: string): string[] {
  const head = /^---\n([\s\S]*?)\n---\n/.exec(text)?.[1] ?? "";
  const missing = ["task_id", "title", "agent"].filter((field) => !new RegExp(`^${field}: `, "m").test(head));
  const items = text.split("\n").flatMap((line, at) => (/^- \[/.test(line) ? [{ line, at: at + 1 }] : []));
  return [
    ...missing.map((field) => `${path}: its head has no ${field}`),
    ...items.flatMap(({ line, at }) =>
      /^- \[[ x]\] \S.* — \S/.test(line) ? [] : [`${path}:${at}: an item is "- [ ] path — name"`],
    ),
  ];
}

function markdownProblems(path: string, text: string): string[] {
  const lines = text.split("\n");
  const fences = lines.filter((line) => line.startsWith("```")).length;
  return [
    ...(text.endsWith("\n") ? [] : [`${path}: the last line has no end`]),
    ...(fences % 2 === 0 ? [] : [`${path}: a block of code is not closed`]),
    ...lines.flatMap((line, at) =>
      /^#+[^#\s]/.test(line) ? [`${path}:${at + 1}: a heading has a space behind #`] : [],
    ),
  ];
}

function jsonProblems(path: string, text: string): string[] {
  try {
    JSON.parse(text);
    return [];
  } catch (error) {
    return [`${path}: ${error instanceof Error ? error.message : error}`];
  }
}
