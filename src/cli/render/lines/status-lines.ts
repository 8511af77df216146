import { stateWords } from "../../../documents/common-words.ts";
import { bringBackCommand } from "../../../environment/bring-back.ts";
import type {
  AwaitedApproval,
  EnvironmentState,
  EnvironmentStatus,
  InstanceStatus,
  Overridden,
  RolloutStanding,
  StatusProblem,
} from "../../../environment/status.ts";
import type { Failure } from "../../../errors/failure.ts";
import { count, shortDigest, showDuration } from "../../../errors/quantities.ts";
import { unreachable } from "../../../errors/unreachable.ts";
import type { SubstituteAnswers } from "../../../gateway/gateway.ts";
import { marks } from "../marks.ts";
import type { Palette } from "../palette.ts";
import { safeLine } from "../safe-text.ts";
import { hanging, tableWithin } from "../table.ts";
import { textWidth, wrapText } from "../text-width.ts";
import { showActor } from "../words/actor.ts";
import { missharedWords, showFigures, showOff } from "../words/deployment.ts";
import { showDrift } from "../words/drift.ts";
import { showWindow } from "../words/gates.ts";
import { showUnkept } from "../words/limits.ts";
import { showUnended } from "../words/made.ts";
import { showEnd } from "./environment-lines.ts";
import { resourceRow } from "./resource-row.ts";
import { showAge } from "./show-age.ts";

/** What is not to be overlooked is written large. */
const words: Readonly<Record<EnvironmentState, string>> = {
  ...stateWords,
  down: "DOWN",
  standsStill: "STOPPED: its records are not understood; what is serving keeps serving",
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
    ...(status.window === undefined ? [] : wrapText(showWindow(status.window), width - 2).map((part) => `  ${part}`)),
    ...(status.awaits === undefined ? [] : awaitsLines(status.awaits, now, width)),
    ...(status.overridden ?? []).flatMap((one) => overriddenLines(one, now, warning)),
    ...rolloutLines(status, now, width),
    ...tableWithin(status.instances.map(instanceRow), width, "  "),
    ...tableWithin(
      status.resources.map((resource) => resourceRow(resource, now)),
      width,
      "  ",
    ),
    ...notLookedAtLines(status, width, colors),
    ...(quarantine === undefined ? [] : warning(`what is serving here is refused elsewhere: ${safeLine(quarantine)}`)),
    ...unreadable.flatMap((failure) => hanging(colors.bad(marks.failed), showFailure(failure), width)),
    ...status.problems.flatMap((problem) => warning(showProblem(problem))),
    ...substitutes.flatMap((one) => warning(showSubstitute(one, now))),
    ...unkept.flatMap((limit) => warning(showUnkept(limit))),
    ...status.drift.flatMap((drift) => warning(`config: ${showDrift(drift)}`)),
    ...driftFoundLines(status, now, warning),
    ...mendOf(status).flatMap((line) => wrapText(line, width - 2).map((part) => `  ${part}`)),
  ];
}

/** Where the deployment under way stands, and what can be said to it. */
function rolloutLines({ name, underWay }: EnvironmentStatus, now: number, width: number): string[] {
  const standing = underWay?.standing;
  if (underWay === undefined || standing === undefined) return [];
  const { figures } = standing;
  const what = `deployment ${underWay.deployment}, ${shortDigest(underWay.release)}: ${showStanding(standing, now)}`;
  return [
    ...hanging(marks.arrow, what, width),
    ...(figures === undefined ? [] : hanging("", showFigures(figures), width, "    ")),
    ...steeringCommands(name, standing).map((command) => `    ${command}`),
  ];
}

function showStanding({ is, step, steps, share, until, misshared }: RolloutStanding, now: number): string {
  const where = `step ${step} of ${steps}`;
  const left = until === undefined ? "" : `, for ${showDuration(Math.max(0, until - now))} more at most`;
  const gets = `the new release gets ${Math.round(share * 1000) / 10} % of the requests`;
  switch (is) {
    case "baking":
      return `baking: it gets all requests, and what served before is kept for the way back${left}`;
    case "held":
      return `${where} waits for a person: ${misshared ? missharedWords : "there were too few requests to tell"} (${gets})`;
    case "paused":
      return `paused at ${where} (${gets})`;
    case "observing":
      return `${where}: ${gets}${left}`;
    case "reverting":
      return `is being taken out, ${where}`;
    case "working":
      return where;
    default:
      return unreachable(is);
  }
}

