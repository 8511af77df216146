import type { SecretProvider, SecretReading, SecretRequest } from "../provider.ts";
import { Secret } from "../secret.ts";
import { capitals, fillInName } from "./placeholders.ts";

/**
 * Reads secrets from environment variables: the one that `from` names, else `<ENVIRONMENT>_<KEY>` (`STAGING_SESSION_KEY`),
 * shared ones `<KEY>`. An empty variable counts as missing: that is what CI systems make of a secret they don't have.
 */
export function environmentProvider(variables: Readonly<Record<string, string | undefined>>): SecretProvider {
  return {
    async read(requests) {
      const owners = ownersOf(requests);
      return requests.map((request) =>
        readOne(variables, request, request.from ? [] : (owners.get(variableOf(request)) ?? [])),
      );
    },
  };
}

/** The variable that holds a secret. */
export function variableOf(request: SecretRequest): string {
  const { environment, key, shared, from } = request;
  if (from?.source === "variable") return fillInName(from.name, request);
  return shared ? key : `${capitals(environment)}_${key}`;
}

function readOne(
  variables: Readonly<Record<string, string | undefined>>,
  request: SecretRequest,
  owners: readonly string[],
): SecretReading {
  const name = variableOf(request);
  if (owners.length > 1) return ambiguous(name, owners);
  const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
  if (value === undefined || value === "") {
    return { state: "missing", hint: `Set the environment variable ${name}, for example \`export ${name}=…\`.` };
  }
  return { state: "found", secret: new Secret(value), origin: { kind: "variable", name } };
}

/**
 * Different secrets can come to one variable: `A_B` of environment `x`, and `B` of environment `x-a`. Where the definition
 * names the variable it means what it says.
 */
function ownersOf(requests: readonly SecretRequest[]): Map<string, string[]> {
  const owners = new Map<string, string[]>();
  for (const request of requests) {
    if (request.from !== undefined) continue;
    const name = variableOf(request);
    const owner = request.shared ? request.key : `${request.key} of ${request.environment}`;
    const known = owners.get(name) ?? [];
    if (!known.includes(owner)) owners.set(name, [...known, owner]);
  }
  return owners;
}

function ambiguous(name: string, owners: readonly string[]): SecretReading {
  const message = `The environment variable ${name} would hold several secrets: ${owners.join(", ")}`;
  const hint = "Rename one of the secrets or environments.";
  return { state: "unreadable", failure: { code: "secret-invalid", message, hint } };
}
