import type { CaseName, Times } from "./cases.ts";
import { goalsOf, judge, medianOf } from "./goals.ts";

/** Everything measured in workspaces of one size. */
export interface Results {
  readonly count: number;
  readonly runs: number;
  readonly cases: ReadonlyMap<CaseName, Times>;
  /** Peak memory in MB, by case and tool. */
  readonly memory: ReadonlyMap<string, Readonly<Partial<Record<"no-op" | "cold", number>>>>;
}

/** Medians, what they are in proportion to Tidegate's, and the goals, as Markdown. */
export function showResults(results: Results): string {
  const { count, runs, cases } = results;
  const names = [...cases.keys()];
  const rows = [...new Set([...cases.values()].flatMap((times) => [...times.keys()]))];
  const header = ["", ...names, "peak memory: no-op, cold"];
  const body = rows.map((row) => [row, ...names.map((name) => cell(cases.get(name)!, row)), memoryCell(results, row)]);
  const title = `### ${count} packages, ${count * 2} tasks (median of ${runs}; in brackets: times what Tidegate takes)`;
  return [title, "", ...table([header, ...body]), "", ...goalLines(results), ""].join("\n");
}

function cell(times: Times, row: string): string {
  const own = medianOf(times, row);
  const base = medianOf(times, "tidegate");
  if (own === undefined) return "";
  return row === "tidegate" || base === undefined ? showMs(own) : `${showMs(own)} (${(own / base).toFixed(2)})`;
}

function memoryCell({ memory }: Results, row: string): string {
  const show = (megabytes: number | undefined) => (megabytes === undefined ? "–" : `${megabytes.toFixed(0)} MB`);
  const own = memory.get(row);
  return own === undefined ? "" : `${show(own["no-op"])}, ${show(own.cold)}`;
}

function goalLines({ count, cases }: Results): string[] {
  const rows = [...cases].flatMap(([name, times]) =>
    goalsOf(name, count).flatMap((goal) => {
      const judged = judge(goal, times);
      if (judged === undefined) return [];
      const { ratio, than, met } = judged;
      return [[name, `${ratio.toFixed(2)} × ${than}`, `≤ ${goal.most}`, met ? "met" : "**missed**"]];
    }),
  );
  return rows.length === 0 ? [] : table([["case", "tidegate takes", "goal", ""], ...rows]);
}

function showMs(ms: number): string {
  return ms < 10_000 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

export function table([header = [], ...body]: readonly (readonly string[])[]): string[] {
  const widths = header.map((_, column) => Math.max(3, ...[header, ...body].map((row) => row[column]!.length)));
  const line = (row: readonly string[]) => `| ${row.map((text, column) => text.padEnd(widths[column]!)).join(" | ")} |`;
  return [line(header), line(widths.map((width) => "-".repeat(width))), ...body.map(line)];
}
