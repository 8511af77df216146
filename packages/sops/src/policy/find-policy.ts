import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { readBounded } from "../file/read-bounded.ts";
import { failed, ok, type Result, relativePath } from "../result.ts";
import { parsePolicy } from "./parse-policy.ts";
import type { CreationRule, Policy } from "./policy.ts";

/** What SOPS calls it. */
export const policyName = ".sops.yaml";
/** SOPS warns of it and does not read it. */
const wrongName = ".sops.yml";
const mostFolders = 100;

/** Where the policy of a file is, and a `.sops.yml` on the way, which counts for nothing. */
export interface PolicyPlace {
  readonly path: string | undefined;
  readonly ignored: string | undefined;
}

/** The nearest `.sops.yaml` in the folder of the file (absolute) or above. */
export function findPolicyPath(file: string): PolicyPlace {
  let ignored: string | undefined;
  let folder = dirname(file);
  for (let count = 0; count < mostFolders; count++) {
    const path = join(folder, policyName);
    if (existsSync(path)) return { path, ignored };
    const wrong = join(folder, wrongName);
    if (ignored === undefined && existsSync(wrong)) ignored = wrong;
    if (dirname(folder) === folder) break;
    folder = dirname(folder);
  }
  return { path: undefined, ignored };
}

/** The policy of a file (absolute), parsed; `undefined` when it has none. */
export async function findPolicy(file: string): Promise<Result<Policy | undefined>> {
  const { path } = findPolicyPath(file);
  return path === undefined ? ok(undefined) : readPolicy(path);
}

/** The policy at a path (absolute). Unreadable, or not as a policy is: `policy-invalid`. */
export async function readPolicy(path: string): Promise<Result<Policy>> {
  const bytes = readBounded(path);
  if (bytes?.ok) return parsePolicy(path, Buffer.from(bytes.value).toString("utf8"));
  const cause = bytes?.failures[0]?.cause ?? "It is gone";
  return failed({ code: "policy-invalid", message: `${path} cannot be read`, file: path, cause });
}

/**
 * The rule for a file (absolute): the first that matches. `undefined`: the policy has no creation rules, which SOPS
 * takes for no policy. Rules, but none that matches: `no-rule`.
 */
export function ruleFor(policy: Policy, file: string): Result<CreationRule | undefined> {
  if (policy.rules === undefined) return ok(undefined);
  const path = relativePath(dirname(policy.path), file);
  const rule = policy.rules.find((one) => one.matches(path));
  if (rule !== undefined) return ok(rule);
  const message = `No creation rule of ${policy.path} matches ${path}`;
  const hint = "Add one: a path_regex that matches it, and who can read it under age.";
  return failed({ code: "no-rule", message, file, hint });
}
