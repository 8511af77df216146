import { isIP } from "node:net";
import * as v from "valibot";
import type { EnvironmentRoutes } from "../../gateway.ts";

/** Environment names are file names. */
export const environmentName = v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/));
export const token = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const identifier = v.pipe(v.string(), v.minLength(1), v.maxLength(200));
const port = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535));
const hostName = v.pipe(v.string(), v.maxLength(253), v.regex(/^[a-z0-9._-]+$/));
const address = v.union([
  hostName,
  v.pipe(
    v.string(),
    v.check((text) => isIP(text) > 0),
  ),
]);

const backend = v.strictObject({ instance: identifier, host: address, port });
const pool = v.strictObject({
  release: identifier,
  weight: v.pipe(v.number(), v.finite(), v.minValue(0), v.maxValue(1e9)),
  backends: v.pipe(v.array(backend), v.maxLength(1_000)),
});
const prefix = v.custom<`/${string}`>((text) => typeof text === "string" && /^\/[^?#\s]{0,1000}$/.test(text));
const route = v.strictObject({ prefix, pools: v.pipe(v.array(pool), v.maxLength(100)) });

export const environmentRoutes = v.strictObject({
  environment: environmentName,
  token,
  listen: v.strictObject({ host: address, port }),
  hosts: v.pipe(v.array(v.union([hostName, v.pipe(v.string(), v.regex(/^\[[0-9a-f:.]+\]$/))])), v.maxLength(1_000)),
  routes: v.pipe(v.array(route), v.maxLength(1_000)),
}) satisfies v.GenericSchema<unknown, EnvironmentRoutes>;
