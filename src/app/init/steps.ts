/**
 * The commands of a line that are done one after the other, without what is between them. What stands in quotes is one
 * command's own: `python -c "import a; a.check()" && gunicorn a` is two.
 */
export function stepsOf(line: string): string[] {
  const steps = [""];
  for (const [part] of line.matchAll(/"(?:\\.|[^"\\])*"|'[^']*'|\\.|&&|[\s\S]/gs)) {
    if (part === "&&" || part === ";") steps.push("");
    else steps[steps.length - 1] += part;
  }
  return steps.map((step) => step.trim());
}
