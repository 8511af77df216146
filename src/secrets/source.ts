/**
 * Where the definition says that a secret comes from. In its texts `{environment}` stands for the environment's name
 * (`shared` for a secret that all environments share), `{key}` for the config key.
 */
export type SecretSource = CommandSource | VaultSource | VariableSource;

/** What a program prints, without the line ending at its end. */
export interface CommandSource {
  readonly kind: "secretSource";
  readonly source: "command";
  /** Words, never given to a shell. The program is looked up in PATH. */
  readonly run: readonly [string, ...string[]];
  /** Default: 30 s. */
  readonly timeoutMs?: number;
}

/** A field of a secret in HashiCorp Vault or OpenBao, in a key/value engine of version 2. */
export interface VaultSource {
  readonly kind: "secretSource";
  readonly source: "vault";
  /** The engine's mount, then the secret: `kv/app-{environment}`. */
  readonly path: string;
  /** Default: the config key. */
  readonly field?: string;
  /** The part of `path` where the engine is mounted. Default: up to the first slash. */
  readonly mount?: string;
  /** Default: VAULT_ADDR or BAO_ADDR. */
  readonly address?: string;
  /** Default: VAULT_NAMESPACE or BAO_NAMESPACE. */
  readonly namespace?: string;
  /** Default: the newest. */
  readonly version?: number;
}

/** An environment variable of whoever calls Tidegate; `{environment}` is in capitals, with `_` for `-`. */
export interface VariableSource {
  readonly kind: "secretSource";
  readonly source: "variable";
  readonly name: string;
}
