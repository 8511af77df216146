import { count } from "../../errors/quantities.ts";
import type { DigestedFailure, FailingTest, RunDigest } from "../../events/event.ts";
import { marks } from "./marks.ts";
import { type Palette, palette } from "./palette.ts";
import { safeLine } from "./safe-text.ts";

/** What failed in a run, short enough to be read whole. Ends in a line feed. */
export function renderDigest({ failures, left }: RunDigest, color: boolean): string {
  const colors = palette(color);
  const more =
    left === 0 ? [] : [`${colors.bad(marks.failed)} and ${count(left, "more problem")}: tidegate run --json`];
  return `${[...failures.flatMap((failure) => failureLines(failure, colors)), ...more].join("\n")}\n`;
}

function failureLines(
  { code, message, tests, testsLeft, lines, log, hint }: DigestedFailure,
  colors: Palette,
): string[] {
  const evidence = [
    ...tests.flatMap(testLines),
    ...(testsLeft > 0 ? [`… and ${count(testsLeft, "more failing test")}`] : []),
    ...lines.map(safeLine),
  ];
  const more = log === undefined ? [] : [`See all of its output: ${log}`];
  const advice = [...(hint === undefined ? [] : [hint]), ...more];
  return [
    `${colors.bad(`error[${code}]`)}: ${colors.strong(safeLine(message))}`,
    ...evidence.map((line) => `  ${colors.faint("|")} ${line}`.trimEnd()),
    ...advice.map((line) => `  ${colors.active("hint:")} ${safeLine(line)}`),
  ];
}

function testLines({ name, message, file, line }: FailingTest): string[] {
  const where = file === undefined ? "" : ` (${file}${line === undefined ? "" : `:${line}`})`;
  return [safeLine(`${marks.failed} ${name}${where}`), ...(message === "" ? [] : [`    ${safeLine(message)}`])];
}
