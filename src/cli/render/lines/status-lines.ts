import { stateWords } from "../../../documents/common-words.ts";
import { bringBackCommand } from "../../../environment/bring-back.ts";
import type {
  EnvironmentState,
  EnvironmentStatus,
  InstanceStatus,
  StatusProblem,
} from "../../../environment/status.ts";
import type { Failure } from "../../../errors/failure.ts";
import { count, shortDigest } from "../../../errors/quantities.ts";
import { unreachable } from "../../../errors/unreachable.ts";
import type { SubstituteAnswers } from "../../../gateway/gateway.ts";
import { marks } from "../marks.ts";
import type { Palette } from "../palette.ts";
import { safeLine } from "../safe-text.ts";
import { hanging, tableWithin } from "../table.ts";
import { textWidth, wrapText } from "../text-width.ts";
import { showOff } from "../words/deployment.ts";
import { showDrift } from "../words/drift.ts";
import { showUnkept } from "../words/limits.ts";
import { showUnended } from "../words/made.ts";
import { showEnd } from "./environment-lines.ts";
import { resourceRow } from "./resource-row.ts";
import { showAge } from "./show-age.ts";

/** What is not to be overlooked is written large. */
const words: Readonly<Record<EnvironmentState, string>> = {
  ...stateWords,
  down: "DOWN",
  standsStill: "STANDS STILL: what is recorded of it is not understood; what serves goes on serving",
};

/** What is true of each environment: a headline, its instances, what is wrong, and what would mend it. */
export function statusLines(statuses: readonly EnvironmentStatus[], view: StatusView): string[] {
  if (statuses.length === 0) return ["The definition has no environments."];
  return statuses.flatMap((status, index) => [...(index > 0 ? [""] : []), ...linesOf(status, view)]);
}

export interface StatusView {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Cells of the terminal. */
  readonly width: number;
  readonly colors: Palette;
}

function linesOf(status: EnvironmentStatus, { now, width, colors }: StatusView): string[] {
  const serves = status.release === undefined ? "" : ` ${shortDigest(status.release)}`;
  const since = status.since === undefined ? "" : `, deployment ${status.deployment}, ${showAge(status.since, now)}`;
  const warning = (text: string) => hanging(colors.warn(marks.warning), text, width);
  const { name, state, url, unreadable = [], unkept = [], substitutes = [], quarantine } = status;
  const title = `${colors.strong(name)}${serves} ${words[state]}${since}`;
  const withUrl = `${title}  ${url}`;
  const isUrlBeside = url !== undefined && 2 + textWidth(withUrl) <= width;
  return [
    ...hanging(markOf(state, colors), title, width, "").map((line) => (isUrlBeside ? `${line}  ${url}` : line)),
    ...(url === undefined || isUrlBeside ? [] : [`  ${url}`]),
    ...previewLines(status, now, width, warning),
    ...tableWithin(status.instances.map(instanceRow), width, "  "),
    ...tableWithin(
      status.resources.map((resource) => resourceRow(resource, now)),
      width,
      "  ",
    ),
    ...notLookedAtLines(status, width, colors),
    ...(quarantine === undefined ? [] : warning(`what serves is refused elsewhere: ${safeLine(quarantine)}`)),
    ...unreadable.flatMap((failure) => hanging(colors.bad(marks.failed), showFailure(failure), width)),
    ...status.problems.flatMap((problem) => warning(showProblem(problem))),
    ...substitutes.flatMap((one) => warning(showSubstitute(one, now))),
    ...unkept.flatMap((limit) => warning(showUnkept(limit))),
    ...status.drift.flatMap((drift) => warning(`config: ${showDrift(drift)}`)),
    ...driftFoundLines(status, now, warning),
    ...mendOf(status).flatMap((line) => wrapText(line, width - 2).map((part) => `  ${part}`)),
  ];
}

/** What nobody has looked at is told once, beside what is known. */
function notLookedAtLines({ name, resources }: EnvironmentStatus, width: number, colors: Palette): string[] {
  const left = resources.filter(({ notLookedAt }) => notLookedAt.length > 0);
  if (left.length === 0) return [];
  const what = left.map((one) => `${safeLine(one.name)} (${one.notLookedAt.map(safeLine).join(", ")})`).join(", ");
  const lines = [
    ...hanging(marks.waiting, `not looked at: ${what}`, width),
    `    To see it: tidegate env show ${name}`,
  ];
  return lines.map((line) => colors.faint(line));
}

