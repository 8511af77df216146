import { ok, type Result } from "../errors/result.ts";
import { type EnvironmentAbout, environmentAboutCodec } from "../records/resource.ts";
import type { EnvironmentRecord } from "../store/store.ts";

/** What is known of an environment besides what it serves; `undefined`: it was never made. Fails with `state-newer` or `state-damaged`. */
export function aboutOf(
  environment: Pick<EnvironmentRecord, "name" | "about"> | undefined,
): Result<EnvironmentAbout | undefined> {
  if (environment?.about === undefined) return ok(undefined);
  return environmentAboutCodec.decode(environment.about, `What is known of ${environment.name}`);
}

/**
 * Whether there is anything of the environment, by what the store knows: it was made, something serves there, or is deployed
 * to it. The record of one that was destroyed stays for its history. `underWay`: environments with an unfinished deployment.
 */
export function isThere(
  { name, about, serving }: Pick<EnvironmentRecord, "name" | "about" | "serving">,
  underWay: readonly string[],
): boolean {
  return about !== undefined || serving !== undefined || underWay.includes(name);
}
