import { appendFileSync, renameSync, statSync } from "node:fs";
import { redactDeep } from "../../secrets/redaction/redact.ts";
import type { Secret } from "../../secrets/secret.ts";

/** The older half of a log is thrown away beyond twice this. */
const limitBytes = 1024 * 1024;

/** The agent's log: a JSON object per line, the one before kept beside it as `.1`. Never throws. */
export class AgentLog {
  readonly #path: string;
  #secrets: () => readonly Secret[] = () => [];

  constructor(path: string) {
    this.#path = path;
  }

  /** A failure or an error may quote what a service wrote: from now on these are hidden in every line. */
  hide(secrets: () => readonly Secret[]): void {
    this.#secrets = secrets;
  }

  write(what: object): void {
    try {
      rotateLog(this.#path);
      const line = { at: new Date().toISOString(), ...redactDeep(what, this.#secrets()) };
      appendFileSync(this.#path, `${JSON.stringify(line)}\n`, { mode: 0o600 });
    } catch {
      // A full disk, or the folder is gone: there is nowhere left to say it.
    }
  }

  /** A bug that was met: worth a line, not worth ending what looks after production. */
  readonly unexpected = (error: unknown): void => {
    this.write({ unexpected: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  };
}

/** Puts a log that has grown too long aside. @throws the system's error. */
export function rotateLog(path: string): void {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size > limitBytes) renameSync(path, `${path}.1`);
}
