import * as v from "valibot";
import { failureSchema, failuresSchema } from "../../../errors/failure-schema.ts";
import { environmentName } from "../../../records/parts.ts";
import { latencyBoundsMs } from "../../gateway.ts";
import { environmentRoutes, token } from "../tables/schema.ts";

/**
 * The control socket speaks HTTP: `POST /v3/<verb>` with a JSON body, answered by a `Result` in JSON. Every answer
 * that is a `Result` has status 200, failures included.
 */
export const controlPrefix = "/v3/";

/** What the version before this one answers. */
export const olderPrefix = "/v2/";

/** More is not read, on either side. */
export const controlLimitBytes = 8 * 1024 * 1024;

const milliseconds = v.pipe(v.number(), v.minValue(0), v.maxValue(24 * 3_600_000));

const internalAddresses = v.array(
  v.object({
    service: v.string(),
    deployment: v.pipe(v.number(), v.integer()),
    address: v.pipe(v.string(), v.regex(/:[1-9]\d{0,4}$/)),
  }),
);

/** The bodies of the requests. */
export const controlRequests = {
  /** `ports`: where the other process of the gateway has the internal routes. */
  apply: v.strictObject({ routes: environmentRoutes, ports: v.exactOptional(internalAddresses) }),
  remove: v.strictObject({ environment: environmentName, token }),
  observe: v.strictObject({}),
  drain: v.strictObject({
    instances: v.pipe(v.array(v.string()), v.maxLength(10_000)),
    limitMs: milliseconds,
    environment: v.optional(environmentName),
  }),
  stop: v.strictObject({ limitMs: milliseconds }),
} as const;

export type ControlVerb = keyof typeof controlRequests;

const count = v.pipe(v.number(), v.integer());

const observation = v.object({
  processes: v.pipe(v.array(v.object({ pid: count, since: count })), v.minLength(1)),
  environments: v.array(environmentRoutes),
  removed: v.array(v.object({ environment: v.string(), token })),
  instances: v.array(
    v.object({
      environment: v.string(),
      instance: v.string(),
      release: v.string(),
      deployment: count,
      internal: v.boolean(),
      since: count,
      requests: count,
      serverErrors: count,
      connectErrors: count,
      brokeOff: count,
      underWay: count,
      latency: v.pipe(v.array(count), v.length(latencyBoundsMs.length + 1)),
    }),
  ),
  substitutes: v.exactOptional(
    v.array(
      v.object({
        environment: v.string(),
        instance: v.string(),
        status: count,
        rule: v.string(),
        times: count,
        lastAt: count,
      }),
    ),
  ),
  problems: v.exactOptional(
    v.array(
      v.object({
        ...failureSchema.entries,
        environment: v.string(),
        about: v.picklist(["table", "listen", "internal"]),
      }),
    ),
  ),
});

const applied = v.object({
  internal: internalAddresses,
});

const nothing = v.optional(v.undefined());

/** The values of successful answers. */
export const controlValues = {
  apply: applied,
  remove: nothing,
  observe: observation,
  drain: v.object({ left: count }),
  stop: v.object({ pid: count }),
} as const;

/** What this version needs to know of the one before it, to take its place. */
export const olderValues = {
  observe: v.object({ processes: v.pipe(v.array(v.object({ pid: count })), v.minLength(1)) }),
  stop: v.object({ pid: count }),
} as const;

export const controlFailure = v.object({
  ok: v.literal(false),
  failures: failuresSchema,
});
