import { isIP } from "node:net";
import { plainAddress } from "../../networks.ts";
import { type Authority, readAuthority } from "./authority.ts";

/** What a request says of its client, by field, in the order that it came. */
export interface Forwarded {
  readonly for: readonly string[];
  readonly proto: readonly string[];
  readonly host: readonly string[];
}

/** For whom a request is made, and what it was addressed to: what instances are told. */
export interface ClientIdentity {
  readonly client: string;
  readonly scheme: "http" | "https";
  readonly authority: Authority;
}

/** Whether the environment that has this host trusts what comes from this address to speak for its clients. */
export type Trusts = (host: string, address: string) => boolean;

/**
 * Of a trusted proxy what it says is believed: the host that was asked for, the scheme, and as the client the last
 * address of `X-Forwarded-For` that is no trusted proxy itself. Of others nothing is: the client is who is connected.
 * Proxies add at the end, so that of several values the last one is the proxy's. `undefined`: a trusted proxy names a
 * host that is none.
 */
export function clientIdentity(
  peer: string,
  authority: Authority,
  forwarded: Forwarded,
  trusts: Trusts,
): ClientIdentity | undefined {
  const told = last(forwarded.host);
  const toldAuthority = told === undefined ? undefined : readAuthority(told);
  const trusting = [toldAuthority, authority].find((one) => one !== undefined && trusts(one.host, peer));
  if (trusting === undefined) return { client: peer, scheme: "http", authority };
  if (told !== undefined && toldAuthority === undefined) return undefined;
  const isTrusted = (address: string) => trusts(trusting.host, address);
  return {
    client: clientOf(peer, listed(forwarded.for), isTrusted),
    scheme: /^(?:https|wss)$/i.test(last(forwarded.proto) ?? "") ? "https" : "http",
    authority: toldAuthority ?? authority,
  };
}

function clientOf(peer: string, told: readonly string[], isTrusted: (address: string) => boolean): string {
  let client = peer;
  for (const entry of [...told].reverse()) {
    const address = addressIn(entry);
    // What stands before it nobody vouches for.
    if (address === undefined) return client;
    client = address;
    if (!isTrusted(address)) return client;
  }
  return client;
}

/** `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]:4711`. */
function addressIn(entry: string): string | undefined {
  const bracketed = /^\[([^\]]*)\](?::\d+)?$/.exec(entry)?.[1];
  const withPort = /^([\d.]+):\d+$/.exec(entry)?.[1];
  const address = plainAddress(bracketed ?? withPort ?? entry);
  return isIP(address) > 0 ? address : undefined;
}

function last(values: readonly string[]): string | undefined {
  return listed(values).at(-1);
}

function listed(values: readonly string[]): string[] {
  return values.flatMap((value) => value.split(",").map((one) => one.trim())).filter((one) => one !== "");
}
