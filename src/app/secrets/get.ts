import { secretRequest } from "../../config/read-secrets.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import type { SecretReading, SecretRequest } from "../../secrets/provider.ts";
import { projectSecrets } from "../../secrets/providers/project-secrets.ts";
import type { Secret } from "../../secrets/secret.ts";
import { chooseTarget, type Target, type TargetCall } from "./places/choose-place.ts";
import { type SecretsSession, sharedPlace } from "./places/session.ts";

/** A secret's value and whose it is. */
export interface SecretValue {
  readonly place: string;
  readonly value: Secret;
}

/** What a deployment would use for a secret, wherever it comes from. */
export async function getSecret(session: SecretsSession, call: TargetCall): Promise<Result<SecretValue>> {
  const target = chooseTarget(session, call);
  if (!target.ok) return target;
  const value = await readValue(session, target.value);
  return value.ok ? ok({ place: target.value.place, value: value.value }) : value;
}

async function readValue(session: SecretsSession, target: Target): Promise<Result<Secret>> {
  const { project, folder, ports } = session;
  const provider = projectSecrets(project, folder, ports.env, ports.signal);
  const [reading] = await provider.read([requestFor(target)]);
  return revealedOf(reading!, target);
}

function requestFor({ key, place, declaration }: Target): SecretRequest {
  if (declaration !== undefined) return secretRequest(declaration, place);
  return { environment: place, key, shared: place === sharedPlace };
}

function revealedOf(reading: SecretReading, { key, place }: Target): Result<Secret> {
  if (reading.state === "found") return ok(reading.secret);
  if (reading.state === "unreadable") return failed(reading.failure);
  return failed({ code: "secret-missing", message: `The secret ${key} of ${place} has no value`, hint: reading.hint });
}
