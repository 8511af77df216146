import { ok, type Result } from "../errors/result.ts";
import { type EnvironmentAbout, environmentAboutCodec } from "../records/resource.ts";
import type { EnvironmentRecord, Store } from "../store/store.ts";

/** What is known of an environment besides what it serves; `undefined`: it was never created. Fails with `state-newer` or `state-damaged`. */
export function aboutOf(
  environment: Pick<EnvironmentRecord, "name" | "about"> | undefined,
): Result<EnvironmentAbout | undefined> {
  if (environment?.about === undefined) return ok(undefined);
  return environmentAboutCodec.decode(environment.about, `What is known of ${environment.name}`);
}

/** Names of environments, as far as the store knows. */
export interface KnownEnvironments {
  /** Those of which there is something: it was made, something serves there, or is deployed to it. */
  readonly there: ReadonlySet<string>;
  /** Those that were there once: of what was destroyed the record stays for its history. */
  readonly gone: ReadonlySet<string>;
}

/** Which environments there are and were; each in the order of code units. */
export async function knownEnvironments(
  store: Pick<Store, "environments" | "unfinishedDeployments">,
): Promise<Result<KnownEnvironments>> {
  const records = await store.environments();
  if (!records.ok) return records;
  const unfinished = await store.unfinishedDeployments();
  if (!unfinished.ok) return unfinished;
  const underWay = new Set(unfinished.value.map(({ environment }) => environment));
  const isThere = ({ name, about, serving }: EnvironmentRecord) =>
    about !== undefined || serving !== undefined || underWay.has(name);
  const namesOf = (some: readonly EnvironmentRecord[]) => new Set(some.map(({ name }) => name));
  return ok({
    there: namesOf(records.value.filter(isThere)),
    gone: namesOf(records.value.filter((record) => !isThere(record))),
  });
}
