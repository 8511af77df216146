import { statSync } from "node:fs";
import { isAbsolute } from "node:path";
import type { Failure } from "../../errors/failure.ts";
import type { ProcessSpec } from "../driver.ts";
import { environmentFailures } from "./child-environment.ts";
import { nameFailure } from "./names.ts";

/** Why nothing can be started from this, if so. */
export function specFailures(spec: ProcessSpec): Failure[] {
  const name = nameFailure(spec.environment, spec.id);
  if (name !== undefined) return [name];
  const failures = environmentFailures(spec.env);
  return isFolder(spec.directory) ? failures : [...failures, noFolder(spec)];
}

function isFolder(path: string): boolean {
  return isAbsolute(path) && statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function noFolder(spec: ProcessSpec): Failure {
  return {
    code: "release-damaged",
    message: `The folder that ${spec.id} should run in is not there`,
    cause: spec.directory,
    hint: "Deploy the release again: it is then unpacked anew.",
  };
}
