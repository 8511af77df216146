import { limiter } from "../../../concurrency/limiter.ts";
import type { SecretOrigin, SecretProvider, SecretReading, SecretRequest } from "../../provider.ts";
import type { VaultSource } from "../../source.ts";
import { fillIn } from "../placeholders.ts";
import { readingOf } from "../reading-of.ts";
import { remembered } from "../remembered.ts";
import { type PathLimits, type PathReading, type PathRequest, pathLimits, readPath } from "./read-path.ts";
import { vaultLogin } from "./vault-login.ts";

/** Where the login comes from, and how long to try. */
export interface VaultProviderOptions {
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly limits?: PathLimits;
  readonly signal?: AbortSignal;
}

const atOnce = 8;

/** Reads fields of secrets in Vault or OpenBao (key/value, version 2): one request for all fields of a path. */
export function vaultProvider(options: VaultProviderOptions): SecretProvider {
  const { limits = pathLimits, signal } = options;
  const limited = limiter(atOnce);
  const requests = new Map<string, PathRequest>();
  const read = remembered((key) => limited(() => readPath(requests.get(key)!, limits, signal)));
  const readOnce = (request: PathRequest) => {
    const { login, mount, path, version = 0 } = request;
    const key = JSON.stringify([login.address, login.namespace ?? "", mount, path, version]);
    requests.set(key, request);
    return read(key);
  };
  return { read: (all) => Promise.all(all.map((request) => readOne(request, options, readOnce))) };
}

async function readOne(
  request: SecretRequest,
  { variables }: VaultProviderOptions,
  read: (request: PathRequest) => Promise<PathReading>,
): Promise<SecretReading> {
  const source = filledIn(request);
  const login = vaultLogin(source, variables);
  if (!login.ok) return unreadable(request, login.failures[0]!.message, login.failures[0]!.hint ?? "");
  const place = placeOf(source);
  const { field = request.key, version } = source;
  const path = `${place.mount}/${place.path}`;
  const origin: SecretOrigin = { kind: "vault", address: login.value.shownAddress, path, field };
  const found = await read({ login: login.value, ...place, ...(version !== undefined && { version }) });
  if (found.state === "unreadable") return unreadable(request, found.why, found.hint, origin);
  const hint = `Give it a value: \`vault kv ${found.state === "missing" ? "put" : "patch"} ${path} ${field}=-\` reads it from standard input.`;
  if (found.state === "missing") return { state: "missing", hint: `In Vault ${found.why}. ${hint}` };
  const value = Object.hasOwn(found.fields, field) ? found.fields[field] : undefined;
  return readingOf(value, origin) ?? { state: "missing", hint: `In Vault, ${path} has no field ${field}. ${hint}` };
}

function filledIn(request: SecretRequest): VaultSource {
  const source = request.from as VaultSource;
  const texts = ["path", "field", "mount", "address", "namespace"] as const;
  const filled = texts.flatMap((name) => {
    const text = source[name];
    return text === undefined ? [] : [[name, fillIn(text, request)]];
  });
  return { ...source, ...Object.fromEntries(filled) };
}

/** `kv/shop/web` → kv, shop/web. */
function placeOf({ path, mount }: VaultSource): { readonly mount: string; readonly path: string } {
  const trimmed = path.replace(/^\/+|\/+$/g, "");
  const engine = mount?.replace(/^\/+|\/+$/g, "") ?? trimmed.slice(0, trimmed.indexOf("/"));
  return { mount: engine, path: trimmed.slice(engine.length + 1) };
}

function unreadable(
  { key, environment }: SecretRequest,
  why: string,
  hint: string,
  origin?: SecretOrigin,
): SecretReading {
  const message = `The secret ${key} of environment "${environment}" cannot be read: ${why}`;
  return { state: "unreadable", failure: { code: "secret-unreadable", message, hint }, ...(origin && { origin }) };
}
