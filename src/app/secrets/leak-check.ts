import { readSecrets } from "../../config/read-secrets.ts";
import type { UncheckedSecret } from "../../events/event.ts";
import type { SecretReading } from "../../secrets/provider.ts";
import { refusal } from "../../secrets/redaction/refusal.ts";
import type { NamedSecret } from "../../secrets/scan/finding.ts";
import { LeakScanner } from "../../secrets/scan/leak-scanner.ts";
import type { Secret } from "../../secrets/secret.ts";
import type { Session } from "../session.ts";

/** What can be looked for in a release, and what cannot because its value is not known here. */
export interface LeakCheck {
  readonly scanner: LeakScanner;
  readonly unchecked: readonly UncheckedSecret[];
}

/** Reads the secrets of every environment, as far as the caller may. */
export async function leakCheck({ project, secrets }: Pick<Session, "project" | "secrets">): Promise<LeakCheck> {
  const readings = await readSecrets(project, secrets);
  const all = [...readings].flatMap(([environment, keys]) => {
    return [...keys].map(([key, reading]) => ({ environment, key, reading }));
  });
  const named = all.flatMap(({ environment, key, reading }): NamedSecret[] => {
    if (reading.state !== "found") return [];
    // A value that did not win is a secret nevertheless.
    return [reading, ...(reading.overridden ?? [])].map(({ secret }) => ({ environment, key, secret }));
  });
  const unchecked = all.flatMap(({ environment, key, reading }): UncheckedSecret[] => {
    const because = whyUnchecked(reading);
    return because === undefined ? [] : [{ environment, key, because }];
  });
  return { scanner: new LeakScanner(named.filter(({ secret }) => !isTrivial(secret))), unchecked };
}

function whyUnchecked(reading: SecretReading): UncheckedSecret["because"] | undefined {
  if (reading.state !== "found") return reading.state;
  return isTrivial(reading.secret) ? "trivial" : undefined;
}

/** It would be found in every second file. */
function isTrivial(secret: Secret): boolean {
  return refusal(secret.reveal()) !== undefined;
}