/** Within the width, behind a mark of warning. */
type Warning = (text: string) => readonly string[];

function driftFoundLines({ name, driftFound }: EnvironmentStatus, now: number, warning: Warning): string[] {
  if (driftFound === undefined) return [];
  const { at, subjects } = driftFound;
  const what = subjects.map(safeLine).join(", ");
  return [...warning(`drift found ${showAge(at, now)}: ${what}`), `    See what it is: tidegate drift ${name}`];
}

function previewLines({ preview }: EnvironmentStatus, now: number, width: number, warning: Warning): string[] {
  if (preview === undefined) return [];
  const { from, off, endsAt, unended } = preview;
  const end = endsAt === undefined ? "" : `, ${showEnd(endsAt, now)}`;
  return [
    `  preview of ${safeLine(from)}${end}`,
    ...(unended === undefined ? [] : warning(showUnended(unended))),
    ...(off.length === 0 ? [] : hanging(marks.skipped, showOff(off), width)),
  ];
}

function markOf(state: EnvironmentState, colors: Palette): string {
  if (state === "serving") return colors.good(marks.done);
  if (state === "degraded" || state === "down" || state === "interrupted" || state === "standsStill")
    return colors.bad(marks.failed);
  return colors.faint(marks.waiting);
}

function instanceRow(instance: InstanceStatus): string[] {
  const health = instance.healthy === undefined ? "" : instance.healthy ? "healthy" : "not healthy";
  return [
    instance.id,
    shortDigest(instance.release),
    instance.state === "running" ? "runs" : instance.state === "ended" ? "ended" : "is missing",
    health,
    instance.routed ? "gets requests" : instance.called ? "gets calls" : "no requests",
    instance.address ?? "",
    instance.pid === undefined ? "" : `pid ${instance.pid}`,
    instance.traffic === undefined ? "" : count(instance.traffic.requests, "request"),
  ];
}

function showSubstitute({ instance, status, rule, times, lastAt }: SubstituteAnswers, now: number): string {
  const often = times === 1 ? "once" : `${times} times`;
  return `${safeLine(instance)}: the gateway answered ${status} in its place ${often}, last ${showAge(lastAt, now)}: ${safeLine(rule)}`;
}

function showFailure({ code, message, cause }: Failure): string {
  const detail = cause === undefined ? "" : ` (${safeLine(cause.replaceAll("\n", " "))})`;
  return `${safeLine(message)} [${code}]${detail}`;
}

function showProblem(problem: StatusProblem): string {
  switch (problem.problem) {
    case "gatewayDown":
      return "the gateway does not answer";
    case "notListening":
      return ["nothing listens at its address", ...problem.causes.map(safeLine)].join(": ");
    case "gateway":
      return safeLine(problem.message);
    case "noAgent":
      return "no agent looks after it: what ends is not restarted";
    case "agentHangs":
      return `the agent, process ${problem.pid}, does not answer: what ends is not restarted`;
    case "notRunning":
      return `${problem.instance} does not run`;
    case "crashing":
      return `${problem.instance} ended by itself ${problem.times} times in the last minute`;
    case "unhealthy":
      return `${problem.instance} is not healthy: ${safeLine(problem.answer)}`;
    case "noTraffic":
      return `${problem.instance} gets no requests`;
    case "unexpected":
      return `${problem.instance} runs and should not`;
    case "resource":
      return `${safeLine(problem.resource)}: ${safeLine(problem.message)}`;
    default:
      return unreachable(problem);
  }
}

function mendOf(status: EnvironmentStatus): string[] {
  const back = bringBackCommand(status);
  if (status.secretsLost && !status.unreadable)
    return [
      "Its secrets cannot be read any more: the key to them is lost when the machine is restarted.",
      `To give them again, with the same release: ${back}`,
    ];
  if (status.state === "interrupted")
    return [`To finish or take back deployment ${status.underWay?.deployment}: tidegate env start ${status.name}`];
  if (status.unreadable?.some(({ code }) => code === "state-newer"))
    return ["To go on, use the newer version of Tidegate that wrote it."];
  if (status.unreadable !== undefined)
    return [`To go on, restore the state from a backup; or end what serves: tidegate env destroy ${status.name}`];
  if (status.state === "stopped") return [`To start it again: ${back}`];
  if (status.problems.some(({ problem }) => problem === "noAgent" || problem === "agentHangs"))
    return [`To have it looked after again: ${back}`];
  return [];
}
