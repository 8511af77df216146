import { count, showDuration } from "../../../errors/quantities.ts";
import type { Look, PastComparison } from "../../../rollout/past-comparison.ts";
import type { Palette } from "../palette.ts";
import { showEvidence, showPercent } from "../words/deployment.ts";

/** With the label and what stands behind it a line keeps within 80 columns. */
const widest = 44;

/** Looks that share a column. */
interface Column {
  readonly share: number;
  readonly looks: readonly Look[];
}

/**
 * How the releases of a deployment compared, as it went: the share of the new one, how much of both failed, and what spoke
 * against it. The figures behind each row say what the bars only show. [] when nothing was counted.
 */
export function comparisonLines({ shares, rules }: PastComparison, colors: Palette): string[] {
  const all = shares.flatMap(({ share, looks }) => looks.map((look) => ({ share, look })));
  const [first, last] = [all[0], all.at(-1)];
  if (first === undefined || last === undefined) return [];
  const each = Math.ceil(all.length / widest);
  const columns = Array.from({ length: Math.ceil(all.length / each) }, (_, at): Column => {
    const within = all.slice(at * each, (at + 1) * each);
    return { share: within[0]!.share, looks: within.map(({ look }) => look) };
  });
  const rates = {
    new: columns.map((one) => rateOf(one, "candidate")),
    old: columns.map((one) => rateOf(one, "baseline")),
  };
  const top = Math.max(...rates.new, ...rates.old);
  const needed = -Math.log(rules.alpha);
  const against = columns.map(({ looks }) => looks.at(-1)!.evidence / needed);
  const end = Math.exp(Math.min(last.look.evidence, 50));
  const most = (values: readonly number[]) => `failed, at most ${showPercent(Math.max(...values))}`;
  const overMs = last.look.at - first.look.at;
  return [
    `${colors.strong("the comparison")}: ${count(all.length, "look")} in ${showDuration(overMs)}, ${each} a column`,
    row(
      "share",
      columns.map(({ share }) => share),
      shares.map(({ share }) => showPercent(share)).join(", "),
    ),
    row(
      "new",
      rates.new.map((rate) => rate / (top || 1)),
      most(rates.new),
    ),
    row(
      "old",
      rates.old.map((rate) => rate / (top || 1)),
      most(rates.old),
    ),
    row("evidence", against, `${showEvidence(end)} of ${Math.round(1 / rules.alpha)} against it`),
  ];
}

function rateOf({ looks }: Column, arm: "candidate" | "baseline"): number {
  const sum = (of: (look: Look) => number) => looks.reduce((total, look) => total + of(look), 0);
  const requests = sum((look) => look[arm].requests);
  return requests === 0 ? 0 : sum((look) => look[arm].errors) / requests;
}

function row(label: string, levels: readonly number[], figures: string): string {
  return `  ${label.padEnd(8)}  ${levels.map(bar).join("")}  ${figures}`;
}

const bars = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

/** 0 is empty; whatever is above it is seen. */
function bar(level: number): string {
  if (!(level > 0)) return " ";
  return bars[Math.min(bars.length - 1, Math.floor(level * bars.length))]!;
}
