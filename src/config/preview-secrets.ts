import type { Project } from "../definition/types.ts";
import type { SecretProvider, SecretReading, SecretRequest } from "../secrets/provider.ts";
import { Secret } from "../secrets/secret.ts";
import { applySchema } from "./apply-schema.ts";
import { applyText } from "./apply-text.ts";
import { declarationsOf, type SecretKey } from "./declare.ts";

/** The place of the secrets that previews have, and no other environment. */
export const previewPlace = "preview";

/** Lengths of values that are made up, the best first: a schema may want a short one. */
const lengths = [64, 32, 16];

/**
 * A project's secrets, those of previews included. A preview never gets what another environment has: not what is shared,
 * not what the definition says comes from a program or a vault. It gets what stands in the place `preview`
 * (`secrets/preview.*`, else `PREVIEW_<KEY>`); else a value of its own that nobody can guess, always the same for this
 * preview and kept nowhere: see `derive`. A secret that its schema lets be absent is absent then, because what is made up
 * opens no door anywhere.
 */
export function previewSecrets(
  provider: SecretProvider,
  project: Project,
  derive: (purpose: string) => Secret,
): SecretProvider {
  const secrets = declarationsOf(project).filter((declaration) => declaration.kind === "secret");
  const madeUp = (request: SecretRequest, reading: SecretReading) => {
    const preview = previewOf(project, request);
    const secret = secrets.find(({ key }) => key === request.key);
    if (preview === undefined || secret === undefined || reading.state !== "missing") return reading;
    return makeUp(secret, derive(`preview secret ${request.environment} ${preview.createdAt} ${request.key}`), reading);
  };
  return {
    async read(requests) {
      const readings = await provider.read(requests.map((request) => ownRequest(project, request)));
      return Promise.all(readings.map((reading, index) => madeUp(requests[index]!, reading)));
    },
  };
}

function previewOf({ environments }: Project, { environment }: SecretRequest) {
  return Object.hasOwn(environments, environment) ? environments[environment]!.preview : undefined;
}

function ownRequest(project: Project, request: SecretRequest): SecretRequest {
  if (previewOf(project, request) === undefined) return request;
  return { environment: previewPlace, key: request.key, shared: false };
}

async function makeUp(
  { key, schema }: SecretKey,
  random: Secret,
  missing: SecretReading & { readonly state: "missing" },
): Promise<SecretReading> {
  const absent = await applySchema(schema, undefined);
  if (absent.ok) return missing;
  for (const length of lengths) {
    const text = random.reveal().slice(0, length);
    const applied = await applyText(schema, text);
    if (applied.ok) return { state: "found", secret: new Secret(text) };
  }
  const hint = `No random value fits its schema. Give all previews a value: tidegate secrets set ${key} --env ${previewPlace}`;
  return { state: "missing", hint };
}
