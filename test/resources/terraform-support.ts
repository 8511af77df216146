import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { TestContext } from "vitest";
import type { Result } from "../../src/errors/result.ts";
import { ok } from "../../src/errors/result.ts";
import type { Made, ResourceContext } from "../../src/resources/resource.ts";
import type { TerraformSpec } from "../../src/resources/terraform/kind.ts";
import { Secret } from "../../src/secrets/secret.ts";

export function hasTerraform(): boolean {
  const isThere = (folder: string) => ["terraform", "tofu"].some((name) => existsSync(join(folder, name)));
  return (process.env.PATH ?? "").split(delimiter).some(isThere);
}

/** Terraform is in no Debian: a test of the real program is left out where it is not, also where all others must run. */
export function requireTerraform(context: TestContext): void {
  if (!hasTerraform()) context.skip("terraform is not installed, and Debian does not have it");
}

/** An environment's ledger and what it says, for one resource. */
export class Ledger {
  readonly said: string[] = [];
  readonly noted: Made[] = [];
  readonly #folder: string;
  made: Made | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** `signal`: aborts what is under way. `onSay`: hears what it says while it says it. */
  context(more: { readonly signal?: AbortSignal; readonly onSay?: (text: string) => void } = {}): ResourceContext {
    return {
      project: "shop",
      folder: this.#folder,
      snapshots: join(this.#folder, "snapshots"),
      derive: (purpose) => new Secret(purpose),
      environment: "staging",
      ...(this.made !== undefined && { made: this.made }),
      secrets: new Map([["TOKEN", new Secret("hunter2-hunter2")]]),
      note: async (made): Promise<Result<void>> => {
        this.noted.push(made);
        this.made = made;
        return ok();
      },
      say: (text) => {
        this.said.push(text);
        more.onSay?.(text);
      },
      signal: more.signal ?? new AbortController().signal,
    };
  }
}

export function specIn(dir: string, variables: Readonly<Record<string, string>> = {}): TerraformSpec {
  return { resource: "terraform", name: "infra", dir, variables };
}
