import { Secret } from "../../secrets/secret.ts";
import type { ProcessSpec } from "../driver.ts";
import type { KeyedDigest } from "../place.ts";

/** What a process is given, as digests: of each variable and of each file, by variable. */
export function startedWith({ env, files = {} }: ProcessSpec, digest: KeyedDigest): Record<string, string> {
  const contents = Object.entries(files).map(([variable, { content }]) => [variable, content] as const);
  const given = [...Object.entries(env), ...contents];
  return Object.fromEntries(
    given.map(([name, value]) => [name, digest(value instanceof Secret ? value.reveal() : value)]),
  );
}
