import type { Correction } from "../../../app/init/try/corrections.ts";
import type { Tried } from "../../../app/init/try/try.ts";
import type { TriedService } from "../../../app/init/try/try-service.ts";
import { count } from "../../../errors/quantities.ts";
import { marks } from "../marks.ts";
import { palette } from "../palette.ts";
import { safeLine } from "../safe-text.ts";
import { showReason } from "../words/pipeline.ts";

/** What trying found, for people. `applied`: the lines stand in the definition already. */
export function tryLines(tried: Tried, applied: boolean, color: boolean): string[] {
  const { good, warn } = palette(color);
  return [
    ...(tried.unwatched === undefined
      ? []
      : [`${warn(marks.warning)} ${tried.unwatched.message}: only what tasks wrote was seen, not what they read`]),
    ...(tried.hits === undefined ? [] : againLines(tried, good(marks.done), warn(marks.warning))),
    ...tried.services.flatMap((service) => serviceLines(service, good(marks.done), warn(marks.warning))),
    ...correctionLines(tried.corrections, applied, warn(marks.warning), good(marks.done)),
  ];
}

function againLines({ again, hits = 0 }: Tried, good: string, bad: string): string[] {
  if (again.length === 0) return [`${good} the second run: ${count(hits, "result")} from the cache`];
  return [
    `${bad} the second run: ${count(again.length, "task")} ran again though nothing was changed`,
    ...again.map(({ task, reason }) => `    ${safeLine(task)}: ${showReason(reason)}`),
  ];
}

function serviceLines(service: TriedService, good: string, bad: string): string[] {
  const name = safeLine(service.name);
  const output = "output" in service ? service.output.map((line) => `    | ${safeLine(line)}`) : [];
  switch (service.state) {
    case "builtIn":
      return [`${good} ${name}: Tidegate's own server serves it`];
    case "runs":
      return [`${good} ${name} runs`];
    case "listens":
      return [listenLine(service, name, good, bad)];
    case "elsewhere":
      return [`${bad} ${name} listens on ${service.ports.join(", ")}, and not on the port in PORT`];
    case "silent":
      return [`${bad} ${name} did not listen on the port in PORT`, ...output];
    case "ended":
      return [`${bad} ${name} did not stay: ${safeLine(service.how)}`, ...output];
    default:
      return service satisfies never;
  }
}

function listenLine(
  { health, status, answering }: Extract<TriedService, { state: "listens" }>,
  name: string,
  good: string,
  bad: string,
): string {
  if (health !== undefined && answering === undefined && status !== undefined && status < 300)
    return `${good} ${name} listens, and ${safeLine(health)} answers ${status}`;
  const other = answering === undefined ? "no usual path answers 2xx" : `${answering} answers 2xx`;
  if (health === undefined) return `${good} ${name} listens where PORT says; ${other}`;
  return `${bad} ${name} listens, but ${safeLine(health)} answers ${status ?? "nothing"}; ${other}`;
}

function correctionLines(corrections: readonly Correction[], applied: boolean, bad: string, good: string): string[] {
  if (corrections.length === 0) return [`${good} nothing to correct in the definition`];
  const title = applied
    ? `${good} corrected in the definition:`
    : `${bad} lines for the definition, each in place of the one that is there:`;
  const groups = Map.groupBy(corrections, ({ of, name }) => `${of} ${name}`);
  return [
    title,
    ...[...groups].flatMap(([of, those]) => [
      `  ${safeLine(of)}`,
      ...those.flatMap(({ line, because }) => [`    ${safeLine(line)}`, `      // ${safeLine(because)}`]),
    ]),
  ];
}
