import type { ResourceStatus } from "../../../environment/resource-status.ts";
import type {
  EnvironmentState,
  EnvironmentStatus,
  InstanceStatus,
  StatusProblem,
} from "../../../environment/status.ts";
import type { Failure } from "../../../errors/failure.ts";
import { count, shortDigest, showBytes } from "../../../errors/quantities.ts";
import { unreachable } from "../../../errors/unreachable.ts";
import type { SubstituteAnswers } from "../../../gateway/gateway.ts";
import { marks } from "../marks.ts";
import type { Palette } from "../palette.ts";
import { safeLine } from "../safe-text.ts";
import { table } from "../table.ts";
import { showOff } from "../words/deployment.ts";
import { showDrift } from "../words/drift.ts";
import { showUnkept } from "../words/limits.ts";
import { showUnended } from "../words/made.ts";
import { showEnd } from "./environment-lines.ts";
import { showAge } from "./show-age.ts";

const words: Readonly<Record<EnvironmentState, string>> = {
  neverDeployed: "nothing deployed yet",
  serving: "serving",
  degraded: "serving, but not everything is as it should be",
  down: "DOWN",
  stopped: "stopped",
  changing: "a deployment is under way",
  interrupted: "a deployment was interrupted",
  standsStill: "STANDS STILL: what is recorded of it is not understood; what serves goes on serving",
};

/** What is true of each environment: a headline, its instances, what is wrong, and what would mend it. */
export function statusLines(statuses: readonly EnvironmentStatus[], now: number, colors: Palette): string[] {
  if (statuses.length === 0) return ["The definition has no environments."];
  return statuses.flatMap((status, index) => [...(index > 0 ? [""] : []), ...linesOf(status, now, colors)]);
}

function linesOf(status: EnvironmentStatus, now: number, colors: Palette): string[] {
  const serves = status.release === undefined ? "" : ` ${shortDigest(status.release)}`;
  const since = status.since === undefined ? "" : `, deployment ${status.deployment}, ${showAge(status.since, now)}`;
  const url = status.url === undefined ? "" : `  ${status.url}`;
  const mark = markOf(status.state, colors);
  return [
    `${mark} ${colors.strong(status.name)}${serves} ${words[status.state]}${since}${url}`,
    ...previewLines(status, now, colors),
    ...table(status.instances.map(instanceRow), "  "),
    ...table(
      status.resources.map((resource) => resourceRow(resource, now)),
      "  ",
    ),
    ...(status.quarantine === undefined
      ? []
      : [`  ${colors.warn(marks.warning)} what serves is refused elsewhere: ${safeLine(status.quarantine)}`]),
    ...(status.unreadable ?? []).map((failure) => `  ${colors.bad(marks.failed)} ${showFailure(failure)}`),
    ...status.problems.map((problem) => `  ${colors.warn(marks.warning)} ${showProblem(problem)}`),
    ...(status.substitutes ?? []).map((one) => `  ${colors.warn(marks.warning)} ${showSubstitute(one, now)}`),
    ...(status.unkept ?? []).map((limit) => `  ${colors.warn(marks.warning)} ${showUnkept(limit)}`),
    ...status.drift.map((drift) => `  ${colors.warn(marks.warning)} config: ${showDrift(drift)}`),
    ...driftFoundLines(status, now, colors),
    ...mendOf(status).map((line) => `  ${line}`),
  ];
}

function driftFoundLines({ name, driftFound }: EnvironmentStatus, now: number, colors: Palette): string[] {
  if (driftFound === undefined) return [];
  const { at, subjects } = driftFound;
  const mark = colors.warn(marks.warning);
  const what = subjects.map(safeLine).join(", ");
  return [`  ${mark} drift found ${showAge(at, now)}: ${what}`, `    See what it is: tidegate drift ${name}`];
}

function previewLines({ preview }: EnvironmentStatus, now: number, colors: Palette): string[] {
  if (preview === undefined) return [];
  const { from, off, endsAt, unended } = preview;
  const end = endsAt === undefined ? "" : `, ${showEnd(endsAt, now)}`;
  return [
    `  preview of ${safeLine(from)}${end}`,
    ...(unended === undefined ? [] : [`  ${colors.warn(marks.warning)} ${showUnended(unended)}`]),
    ...(off.length === 0 ? [] : [`  ${marks.skipped} ${showOff(off)}`]),
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

function resourceRow(resource: ResourceStatus, now: number): string[] {
  const { name, kind, version, state, bytes, snapshots, lastSnapshot } = resource;
  const saved = lastSnapshot === undefined ? "" : `, the newest ${showAge(lastSnapshot, now)}`;
  return [
    name,
    version === undefined ? kind : `${kind} ${safeLine(version)}`,
    state === "ready" ? "" : state,
    bytes === undefined ? "" : showBytes(bytes),
    kind === "terraform" ? "" : `${count(snapshots, "snapshot")}${saved}`,
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
  if (status.state === "interrupted")
    return [`To finish or take back deployment ${status.underWay?.deployment}: tidegate env start ${status.name}`];
  if (status.unreadable?.some(({ code }) => code === "state-newer"))
    return ["To go on, use the newer version of Tidegate that wrote it."];
  if (status.unreadable !== undefined)
    return [`To go on, restore the state from a backup; or end what serves: tidegate env destroy ${status.name}`];
  if (status.state === "stopped") return [`To start it again: tidegate env start ${status.name}`];
  if (status.problems.some(({ problem }) => problem === "noAgent"))
    return [`To have it looked after again: tidegate env start ${status.name}`];
  return [];
}
