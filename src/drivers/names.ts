import { isBlobDigest } from "../blobs/digest.ts";
import type { Failure } from "../errors/failure.ts";

/** Names become folder names and part of marks and labels: no separators, no spaces, nothing hidden, no `..`. */
const name = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$/;

/** Whether it can be the name of an environment, an instance or a job. */
export function isName(text: string): boolean {
  return name.test(text);
}

/** What is wrong with a name, if anything is. */
export function nameFailure(...names: readonly string[]): Failure | undefined {
  const wrong = names.find((text) => !isName(text));
  if (wrong === undefined) return undefined;
  return {
    code: "bad-arguments",
    message: `${JSON.stringify(wrong)} cannot be the name of an environment, an instance or a job`,
    hint: "Use up to 128 letters, digits, `-`, `_` and `.`, and do not begin with `.`.",
  };
}

/** What is wrong with a release's digest, if anything is. */
export function digestFailure(release: string): Failure | undefined {
  if (isBlobDigest(release)) return undefined;
  return { code: "unknown-release", message: `${JSON.stringify(release)} is not the digest of a release` };
}
