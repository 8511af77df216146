import { uncheckedReasons } from "../../../documents/common-words.ts";
import type { FromDefinition } from "../../../environment/drift/config.ts";
import type { DriftFinding, DriftReport, UncheckedPart } from "../../../environment/drift/report.ts";
import { count, shortDigest } from "../../../errors/quantities.ts";
import { unreachable } from "../../../errors/unreachable.ts";
import { safeLine, safeValue } from "../safe-text.ts";

/** How config is not as one would expect, in a sentence. */
export function showDrift(drift: FromDefinition | DriftFinding): string {
  switch (drift.drift) {
    case "setByHand":
      return `${drift.key} was set by hand to ${safeValue(drift.deployed)}; the next deployment undoes it`;
    case "notDeployed":
      return `${drift.key} is ${showText(drift.deployed)}, but the definition now says ${showText(drift.declared)}`;
    default:
      return showFinding(drift);
  }
}

function showText(text: string | undefined): string {
  return text === undefined ? "(none)" : safeValue(text);
}

type Of<D extends DriftFinding["drift"]> = Extract<DriftFinding, { drift: D }>;

function showVariable({ instance, key, how }: Of<"runsOtherwise">): string {
  const name = safeLine(key);
  if (how === "changed") return `${instance} runs with a different ${name} from the one that it was given`;
  return how === "missing"
    ? `${instance} runs without ${name}, which it was given`
    : `${instance} runs with ${name}, which it was not given`;
}

const fileWords: Readonly<Record<Of<"configFile">["how"], string>> = {
  missing: "is gone",
  changed: "has different content",
  open: "can be read by other users",
};

const routeWords: Readonly<Record<Of<"route">["how"], string>> = {
  missing: "is not in the gateway's table",
  added: "is in the gateway's table and was never deployed",
  address: "is not the one that was deployed",
  instances: "leads to instances other than those deployed",
  shares: "is shared differently from what was deployed",
};

function endIt({ pid }: { readonly pid: number }): string {
  return `if it should not run: kill ${pid}`;
}

/** What is not as it was deployed, in a sentence. */
export function showFinding(finding: DriftFinding): string {
  switch (finding.drift) {
    case "missing":
      return `${finding.instance} does not run`;
    case "unexpected":
      return `${finding.instance} is running and should not be`;
    case "foreign":
      return `process ${finding.pid} is taken for ${finding.instance}, but was not started by Tidegate; ${endIt(finding)}`;
    case "beside":
      return `process ${finding.pid} runs beside ${finding.instance} and carries its mark`;
    case "stranger":
      return `process ${finding.pid} runs the command of ${finding.service} beside its instances, but was not started by Tidegate; ${endIt(finding)}`;
    case "otherRelease":
      return `${finding.instance} runs release ${shortDigest(finding.release)}, which was not deployed`;
    case "otherCommand":
      return `${finding.instance} (pid ${finding.pid}) runs a different command: ${safeLine(finding.program)} …`;
    case "otherFolder":
      return `${finding.instance} (pid ${finding.pid}) works in a different folder: ${safeLine(finding.folder)}`;
    case "otherUser":
      return `${finding.instance} (pid ${finding.pid}) runs as user ${finding.user}`;
    case "startedOtherwise":
      return `${finding.instance} was started with a different ${finding.key} from the one deployed`;
    case "runsOtherwise":
      return showVariable(finding);
    case "configFile":
      return `the config file of ${finding.instance} ${fileWords[finding.how]}`;
    case "limit":
      return `${finding.instance} is not held to the limit of ${finding.limit} that was deployed`;
    case "gatewayGone":
      return "the gateway does not answer";
    case "route":
      return `${finding.route === "address" ? "the address" : `route ${safeLine(finding.route)}`} ${routeWords[finding.how]}`;
    case "resourceMissing":
      return `resource ${finding.resource} is not there`;
    case "resourceLost":
      return `resource ${finding.resource} is gone, along with what it kept`;
    case "resourceVersion":
      return `resource ${finding.resource} is version ${safeLine(finding.found)}, but ${finding.deployed} was deployed`;
    case "resourceAltered":
    case "resourceSettings":
      return `resource ${finding.resource}: ${safeLine(finding.what)}`;
    case "files":
      return `release ${shortDigest(finding.release)} on disk: ${showFiles(finding)}`;
    default:
      return unreachable(finding);
  }
}

/** How people bring back what is lost, a line each; [] of what is mended otherwise. */
export function lostHints(finding: DriftFinding, environment: string): string[] {
  if (finding.drift !== "resourceLost") return [];
  const { resource, snapshot } = finding;
  const restore = `tidegate env restore ${environment} --resource ${resource} --at ${snapshot} --yes`;
  return [
    snapshot === undefined ? "There is no snapshot of it." : `Bring it back: ${restore}`,
    `To start without its data: tidegate drift ${environment} --fix --empty`,
  ];
}

const shownFiles = 3;

function showFiles({ deviation }: Of<"files">): string {
  if (deviation === undefined) return "it is not there";
  const all = (["changed", "missing", "added"] as const).flatMap((how) =>
    deviation[how].map((path) => `${safeLine(path)} ${how}`),
  );
  const more = all.length > shownFiles ? `, and ${all.length - shownFiles} more` : "";
  return `${all.slice(0, shownFiles).join(", ")}${more}`;
}

/** Why something was not looked at. */
export function showUnchecked({ because, detail }: Pick<UncheckedPart, "because" | "detail">): string {
  if (detail === undefined) return uncheckedReasons[because];
  // What could not be reached says so itself.
  return because === "unreachable" ? safeLine(detail) : `${uncheckedReasons[because]}: ${safeLine(detail)}`;
}

/** Why an exception of the definition is wrong itself. */
export function showStale({ exception, how }: DriftReport["stale"][number]): string {
  const which = `known("${safeLine(exception.subject)}")`;
  if (how === "notNeeded") return `${which} is no longer needed: what it is about is as it was deployed`;
  const owner = exception.owner === undefined ? "" : `, ${safeLine(exception.owner)} is responsible for it`;
  return `${which} has expired: it was valid until ${exception.until}${owner}`;
}

/** "11 of 12 checked". */
export function showCoverage({ checked, total }: DriftReport["coverage"]): string {
  return `${checked} of ${count(total, "check")} made`;
}
