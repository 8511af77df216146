import type { Failure } from "../../../errors/failure.ts";
import { explainDeviation, listNames } from "../../deviation.ts";
import type { Deviation } from "../../driver.ts";
import { writesLine } from "../../failed-writes.ts";
import { folderNameOf } from "../../release-content.ts";

/** Content of the release is missing where releases are kept. */
export function copyDamaged(release: string, lost: readonly string[]): Failure {
  return {
    code: "release-damaged",
    message: `Release ${shorten(release)} no longer has its original content`,
    cause: listNames(lost),
    hint: "Check out its commit and release it again: the same sources repair it.",
  };
}

/** Nothing can be started from the release, because it is not there or not as it was. */
export function notPrepared(environment: string, release: string, deviation?: Deviation): Failure {
  const where = deviation === undefined ? "is not there to start from" : "is not as it was unpacked";
  return {
    code: "release-damaged",
    message: `Release ${shorten(release)} ${where} in ${environment}`,
    ...(deviation === undefined ? {} : { cause: explainDeviation(deviation) }),
    hint: `Deploy it again, which unpacks it again: tidegate deploy ${environment}`,
  };
}

/** A service has written into its release, where nothing could keep it from that. */
export function releaseWritten(environment: string, release: string, deviation: Deviation): Failure {
  return {
    code: "release-written",
    message: `Something has written into release ${shorten(release)} in ${environment}`,
    cause: explainDeviation(deviation),
    hint: `${writesLine([...deviation.added, ...deviation.changed])}\nWhat was written so far stays where it is.`,
  };
}

function shorten(release: string): string {
  return folderNameOf(release).slice(0, 12);
}
