import type { Step } from "./brain.ts";

/** The board as a page: one row a step. */
export function page(steps: readonly Step[], baseUrl: string): string {
  const rows = steps.map(({ key, agent, phase, status }) => row([key, agent, phase, status])).join("\n");
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Workflow</title>
<style>body{font:16px system-ui;margin:2rem auto;max-width:60rem}td,th{padding:.3rem .8rem;text-align:left}</style>
<h1>Workflow</h1>
<p>${steps.filter(({ status }) => status === "SUCCEEDED").length} of ${steps.length} steps are done. As data: <a href="${escaped(baseUrl)}/api/steps">/api/steps</a></p>
<table>
<tr><th>step<th>agent<th>phase<th>status
${rows}
</table>
</html>
`;
}

function row(cells: readonly string[]): string {
  return `<tr>${cells.map((cell) => `<td>${escaped(cell)}`).join("")}`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
