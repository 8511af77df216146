import * as v from "valibot";
import { command, milliseconds, name } from "./parts.ts";

const urlPath = v.custom<`/${string}`>((input) => typeof input === "string" && input.startsWith("/"));
const names = v.pipe(v.array(name), v.readonly());
const folderOrFile = v.pipe(v.string(), v.regex(/^(?!\/)(?!(.*\/)?\.\.?(\/|$))([^/\0]+\/)*([^/\0]+\/?)$/));

/** `cpu`: of processors, 0.5 is half of one. */
export const serviceLimits = v.strictObject({
  memoryBytes: v.exactOptional(v.pipe(v.number(), v.safeInteger(), v.minValue(1))),
  cpu: v.exactOptional(v.pipe(v.number(), v.minValue(0))),
});

/** Resources that a service uses, by the environment variable that says the output. */
export const serviceUses = v.pipe(
  v.record(v.string(), v.strictObject({ resource: name, output: v.string() })),
  v.readonly(),
);

/**
 * A service with every default filled in: what a release says of it, and what a deployment runs. This is the one list of a
 * service's fields below the definition; the release's manifest and the deployment's spec are made of it.
 */
export const serviceFields = {
  run: command,
  /** Path that answers 2xx once it can take requests. Absent: it is healthy once its port accepts connections. */
  health: v.exactOptional(urlPath),
  healthTimeoutMs: milliseconds,
  migrate: v.exactOptional(command),
  /** Absent: `defaultMigrateTimeoutMs`. */
  migrateTimeoutMs: v.exactOptional(milliseconds),
  /** `"internal"`: other services of the release alone can reach it; false: it takes no requests. */
  route: v.union([urlPath, v.literal("internal"), v.literal(false)]),
  /** Labels in front of the environment's host name. Absent: the environment's own host name. */
  host: v.exactOptional(
    v.pipe(v.string(), v.regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/)),
  ),
  /** Services that come up before it and go after it; it gets the addresses of those that listen. Absent: none. */
  needs: v.exactOptional(names),
  /**
   * Folders of the release, each ending in `/`, and files that are the environment's: what is written there stays. Absent:
   * none.
   */
  writes: v.exactOptional(v.pipe(v.array(folderOrFile), v.readonly())),
  /** Instances, unless an environment says otherwise. */
  replicas: v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(1_000)),
  /** Absent: `defaultDrainTimeoutMs`. */
  drainTimeoutMs: v.exactOptional(milliseconds),
  graceMs: milliseconds,
  /** Its processes get the config as a private JSON file: besides the variables, or instead of them. Absent: no file. */
  configFile: v.exactOptional(v.picklist(["besides", "only"])),
  /** Resources that it uses, by the environment variable that says the output. Absent: none. */
  uses: v.exactOptional(serviceUses),
  /** What each instance may use at most. Absent: no limit. */
  limits: v.exactOptional(serviceLimits),
  /** The Node that its project says, as a range of npm's grammar. Absent: whichever there is. */
  node: v.exactOptional(v.string()),
  /** Whether previews run it. Absent: those that take requests. */
  inPreviews: v.exactOptional(v.boolean()),
  /** Whether rehearsals run it. Absent: as in previews. */
  inRehearsal: v.exactOptional(v.boolean()),
};

const serviceRecord = v.strictObject(serviceFields);

export type ServiceRecord = Readonly<v.InferOutput<typeof serviceRecord>>;
