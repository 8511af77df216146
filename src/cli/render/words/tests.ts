import { count } from "../../../errors/quantities.ts";
import type { CoverageFigures, Covered, HeldTest, QuarantineNotes } from "../../../events/event.ts";
import { safeLine } from "../safe-text.ts";

/** "lines 84.2 %, branches 71 %": what was measured. */
export function showCoverage({ lines, branches, functions }: CoverageFigures): string {
  const figures = Object.entries({ lines, branches, functions }).filter(([, { total }]) => total > 0);
  return figures.length === 0
    ? "nothing covered"
    : figures.map(([name, share]) => `${name} ${showCovered(share)}`).join(", ");
}

/** Never rounded up: 99.96 % is not 100 %. */
function showCovered({ covered, total }: Covered): string {
  return `${Math.floor((covered * 1000) / total) / 10} %`;
}

const mostLines = 10;

/** What is to be said of a task's quarantine, a line each. */
export function quarantineLines(task: string, { held, expired, unneeded }: QuarantineNotes): string[] {
  const lines = [
    ...held.map((entry) => `${task}: ${shown(entry)} failed, which does not count: in quarantine ${terms(entry)}`),
    ...expired.map((entry) => `${task}: the quarantine of ${shown(entry)} has expired (${terms(entry)})`),
    ...unneeded.map((entry) => `${task}: ${shown(entry)} needs no quarantine: ${because(entry)} (${entry.owner})`),
  ];
  const left = lines.length - mostLines;
  return left <= 1
    ? lines
    : [...lines.slice(0, mostLines), `${task}: and ${count(left, "more note")} about its quarantine`];
}

function shown({ test }: HeldTest): string {
  return JSON.stringify(safeLine(test));
}

function terms({ owner, until }: HeldTest): string {
  return `until ${until}, ${safeLine(owner)}`;
}

function because(entry: QuarantineNotes["unneeded"][number]): string {
  return entry.because === "noSuchTest" ? "no such test exists" : "it has passed many times and never failed";
}
