import { isIP } from "node:net";

/** What a connection is made to. */
export interface SocketAddress {
  readonly host: string;
  readonly port: number;
}

const namePattern = /^[a-z0-9._-]{1,253}$/i;

/** Reads `host:port`; an IPv6 address may stand in brackets. `undefined` when it is none. */
export function readAddress(address: string): SocketAddress | undefined {
  const colon = address.lastIndexOf(":");
  const text = address.slice(0, colon);
  const host = text.startsWith("[") && text.endsWith("]") ? text.slice(1, -1) : text;
  const port = /^[0-9]{1,5}$/.test(address.slice(colon + 1)) ? Number(address.slice(colon + 1)) : 0;
  const isHost = isIP(host) > 0 || namePattern.test(host);
  return colon > 0 && isHost && port > 0 && port < 65_536 ? { host, port } : undefined;
}
