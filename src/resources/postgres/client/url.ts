/** The parts of a connection URL, decoded as libpq does it: a `+` is a plus. */
export interface UrlParts {
  /** A name, an address without brackets, or the absolute folder of a socket; "": libpq's own. */
  readonly host: string;
  readonly port: string;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** What stands behind the `?`, but for the parts above, which win over those in front of it. */
  readonly settings: Readonly<Record<string, string>>;
}

/** What of the settings is for node's client alone, and libpq would refuse. */
const ofNode = new Set(["uselibpqcompat"]);

/** `undefined`: it is no URL of a PostgreSQL database. */
export function parseUrl(text: string): UrlParts | undefined {
  if (!URL.canParse(text)) return undefined;
  const { protocol, username, password, hostname, port, pathname, search } = new URL(text);
  if (!/^postgres(ql)?:$/.test(protocol)) return undefined;
  try {
    const pairs = search.slice(1).split("&").filter(Boolean).map(pairOf);
    const settings = Object.fromEntries(pairs.filter(([key]) => !ofNode.has(key)));
    const { host, port: otherPort, user, password: otherPassword, dbname, ssl, ...others } = settings;
    return {
      host: host ?? decodeURIComponent(hostname).replace(/^\[(.*)\]$/, "$1"),
      port: otherPort ?? port,
      user: user ?? decodeURIComponent(username),
      password: otherPassword ?? decodeURIComponent(password),
      database: dbname ?? decodeURIComponent(pathname.slice(1)),
      settings: { ...(ssl === "true" && { sslmode: "require" }), ...others },
    };
  } catch {
    // It has a `%` that encodes nothing.
    return undefined;
  }
}

function pairOf(text: string): [key: string, value: string] {
  const at = text.indexOf("=");
  const [key, value] = at === -1 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
  return [decodeURIComponent(key), decodeURIComponent(value)];
}
