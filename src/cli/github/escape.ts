import { safeLine } from "../render/safe-text.ts";

/** What is said in a workflow command: as GitHub's runner takes it back. */
export function commandText(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

/** What a property of a workflow command says. */
export function commandProperty(text: string): string {
  return commandText(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}

/** Text from outside as one line of Markdown that shows exactly that: no mark-up, no HTML, no end of a table's cell. */
export function markdownText(text: string): string {
  return safeLine(text)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll(/[\\`*_{}[\]()#+!|~@-]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** Lines as a block of code. Its fence is longer than any in them. */
export function markdownBlock(lines: readonly string[]): string {
  const shown = lines.map(safeLine);
  const longest = Math.max(2, ...shown.flatMap((line) => [...line.matchAll(/`+/g)].map(([run]) => run.length)));
  const fence = "`".repeat(longest + 1);
  return [`${fence}text`, ...shown, fence].join("\n");
}
