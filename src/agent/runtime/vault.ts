import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { failed, ok, type Result } from "../../errors/result.ts";
import { fileFailure } from "../../files/file-failure.ts";
import { readTextIfThere } from "../../files/read-if-there.ts";
import { writeFileAtomic } from "../../files/write-atomic.ts";
import { seal, unseal } from "../../secrets/seal.ts";
import type { Secret, Secrets } from "../../secrets/secret.ts";

/**
 * Secret values of deployments, encrypted on disk, so that instances can be restarted and rolled back to without
 * asking for the values again. The key is in the runtime folder: a copy of the state folder alone reveals nothing.
 */
export class Vault {
  readonly #folder: string;
  readonly #key: Uint8Array;
  /** By deployment. */
  readonly #revealed = new Map<number, Secrets>();

  constructor(folder: string, key: Uint8Array) {
    this.#folder = folder;
    this.#key = key;
  }

  put(deployment: number, secrets: Secrets): Result<void> {
    try {
      writeFileAtomic(this.#path(deployment), seal(secrets, this.#key), 0o600);
      return ok();
    } catch (error) {
      const failure = fileFailure(error, this.#path(deployment));
      if (failure === undefined) throw error;
      return failed(failure);
    }
  }

  /** Fails with `secret-unreadable` when the values are gone, damaged, or of an earlier start of the machine. */
  get(deployment: number, environment: string): Result<Secrets> {
    const path = this.#path(deployment);
    // What cannot be read is as good as gone.
    const secrets = unseal(readTextIfThere(path, { forgive: "everything" }) ?? "", this.#key);
    if (secrets.ok) {
      this.#revealed.set(deployment, secrets.value);
      return secrets;
    }
    return failed({
      code: "secret-unreadable",
      message: `The secrets of deployment ${deployment} to ${environment} cannot be read any more`,
      cause: "They are kept only for the latest deployments, under a key that is lost when the machine restarts.",
      hint: `Deploy again with the secrets at hand: tidegate deploy ${environment}`,
    });
  }

  forget(deployment: number): void {
    this.#revealed.delete(deployment);
    rmSync(this.#path(deployment), { force: true });
  }

  /** The deployments of which something is kept, of all environments. */
  kept(): readonly number[] {
    if (!existsSync(this.#folder)) return [];
    return readdirSync(this.#folder)
      .filter((name) => /^[0-9]+$/.test(name))
      .map(Number);
  }

  /** Every value that was taken out and is not forgotten: what must not stand in anything that is written down. */
  get revealed(): readonly Secret[] {
    return [...this.#revealed.values()].flatMap((secrets) => [...secrets.values()]);
  }

  /** Whether no secrets are kept at all. */
  get isEmpty(): boolean {
    return !existsSync(this.#folder) || readdirSync(this.#folder).length === 0;
  }

  #path(deployment: number): string {
    return join(this.#folder, String(deployment));
  }
}
