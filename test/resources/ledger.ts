import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { failed, ok, type Result } from "../../src/errors/result.ts";
import type { Made, ResourceContext, ResourceHost } from "../../src/resources/resource.ts";
import { Secret, type Secrets } from "../../src/secrets/secret.ts";

/** A place for resources below a folder, with passwords that are the same for the same folder. */
export function testHost(folder: string, project = "shop"): ResourceHost {
  const [resources, snapshots] = ["resources", "snapshots"].map((name) => join(folder, name)) as [string, string];
  for (const path of [resources, snapshots]) mkdirSync(path, { recursive: true, mode: 0o700 });
  const derive = (purpose: string) => new Secret(createHash("sha256").update(`${folder}\0${purpose}`).digest("hex"));
  return { project, folder: resources, snapshots, derive };
}

/** What an environment's ledger has of one resource, and what became of it. */
export class TestLedger {
  made: Made | undefined;
  readonly notes: Made[] = [];
  readonly said: string[] = [];
  /** The note that is refused, counted from 1, as by a lease that was lost. */
  refuseAt = Number.POSITIVE_INFINITY;
  readonly #host: ResourceHost;
  readonly #environment: string;
  readonly #secrets: Secrets;

  constructor(host: ResourceHost, environment: string, secrets: Secrets = new Map()) {
    this.#host = host;
    this.#environment = environment;
    this.#secrets = secrets;
  }

  /** For one call of the provider. */
  context(): ResourceContext {
    const known = this.made === undefined ? {} : { made: this.made };
    return {
      ...this.#host,
      ...known,
      environment: this.#environment,
      secrets: this.#secrets,
      note: (made) => Promise.resolve(this.#note(made)),
      say: (text) => void this.said.push(text),
      signal: new AbortController().signal,
    };
  }

  #note(made: Made): Result<void> {
    this.notes.push(made);
    if (this.notes.length >= this.refuseAt)
      return failed({ code: "stale-writer", message: "The lease is somebody else's" });
    // What is kept is plain JSON.
    this.made = JSON.parse(JSON.stringify(made));
    return ok();
  }
}

/** The value of a result that must be one. */
export function got<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.failures, null, 2));
  return result.value;
}
