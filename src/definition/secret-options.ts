import type { Duration } from "../errors/duration.ts";
import type { CommandSource, VariableSource, VaultSource } from "../secrets/source.ts";

/** The value is what a program prints. */
export interface SecretCommand extends Omit<CommandSource, "timeoutMs"> {
  /** Default: 30s. */
  readonly timeout?: Duration;
}

/** The value is a field of a secret in HashiCorp Vault or OpenBao. */
export type SecretVault = VaultSource;

/** The value is in an environment variable. */
export type SecretVariable = VariableSource;

/** Where a secret comes from: what `command(…)`, `vault(…)` or `variable(…)` built. */
export type SecretFrom = SecretCommand | SecretVault | SecretVariable;

export interface VaultOptions extends Omit<VaultSource, "kind" | "source" | "address"> {
  /** Where Vault answers. Default: VAULT_ADDR or BAO_ADDR. */
  readonly address?: `http://${string}` | `https://${string}`;
}

export interface SecretOptions {
  /** Default: the environment's secrets file, else the environment variable `<ENVIRONMENT>_<KEY>`. */
  readonly from?: SecretFrom;
}

/** Where the project's secrets files are. */
export interface SecretFiles {
  /**
   * Relative to the project; `{environment}` stands for the environment's name, and for `shared`. Ends in .yaml, .yml, .json
   * or .env. Default: `secrets/{environment}` with any of these.
   */
  readonly path: `${string}{environment}${string}`;
}
