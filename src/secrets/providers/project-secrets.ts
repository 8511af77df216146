import { keyLookup } from "../files/keys.ts";
import type { SecretFound, SecretProvider, SecretReading, SecretRequest } from "../provider.ts";
import { environmentProvider } from "./environment-provider.ts";
import { fileProvider } from "./file-provider.ts";
import { remembered } from "./remembered.ts";

/** What of a project's definition decides where its secrets are. */
export interface SecretsOf {
  readonly name: string;
  readonly secrets?: { readonly path: string };
  readonly environments: Readonly<Record<string, unknown>>;
}

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * All of a project's secrets, each from where it is: what the definition names with `from`; else the secrets file if it has
 * the key, else the environment variable `<ENVIRONMENT>_<KEY>`. Every place is asked once in the provider's life.
 */
export function projectSecrets(
  project: SecretsOf,
  folder: string,
  variables: Variables,
  signal?: AbortSignal,
): SecretProvider {
  const more = signal === undefined ? {} : { signal };
  const own = { name: project.name, environments: [...Object.keys(project.environments), "shared", "preview"] };
  const keys = keyLookup({ variables, folder, ...more }, own);
  const layout = { folder, ...(project.secrets && { pattern: project.secrets.path }) };
  const usual = fileOrVariable(fileProvider({ layout, keys }), environmentProvider(variables));
  // Few projects need a way to start programs or to speak HTTP.
  const providerFor = remembered(async (name): Promise<SecretProvider> => {
    switch (name as Route) {
      case "variable":
        return environmentProvider(variables);
      case "command":
        return (await import("./command-provider.ts")).commandProvider({ folder, variables, ...more });
      case "vault":
        return (await import("./vault/vault-provider.ts")).vaultProvider({ variables, ...more });
      case "usual":
        return usual;
    }
  });
  return { read: (requests) => route(requests, providerFor) };
}

type Route = "variable" | "command" | "vault" | "usual";

/** Asks every provider for its own at the same time, and puts the answers in the order of the requests. */
async function route(
  requests: readonly SecretRequest[],
  providerFor: (name: Route) => Promise<SecretProvider>,
): Promise<readonly SecretReading[]> {
  const routes = Map.groupBy(requests.keys(), (index): Route => requests[index]!.from?.source ?? "usual");
  const readings: SecretReading[] = [];
  const asked = [...routes].map(async ([name, indices]) => {
    const provider = await providerFor(name);
    const answers = await provider.read(indices.map((index) => requests[index]!));
    for (const [at, index] of indices.entries()) readings[index] = answers[at]!;
  });
  await Promise.all(asked);
  return readings;
}

/** The file wins; a variable with a value for it is told, too. */
function fileOrVariable(file: SecretProvider, variable: SecretProvider): SecretProvider {
  return {
    async read(requests) {
      const [files, variables] = await Promise.all([file.read(requests), variable.read(requests)]);
      return requests.map((_, index) => combine(files[index]!, variables[index]!));
    },
  };
}

function combine(file: SecretReading, variable: SecretReading): SecretReading {
  if (file.state === "missing") {
    return variable.state === "missing"
      ? { state: "missing", hint: `${file.hint} Or: ${lowerFirst(variable.hint)}` }
      : variable;
  }
  if (file.state === "unreadable" || variable.state !== "found") return file;
  const { state: _, overridden: __, ...found } = variable;
  return { ...file, overridden: [found satisfies SecretFound] };
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
