import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { failed, ok, type Result } from "../errors/result.ts";
import { fileFailure } from "../files/file-failure.ts";
import { writeFileAtomic } from "../files/write-atomic.ts";
import { seal, unseal } from "../secrets/seal.ts";
import { Secret } from "../secrets/secret.ts";

/**
 * Secret values of deployments, encrypted on disk, so that instances can be restarted and rolled back to without
 * asking for the values again. The key is in the runtime folder: a copy of the state folder alone reveals nothing.
 */
export class Vault {
  readonly #folder: string;
  readonly #key: Uint8Array;

  constructor(folder: string, key: Uint8Array) {
    this.#folder = folder;
    this.#key = key;
  }

  put(deployment: number, values: Readonly<Record<string, string>>): Result<void> {
    try {
      writeFileAtomic(this.#path(deployment), seal(values, this.#key), 0o600);
      return ok();
    } catch (error) {
      const failure = fileFailure(error, this.#path(deployment));
      if (failure === undefined) throw error;
      return failed(failure);
    }
  }

  /** Fails with `secret-unreadable` when the values are gone, damaged, or of an earlier start of the machine. */
  get(deployment: number, environment: string): Result<ReadonlyMap<string, Secret>> {
    const path = this.#path(deployment);
    const values = existsSync(path) ? unseal(readFileSync(path, "utf8"), this.#key) : undefined;
    if (values?.ok) return ok(new Map(Object.entries(values.value).map(([name, value]) => [name, new Secret(value)])));
    return failed({
      code: "secret-unreadable",
      message: `The secrets of deployment ${deployment} to ${environment} cannot be read any more`,
      cause: "Their key does not outlive the machine's uptime.",
      hint: `Deploy again with the secrets at hand: tidegate deploy ${environment}`,
    });
  }

  forget(deployment: number): void {
    rmSync(this.#path(deployment), { force: true });
  }

  #path(deployment: number): string {
    return join(this.#folder, String(deployment));
  }
}
