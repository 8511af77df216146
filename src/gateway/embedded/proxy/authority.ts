/** RFC 3986 host and port, without the parts nobody uses in a Host header (userinfo, sub-delims). */
const authorityPattern = /^(\[[0-9a-f:.]+\]|[a-z0-9._%-]+)(?::([0-9]*))?$/i;
const namePattern = /^[a-z0-9._-]{1,253}$/;

/** Where a request wants to go, in one form: everything that two parsers could read differently is refused. */
export interface Authority {
  /**
   * As routes know it: lower case, without port and trailing dot, percent-encoded letters and digits decoded, an IPv6
   * address in its shortest form.
   */
  readonly host: string;
  /** As instances are told: the host with its port, as it came but for what was percent-encoded. */
  readonly sent: string;
}

/** Reads a Host header or the authority of a request target; `undefined` when it is invalid. */
export function readAuthority(text: string): Authority | undefined {
  if (text.length > 1_000) return undefined;
  const [, written = "", port] = authorityPattern.exec(text) ?? [];
  const isPort = port === undefined || Number(port) < 65_536;
  const host = written.startsWith("[") ? shortest(written) : name(written);
  if (host === undefined || !isPort) return undefined;
  return { host, sent: text.includes("%") ? `${decoded(written)}${text.slice(written.length)}` : text };
}

/** The host of an authority, in the one form that all its spellings have; `undefined` when it is invalid. */
export function hostOf(authority: string): string | undefined {
  return readAuthority(authority)?.host;
}

/** A name with a dot at its end is the same name, absolute (RFC 3986, section 3.2.2). */
function name(written: string): string | undefined {
  const lower = (written.includes("%") ? (decoded(written) ?? "") : written).toLowerCase().replace(/\.$/, "");
  return namePattern.test(lower) && !lower.startsWith(".") && !lower.includes("..") ? lower : undefined;
}

/** What needs no encoding is the same encoded (RFC 3986, section 6.2.2.2); nothing else is decoded. */
function decoded(written: string): string | undefined {
  const text = written.replaceAll(/%([0-9a-f]{2})/gi, (_, digits) => String.fromCharCode(Number.parseInt(digits, 16)));
  return /^[a-z0-9._-]+$/i.test(text) ? text : undefined;
}

function shortest(written: string): string | undefined {
  const url = `http://${written}/`;
  return URL.canParse(url) ? new URL(url).hostname : undefined;
}

/** Where a request wants to go. */
export interface Target {
  /** Only in absolute-form: it stands in for the Host header (RFC 9112, section 3.2.2). */
  readonly authority?: string;
  /** What is sent to the instance: origin-form or `*`. */
  readonly sent: string;
}

const absolutePattern = /^http:\/\/([^/?#]*)(.*)$/i;

/** Reads a request target: origin-form, absolute-form, or `*` for OPTIONS; `undefined` when it is none of them. */
export function readTarget(target: string, method: string): Target | undefined {
  if (target.includes("#")) return undefined;
  if (target.startsWith("/")) return { sent: target };
  if (target === "*") return method === "OPTIONS" ? { sent: target } : undefined;
  const match = absolutePattern.exec(target);
  if (match === null) return undefined;
  const [, authority = "", rest = ""] = match;
  return { authority, sent: rest.startsWith("/") ? rest : `/${rest}` };
}

/** The part of a sent target that routes look at, as it was written: nothing is decoded or resolved. */
export function pathOf(sent: string): string {
  const query = sent.indexOf("?");
  if (query >= 0) return sent.slice(0, query);
  return sent === "*" ? "/" : sent;
}
