import { table } from "../tasks/table.ts";
import type { Measured } from "./load.ts";

/** What each proxy did in a round, by name. */
export type Round = ReadonlyMap<string, Measured & { readonly processorMs: number }>;

const base = "Caddy";

interface Column {
  readonly title: string;
  readonly of: (measured: Measured & { readonly processorMs: number }) => number;
  readonly show: (value: number) => string;
}

const columns: readonly Column[] = [
  { title: "requests/s", of: ({ perSecond }) => perSecond, show: (value) => value.toFixed(0) },
  { title: "p50", of: ({ p50 }) => p50, show: showMs },
  { title: "p99", of: ({ p99 }) => p99, show: showMs },
  {
    title: "processor time a request",
    of: ({ processorMs }) => processorMs * 1000,
    show: (value) => `${value.toFixed(0)} µs`,
  },
];

/** Medians, and in brackets the median of the ratios to the base in the same round, as Markdown. */
export function showRounds(title: string, rounds: readonly Round[]): string {
  const names = [...(rounds[0]?.keys() ?? [])];
  const header = ["", ...columns.map((column) => column.title), "lost"];
  const body = names.map((name) => [
    name,
    ...columns.map((column) => cell(column, name, rounds)),
    String(lost(name, rounds)),
  ]);
  return [`### ${title}; in brackets: times ${base}'s`, "", ...table([header, ...body]), ""].join("\n");
}

export function showMemory(memory: ReadonlyMap<string, number>): string {
  const rows = [...memory].map(([name, most]) => [name, `${most.toFixed(0)} MB`]);
  return ["### Memory with 1,000 connections, all busy", "", ...table([["", "peak"], ...rows]), ""].join("\n");
}

function cell({ of, show }: Column, name: string, rounds: readonly Round[]): string {
  const own = median(rounds.map((round) => of(round.get(name)!)));
  const ratios = rounds.flatMap((round) => (round.has(base) ? [of(round.get(name)!) / of(round.get(base)!)] : []));
  return ratios.length === 0 || name === base ? show(own) : `${show(own)} (${median(ratios).toFixed(2)})`;
}

function lost(name: string, rounds: readonly Round[]): number {
  return rounds.reduce((sum, round) => sum + round.get(name)!.lost, 0);
}

function showMs(value: number): string {
  return `${value.toFixed(1)} ms`;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
