import type { ListedEnvironment } from "../../../app/environments/environments.ts";
import { count, showBytes, showDuration } from "../../../errors/quantities.ts";
import { safeLine } from "../safe-text.ts";
import { table } from "../table.ts";
import { showAge } from "./show-age.ts";

/** A row for each: name, address, strategy, what it is, how old, what it takes. */
export function environmentLines(environments: readonly ListedEnvironment[], now: number): string[] {
  return table(environments.map((one) => rowOf(one, now)));
}

function rowOf(one: ListedEnvironment, now: number): string[] {
  const { name, url, strategy, after, createdAt, preview } = one;
  return [
    safeLine(name),
    safeLine(url),
    strategy,
    preview ? `preview of ${preview.from}, ${showEnd(preview.endsAt, now)}` : after ? `after ${after}` : "",
    createdAt === undefined ? "not made yet" : showAge(createdAt, now),
    showCost(one),
  ];
}

/** `ends in 2 d`, or that it is over. */
export function showEnd(endsAt: number, now: number): string {
  return endsAt <= now ? "its time is over" : `ends in ${showLong(endsAt - now)}`;
}

/** `12 MB, 3 processes with 180 MB`. */
export function showCost({ cost }: Pick<ListedEnvironment, "cost">): string {
  const { diskBytes, memoryBytes, processes = 0 } = cost;
  if (processes === 0) return showBytes(diskBytes);
  const memory = memoryBytes === undefined ? "" : ` with ${showBytes(memoryBytes)}`;
  return `${showBytes(diskBytes)}, ${count(processes, "process", "processes")}${memory}`;
}

const units = [
  { name: "day", ms: 86_400_000 },
  { name: "hour", ms: 3_600_000 },
  { name: "minute", ms: 60_000 },
] as const;

/** In the largest unit that fits. */
function showLong(ms: number): string {
  const unit = units.find((one) => ms >= one.ms);
  return unit === undefined ? showDuration(ms) : count(Math.floor(ms / unit.ms), unit.name);
}
