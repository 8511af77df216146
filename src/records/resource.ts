import * as v from "valibot";
import { failureSchema } from "../errors/failure-schema.ts";
import { ok, type Result } from "../errors/result.ts";
import { codec } from "./codec.ts";
import { command, environmentName, index, milliseconds, name, snapshotReason, texts } from "./parts.ts";

const backup = v.strictObject({
  /** Absent: only before migrations and when asked for. */
  everyMs: v.exactOptional(milliseconds),
  keep: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  maxAgeMs: milliseconds,
  /** Absolute; absent: no copies. */
  to: v.exactOptional(v.string()),
});

/** The name of the secret that holds the URL of what somebody else looks after. */
const external = v.exactOptional(v.strictObject({ url: v.string() }));

/** What an environment wants to have, with every default filled in. One kind of resource, one variant. */
export const resourceSpecSchema = v.variant("resource", [
  v.strictObject({ resource: v.literal("postgres"), name, version: v.string(), external, backup }),
  v.strictObject({ resource: v.literal("folder"), name, backup }),
  v.strictObject({
    resource: v.literal("terraform"),
    name,
    /** Absolute. */
    dir: v.string(),
    program: v.exactOptional(v.picklist(["terraform", "tofu"])),
    variables: texts,
    /** Of the program's environment; absent: only what every program needs. */
    env: v.exactOptional(texts),
  }),
]);

export type ResourceSpec = v.InferOutput<typeof resourceSpecSchema>;
export type BackupSpec = v.InferOutput<typeof backup>;

/**
 * An environment that was made: what is known of it besides what it serves. `preview`: it is none of the definition's; it was
 * made like `from` and ends by itself.
 */
export const environmentAboutSchema = v.strictObject({
  createdAt: milliseconds,
  /** Who made it, as people are told. */
  owner: v.exactOptional(v.string()),
  /** Whether all of it is there. `creating`: it was begun; `env create` goes on. `destroying`: `env destroy` goes on. */
  state: v.picklist(["creating", "ready", "destroying"]),
  protected: v.boolean(),
  resources: v.array(resourceSpecSchema),
  preview: v.exactOptional(
    v.strictObject({
      from: environmentName,
      branch: v.exactOptional(v.string()),
      /** The checkout that it was made from: where git is asked for the branch. Absolute. */
      folder: v.exactOptional(v.string()),
      /** It is a rehearsal of `from`, which ends with the agent that holds it. */
      rehearses: v.exactOptional(v.literal(true)),
      ttlMs: milliseconds,
      /** Milliseconds since 1970. */
      endsAt: milliseconds,
      /** When its seed has run to a good end; absent: it has not, or there is none. Milliseconds since 1970. */
      seededAt: v.exactOptional(milliseconds),
      data: v.union([v.picklist(["empty", "snapshot"]), v.strictObject({ seed: command })]),
      /** It is to go, and that failed so many times in a row. `againAt`: when it is tried next. Milliseconds since 1970. */
      unended: v.exactOptional(
        v.strictObject({ at: milliseconds, tries: index, againAt: milliseconds, failure: failureSchema }),
      ),
    }),
  ),
});

/** See `environmentAboutSchema`. */
export const environmentAboutCodec = codec({ version: 1, schema: environmentAboutSchema });

export type EnvironmentAbout = v.InferOutput<typeof environmentAboutSchema>;

/** When, why and of what a snapshot was made. What of it lies where is its resource's own. */
export const snapshotCodec = codec({
  version: 1,
  schema: v.strictObject({
    resource: name,
    kind: v.picklist(["postgres", "folder"]),
    at: milliseconds,
    because: snapshotReason,
    /** The deployment whose migration it was made before. */
    deployment: v.exactOptional(index),
    bytes: index,
    /** Of the server that it was made from; absent for folders. */
    version: v.exactOptional(v.string()),
    /** A file or folder below the state's snapshots; or the name of a database. */
    place: v.strictObject({ kind: v.picklist(["dump", "database", "folder"]), name: v.string() }),
    /** When a restore of it was last tried, and how that ended; absent: never. */
    rehearsed: v.exactOptional(v.strictObject({ at: milliseconds, ok: v.boolean(), ms: milliseconds })),
  }),
});

export type SnapshotAbout = Extract<ReturnType<typeof snapshotCodec.decode>, { ok: true }>["value"];

/** A snapshot that there is. */
export interface KnownSnapshot extends SnapshotAbout {
  readonly id: number;
}

/** Of the store's records. Fails with `state-newer` or `state-damaged` when one is not understood: then none is touched. */
export function decodeSnapshots(
  records: readonly { readonly id: number; readonly document: unknown }[],
): Result<KnownSnapshot[]> {
  const known: KnownSnapshot[] = [];
  for (const { id, document } of records) {
    const about = snapshotCodec.decode(document, `What is known of snapshot ${id}`);
    if (!about.ok) return about;
    known.push({ id, ...about.value });
  }
  return ok(known);
}

const begun = v.variant("work", [
  v.strictObject({
    work: v.literal("snapshot"),
    /** As the provider was told. */
    name: v.string(),
    at: milliseconds,
    because: snapshotReason,
    deployment: v.exactOptional(index),
  }),
  v.strictObject({ work: v.literal("restore"), snapshot: index }),
]);

/**
 * One resource of an environment in the ledger. What it says was written before it was done: after a kill it tells how far
 * that came, and what is to be finished.
 */
export const ledgerCodec = codec({
  version: 1,
  schema: v.strictObject({
    spec: resourceSpecSchema,
    /** `creating`: some of it may be there. `destroying`: some of it may be gone. */
    state: v.picklist(["creating", "ready", "destroying"]),
    /** The provider's own names of what may be there. Absent: nothing was begun. */
    made: v.exactOptional(v.record(v.string(), v.unknown())),
    /** What was begun and has not ended. */
    begun: v.exactOptional(begun),
    /** How the last scheduled backup ended. Absent: there was none. */
    backup: v.exactOptional(v.strictObject({ at: milliseconds, problem: v.exactOptional(v.string()) })),
  }),
});

export type LedgerEntry = Extract<ReturnType<typeof ledgerCodec.decode>, { ok: true }>["value"];
export type BegunWork = NonNullable<LedgerEntry["begun"]>;
