/** How a header field is treated on its way through. */
export type HeaderKind =
  | "endToEnd"
  | "host"
  | "contentLength"
  | "transferEncoding"
  | "connection"
  | "expect"
  | "trailer"
  | "upgrade"
  /** Says who the client is; only the gateway may (`X-Forwarded-For` and the like). */
  | "identity"
  /** Belongs to one connection, or to proxies. */
  | "hopByHop";

const kinds: Readonly<Record<string, HeaderKind>> = {
  host: "host",
  "content-length": "contentLength",
  "transfer-encoding": "transferEncoding",
  connection: "connection",
  expect: "expect",
  trailer: "trailer",
  upgrade: "upgrade",
  forwarded: "identity",
  "x-real-ip": "identity",
  "keep-alive": "hopByHop",
  "proxy-connection": "hopByHop",
  "proxy-authenticate": "hopByHop",
  "proxy-authorization": "hopByHop",
  // Some servers hand it to programs as HTTP_PROXY.
  proxy: "hopByHop",
  te: "hopByHop",
  "http2-settings": "hopByHop",
};

/** Names repeat all the time; the bound keeps a client that makes names up from filling the memory. */
const known = new Map<string, HeaderKind>();
const knownLimit = 1_000;

/** The kind of a header field, by its name as written. */
export function headerKind(name: string): HeaderKind {
  let kind = known.get(name);
  if (kind !== undefined) return kind;
  kind = classify(name.toLowerCase());
  if (known.size < knownLimit) known.set(name, kind);
  return kind;
}

function classify(lower: string): HeaderKind {
  const kind = Object.hasOwn(kinds, lower) ? kinds[lower] : undefined;
  if (kind !== undefined) return kind;
  // Many servers hand `Content_Length` and `Content-Length` to the application under the same name, or read one for the
  // other. Of a name that means something here only the one right spelling does; the others go nowhere.
  const dashed = lower.replaceAll("_", "-");
  const isForwarded = dashed.startsWith("x-forwarded-");
  if (isForwarded && dashed === lower) return "identity";
  return isForwarded || Object.hasOwn(kinds, dashed) ? "hopByHop" : "endToEnd";
}

/** The names (lower case) that a Connection header declares to belong to this connection; `undefined`: none. */
export function namedInConnection(connection: string | undefined): ReadonlySet<string> | undefined {
  if (connection === undefined || plainConnection.test(connection)) return undefined;
  return new Set(connection.split(",").map((name) => name.trim().toLowerCase()));
}

const plainConnection = /^(?:keep-alive|close|upgrade)$/i;
