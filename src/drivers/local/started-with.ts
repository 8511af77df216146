import { Secret } from "../../secrets/secret.ts";
import type { ProcessSpec } from "../driver.ts";

/** Digests a value under a key that only the project has, so that it cannot be guessed from its digest. */
export type KeyedDigest = (value: string) => string;

/** What a process is given, as digests: of each variable and of each file, by variable. */
export function startedWith({ env, files = {} }: ProcessSpec, digest: KeyedDigest): Record<string, string> {
  const contents = Object.entries(files).map(([variable, { content }]) => [variable, content] as const);
  const given = [...Object.entries(env), ...contents];
  return Object.fromEntries(
    given.map(([name, value]) => [name, digest(value instanceof Secret ? value.reveal() : value)]),
  );
}
