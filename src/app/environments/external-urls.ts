import { readSecrets } from "../../config/read-secrets.ts";
import type { ResourceSpec } from "../../records/resource.ts";
import type { Secrets } from "../../secrets/secret.ts";
import type { Session } from "../session.ts";

/**
 * The URLs of an environment's resources that somebody else looks after, by the names that the specs say. One that has no value
 * is left out: whoever needs its resource misses it, with its name.
 */
export async function externalUrls(
  { project, secrets }: Pick<Session, "project" | "secrets">,
  environment: string,
  resources: readonly ResourceSpec[],
): Promise<Secrets> {
  const names = resources.flatMap((spec) => ("external" in spec && spec.external ? [spec.external.url] : []));
  if (names.length === 0) return new Map();
  const readings = (await readSecrets(project, secrets, [environment])).get(environment);
  return new Map(
    names.flatMap((name) => {
      const reading = readings?.get(name);
      return reading?.state === "found" ? [[name, reading.secret] as const] : [];
    }),
  );
}
