import { readFileSync } from "node:fs";
import { join } from "node:path";
import { failed, ok, type Result } from "../../../errors/result.ts";
import { Secret } from "../../secret.ts";
import type { VaultSource } from "../../source.ts";

type Variables = Readonly<Record<string, string | undefined>>;

/** How to reach a Vault and who asks. */
export interface VaultLogin {
  /** Without a slash at its end. May hold a user and a password: for requests only. */
  readonly address: string;
  /** The address as it may be told. */
  readonly shownAddress: string;
  readonly namespace?: string;
  readonly token: Secret;
  readonly tls: VaultTls;
}

/** What Vault's own program takes from its environment for the connection. */
export interface VaultTls {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly servername?: string;
}

/**
 * The same as Vault's and OpenBao's programs: address and token from VAULT_… or BAO_… variables, the token else from
 * `~/.vault-token`.
 */
export function vaultLogin(source: VaultSource, variables: Variables): Result<VaultLogin> {
  const address = source.address ?? either(variables, "ADDR");
  if (address === undefined)
    return problem("The address of Vault is unknown", "Set VAULT_ADDR, or `address` in vault({ … }).");
  if (!/^https?:\/\//.test(address) || !URL.canParse(address)) {
    return problem("VAULT_ADDR is not an address", "Write it like https://vault.example.com:8200.");
  }
  const token = either(variables, "TOKEN") ?? tokenFile(variables.HOME);
  if (token === undefined || !/^[\x21-\x7e]+$/.test(token)) {
    return problem("There is no Vault token", "Run `vault login`, or set VAULT_TOKEN.");
  }
  const namespace = source.namespace ?? either(variables, "NAMESPACE");
  const tls = tlsOf(variables);
  if (!tls.ok) return tls;
  return ok({
    address: address.replace(/\/+$/, ""),
    shownAddress: withoutUser(address).replace(/\/+$/, ""),
    ...(namespace !== undefined && { namespace }),
    token: new Secret(token),
    tls: tls.value,
  });
}

function withoutUser(address: string): string {
  const url = new URL(address);
  if (url.username === "" && url.password === "") return address;
  url.username = "";
  url.password = "";
  return url.href;
}

function either(variables: Variables, name: string): string | undefined {
  return variables[`VAULT_${name}`] || variables[`BAO_${name}`] || undefined;
}

function tokenFile(home: string | undefined): string | undefined {
  if (home === undefined) return undefined;
  try {
    return readFileSync(join(home, ".vault-token"), "utf8").trim();
  } catch {
    return undefined;
  }
}

function tlsOf(variables: Variables): Result<VaultTls> {
  const files = {
    ca: either(variables, "CACERT"),
    cert: either(variables, "CLIENT_CERT"),
    key: either(variables, "CLIENT_KEY"),
  };
  const servername = either(variables, "TLS_SERVER_NAME");
  const read: Record<string, string> = servername === undefined ? {} : { servername };
  for (const [name, path] of Object.entries(files)) {
    if (path === undefined) continue;
    try {
      read[name] = readFileSync(path, "utf8");
    } catch {
      return problem(
        `The certificate file ${path} cannot be read`,
        "Check VAULT_CACERT, VAULT_CLIENT_CERT and VAULT_CLIENT_KEY.",
      );
    }
  }
  return ok(read);
}

function problem(cause: string, hint: string) {
  return failed({ code: "secret-unreadable", message: cause, hint });
}
