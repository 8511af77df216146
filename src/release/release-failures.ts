import { listNames } from "../drivers/deviation.ts";
import type { Failure } from "../errors/failure.ts";
import { shortDigest } from "../errors/quantities.ts";

export function unknownRelease(release: string): Failure {
  return {
    code: "unknown-release",
    message: `There is no release ${release}`,
    hint: "List them: tidegate release list",
  };
}

/** The store knows it, or once did, but its manifest is not there. */
export function collected(release: string): Failure {
  return {
    code: "release-collected",
    message: `The files of release ${shortDigest(release)} are no longer kept`,
    hint: "Check out its commit and release it again, or take one that is kept: tidegate release list",
  };
}

/** @param what The parts that are missing or not as they were. */
export function damaged(release: string, what: readonly string[]): Failure {
  return {
    code: "release-damaged",
    message: `Release ${shortDigest(release)} no longer has its original content`,
    cause: listNames(what),
    hint: "Check out its commit and release it again: the same sources repair it.",
  };
}

export function newer(release: string): Failure {
  return {
    code: "state-newer",
    message: `Release ${shortDigest(release)} was packed by a newer Tidegate`,
    hint: "Use the Tidegate that packed it, or a newer one.",
  };
}
