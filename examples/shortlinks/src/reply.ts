/** An answer as data; the server writes it. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export function json(status: number, value: unknown): Reply {
  const headers = { "content-type": "application/json; charset=utf-8", "cache-control": "no-store" };
  return { status, headers, body: `${JSON.stringify(value)}\n` };
}

export function html(status: number, body: string): Reply {
  const headers = {
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
    "referrer-policy": "no-referrer",
  };
  return { status, headers, body };
}

export function redirect(target: string, cacheSeconds: number): Reply {
  return { status: 302, headers: { location: target, "cache-control": `private, max-age=${cacheSeconds}` }, body: "" };
}

export const nothing: Reply = { status: 204, headers: {}, body: "" };
