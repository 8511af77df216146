import { unreachable } from "../../errors/unreachable.ts";
import type { DriftFinding } from "./report.ts";

/**
 * What a finding is about, in the words that exceptions use: a dimension, then what of it. The same for all instances of a
 * service, and from deployment to deployment.
 */
export function subjectOf(finding: DriftFinding): string {
  switch (finding.drift) {
    case "missing":
    case "unexpected":
    case "foreign":
    case "beside":
    case "stranger":
      return `processes.${finding.service}`;
    case "otherRelease":
      return `release.${finding.service}`;
    case "otherCommand":
      return `command.${finding.service}`;
    case "otherFolder":
      return `folder.${finding.service}`;
    case "otherUser":
      return `user.${finding.service}`;
    case "startedOtherwise":
    case "runsOtherwise":
      return `environment.${finding.service}.${finding.key}`;
    case "configFile":
      return `configFile.${finding.service}`;
    case "limit":
      return `limits.${finding.service}.${finding.limit}`;
    case "gatewayGone":
      return "routes";
    case "route":
      return `routes.${finding.route}`;
    case "resourceMissing":
    case "resourceLost":
    case "resourceAltered":
      return `resources.${finding.resource}`;
    case "resourceSettings":
      return `resources.${finding.resource}.settings`;
    case "resourceVersion":
      return `resources.${finding.resource}.version`;
    case "files":
      return "files";
    default:
      return unreachable(finding);
  }
}

/** Whether an exception for the one covers the other: the same, or something below it. */
export function covers(exception: string, subject: string): boolean {
  return subject === exception || subject.startsWith(`${exception}.`);
}