function steeringCommands(name: string, { is, step }: RolloutStanding): string[] {
  const back = `To take it out: tidegate abort ${name}`;
  const goOn = `To go on all the same: tidegate promote ${name} --now --step ${step} --reason "checked by hand"`;
  if (is === "held") return [`To give it its time once more: tidegate resume ${name}`, goOn, back];
  if (is === "paused") return [`To go on: tidegate resume ${name}`, back];
  return is === "observing" ? [goOn, back] : [];
}

/** What nobody has looked at is told once, beside what is known. */
function notLookedAtLines({ name, resources }: EnvironmentStatus, width: number, colors: Palette): string[] {
  const left = resources.filter(({ notLookedAt }) => notLookedAt.length > 0);
  if (left.length === 0) return [];
  const what = left.map((one) => `${safeLine(one.name)} (${one.notLookedAt.map(safeLine).join(", ")})`).join(", ");
  const lines = [...hanging(marks.waiting, `not checked: ${what}`, width), `    To see it: tidegate env show ${name}`];
  return lines.map((line) => colors.faint(line));
}

/** Within the width, behind a mark of warning. */
type Warning = (text: string) => readonly string[];

function awaitsLines(
  { deployment, release, approvals, needed, expiresAt, by, approvers }: AwaitedApproval,
  now: number,
  width: number,
) {
  const who = by === undefined ? "" : `, asked for by ${showActor(by)}`;
  const left = expiresAt <= now ? "its time is over" : `for ${showDuration(expiresAt - now)} more`;
  const given = `${approvals.length} of ${count(needed, "approval")}`;
  const what = `deployment ${deployment}, ${shortDigest(release)}${who}: has ${given}, ${left}`;
  return [
    ...hanging(marks.waiting, what, width),
    `    To look at it and answer: tidegate approve ${deployment}`,
    ...wrapText(`Who may: ${approvers.map(safeLine).join(", ")}`, width - 4).map((part) => `    ${part}`),
  ];
}

function overriddenLines({ deployment, overrides, at, by }: Overridden, now: number, warning: Warning): string[] {
  const who = by === undefined ? "" : ` by ${showActor(by)}`;
  return [
    ...overrides.flatMap(({ gate, reason }) =>
      warning(
        `gate ${safeLine(gate)} was overridden for deployment ${deployment}${who}, ${showAge(at, now)}: ${safeLine(reason)}`,
      ),
    ),
    `    Once it has been looked into: tidegate acknowledge ${deployment}`,
  ];
}

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
  return `${safeLine(instance)}: the gateway answered ${status} instead ${often}, most recently ${showAge(lastAt, now)}: ${safeLine(rule)}`;
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
    case "frozen":
      return `deployment ${problem.deployment} failed and was left as it stands: deploy a fixed release, or go back all the same`;
    case "noAgent":
      return "no agent is looking after it: what ends is not restarted";
    case "agentHangs":
      return `the agent, process ${problem.pid}, does not answer: what ends is not restarted`;
    case "notRunning":
      return `${problem.instance} does not run`;
    case "crashing":
      return `${problem.instance} exited on its own ${problem.times} times in the last minute`;
    case "unhealthy":
      return `${problem.instance} is not healthy: ${safeLine(problem.answer)}`;
    case "noTraffic":
      return `${problem.instance} gets no requests`;
    case "unexpected":
      return `${problem.instance} is running and should not be`;
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
      "Its secrets can no longer be read: their key is lost when the machine restarts.",
      `To supply them again, with the same release: ${back}`,
    ];
  if (status.state === "interrupted")
    return [`To finish or revert deployment ${status.underWay?.deployment}: tidegate env start ${status.name}`];
  if (status.unreadable?.some(({ code }) => code === "state-newer"))
    return ["To continue, use the newer version of Tidegate that wrote it."];
  if (status.unreadable !== undefined)
    return [
      `To continue, restore the state from a backup, or end what is serving: tidegate env destroy ${status.name}`,
    ];
  if (status.state === "stopped") return [`To start it again: ${back}`];
  if (status.problems.some(({ problem }) => problem === "noAgent" || problem === "agentHangs"))
    return [`To have it looked after again: ${back}`];
  return [];
}
