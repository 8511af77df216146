import type { Identity, KeyLookup } from "@tidegate/sops";
import { failed, ok, type Result } from "../../errors/result.ts";
import { fileFailure } from "../../files/file-failure.ts";
import { readIfThere } from "../../files/read-if-there.ts";
import { writeFileAtomic } from "../../files/write-atomic.ts";

/** Whose keys count beside those that SOPS would find: one file per environment. */
export interface KeysOf {
  readonly name: string;
  readonly environments: readonly string[];
}

/** Who asks: with which variables, and from where. */
export interface Asker {
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly folder: string;
  readonly signal?: AbortSignal;
}

/** Where keys are looked for. Without `own` only the user's keys count. Whatever a key command starts is ended with it. */
export function keyLookup({ variables, folder, signal }: Asker, own?: KeysOf): KeyLookup {
  return {
    variables,
    folder,
    platform: process.platform,
    // Few have a key command.
    run: async (command) => (await import("../command/run-for-value.ts")).runForValue(command),
    ...(signal && { signal }),
    ...(own && { configFiles: own.environments.map((environment) => ownKeyFile(own.name, environment)) }),
  };
}

/** The file with the key of one environment of a project, in the folder of the user's settings. */
export function ownKeyFile(project: string, environment: string): string {
  return `tidegate/keys/${fileName(project)}/${fileName(environment)}.txt`;
}

/** A project may be named `@team/app`; no name leads out of the folder. */
function fileName(name: string): string {
  return encodeURIComponent(name.toWellFormed()).replace(/^\.+/, (dots) => "%2E".repeat(dots.length));
}

/**
 * Adds an identity to a key file; keys that are in it stay. The file is readable for its user only, also when it was open
 * to others before. Atomic.
 */
export async function addToKeyFile(path: string, identity: Identity, now: Date): Promise<Result<void>> {
  const { withIdentity } = await import("@tidegate/sops");
  try {
    const before = readIfThere(path)?.toString("utf8") ?? "";
    writeFileAtomic(path, withIdentity(before, identity, now), 0o600);
    return ok();
  } catch (error) {
    const failure = fileFailure(error, path);
    if (failure === undefined) throw error;
    return failed(failure);
  }
}
