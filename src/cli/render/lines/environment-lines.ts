import type { ListedEnvironment } from "../../../app/environments/environments.ts";
import type { ShownEnvironment } from "../../../app/environments/show.ts";
import type { WhatGoes } from "../../../app/environments/what-goes.ts";
import { count, shortDigest, showBytes, showDuration } from "../../../errors/quantities.ts";
import { marks } from "../marks.ts";
import { safeLine } from "../safe-text.ts";
import { hanging, tableWithin } from "../table.ts";
import { padTo } from "../text-width.ts";
import { showUnended } from "../words/made.ts";
import { resourceRow } from "./resource-row.ts";
import { showAge } from "./show-age.ts";

/** A row for each: name, address, strategy, what it is, how old, what it takes. */
export function environmentLines(environments: readonly ListedEnvironment[], now: number, width: number): string[] {
  return tableWithin(
    environments.map((one) => rowOf(one, now)),
    width,
  );
}

function rowOf(one: ListedEnvironment, now: number): string[] {
  const { name, url, strategy, after, createdAt, preview, unended } = one;
  return [
    safeLine(name),
    safeLine(url),
    strategy,
    preview ? `preview of ${preview.from}, ${showEnd(preview.endsAt, now)}` : after ? `after ${after}` : "",
    createdAt === undefined ? "not made yet" : showAge(createdAt, now),
    showCost(one),
    unended === undefined ? "" : showUnended(unended),
  ];
}

/** What is known of one, a line for each thing; what does not fit into the width stands below its beginning. */
export function shownLines(one: ShownEnvironment, now: number, width: number): string[] {
  const { preview, createdAt, owner, release, deployment } = one;
  const by = owner === undefined ? "" : ` by ${safeLine(owner)}`;
  const rows: (readonly [string, string] | undefined)[] = [
    ["address", safeLine(one.url)],
    one.purpose === undefined ? undefined : ["purpose", safeLine(one.purpose)],
    preview && ["preview", `made like ${preview.from}, ${showEnd(preview.endsAt, now)}`],
    one.unended === undefined ? undefined : ["still there", showUnended(one.unended)],
    preview?.branch === undefined ? undefined : ["branch", safeLine(preview.branch)],
    ["made", createdAt === undefined ? "not yet" : `${showAge(createdAt, now)}${by}`],
    ["protected", one.isProtected ? "yes: it cannot be destroyed" : "no"],
    ["strategy", one.strategy],
    one.after === undefined ? undefined : ["after", one.after],
    ["release", release === undefined ? "none" : `${shortDigest(release)}, deployment ${deployment}`],
    ...one.resources.flatMap((resource) =>
      resourceWords(resource, now).map((text, at) => [at === 0 ? "resource" : "", text] as const),
    ),
    ...one.secrets.map(({ key, from }) => ["secret", `${key}: ${safeLine(from)}`] as const),
    ["takes", showCost(one)],
  ];
  const told = rows.filter((row) => row !== undefined);
  const names = Math.max(...told.map(([name]) => name.length));
  const lines = told.flatMap(([name, text]) => hanging(padTo(name, names + 1), text, width));
  return [safeLine(one.name), ...lines];
}

/** A line for what it is, and one for each thing that is wrong or that nobody could look at. */
function resourceWords({ name, resource, looked }: ShownEnvironment["resources"][number], now: number): string[] {
  if (looked === undefined) return [`${safeLine(name)} (${resource}), not made yet`];
  const [, kind, ...rest] = resourceRow(looked, now);
  const hints = looked.mending ?? [];
  return [
    [`${safeLine(name)} (${kind})`, ...rest.filter((cell) => cell !== "")].join(", "),
    ...looked.problems.map((problem) => `${marks.warning} ${safeLine(problem)}`),
    ...hints.map((hint) => `  ${safeLine(hint)}`),
    ...looked.unchecked.map((what) => `${marks.waiting} not checked: ${safeLine(what)}`),
    ...looked.notLookedAt.map((what) => `${marks.waiting} not checked: ${safeLine(what)}`),
  ];
}

/** `ends in 2 d`, or that it is over. */
export function showEnd(endsAt: number, now: number): string {
  return endsAt <= now ? "its lifetime has ended" : `ends in ${showLong(endsAt - now)}`;
}

/** `12 MB, 3 processes with 180 MB`. */
export function showCost({ cost }: Pick<ListedEnvironment, "cost">): string {
  const { diskBytes, memoryBytes, processes = 0 } = cost;
  if (processes === 0) return showBytes(diskBytes);
  const memory = memoryBytes === undefined ? "" : ` with ${showBytes(memoryBytes)}`;
  return `${showBytes(diskBytes)}, ${count(processes, "process", "processes")}${memory}`;
}

/** `2 instances, 1.2 MB written by its services, uploads (folder) with 3 snapshots`. */
export function goesLine({ instances, dataBytes, resources }: WhatGoes): string {
  const parts = [
    instances === 0 ? [] : count(instances, "instance"),
    dataBytes === 0 ? [] : `${showBytes(dataBytes)} written by its services`,
    resources.map(({ name, kind, snapshots }) => {
      const saved = snapshots === 0 ? "" : ` with ${count(snapshots, "snapshot")}`;
      return `${safeLine(name)} (${kind})${saved}`;
    }),
  ].flat();
  return parts.length === 0 ? "nothing but its record" : parts.join(", ");
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
