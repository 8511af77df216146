/**
 * RFC 3986 host and port, without the parts nobody uses in a Host header (userinfo, percent-encoding, sub-delims):
 * everything that two parsers could read differently is refused.
 */
const authorityPattern = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::[0-9]{0,5})?$/i;

/** The host of a Host header or of a request target, lower case, without its port; `undefined` when it is invalid. */
export function hostOf(authority: string): string | undefined {
  if (authority.length > 260) return undefined;
  return authorityPattern.exec(authority)?.[1]?.toLowerCase();
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
