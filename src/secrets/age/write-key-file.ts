import { failed, ok, type Result } from "../../errors/result.ts";
import { fileFailure } from "../../files/file-failure.ts";
import { readIfThere } from "../../files/read-if-there.ts";
import { writeFileAtomic } from "../../files/write-atomic.ts";
import type { Identity } from "./identity.ts";

/**
 * Adds an identity to a key file, in the form of `age-keygen`; keys that are in it stay. The file is readable for its
 * user only, also when it was open to others before. Atomic.
 */
export function addToKeyFile(path: string, identity: Identity, now: Date): Result<void> {
  try {
    const before = readIfThere(path)?.toString("utf8") ?? "";
    const gap = before === "" || before.endsWith("\n") ? "" : "\n";
    writeFileAtomic(path, before + gap + describe(identity, now), 0o600);
    return ok();
  } catch (error) {
    const failure = fileFailure(error, path);
    if (failure === undefined) throw error;
    return failed(failure);
  }
}

function describe({ recipient, key }: Identity, now: Date): string {
  return `# created: ${now.toISOString().slice(0, 19)}Z\n# public key: ${recipient}\n${key.reveal()}\n`;
}
