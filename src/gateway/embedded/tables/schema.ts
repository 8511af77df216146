import { isIP } from "node:net";
import * as v from "valibot";
import { environmentName } from "../../../records/parts.ts";
import type { EnvironmentRoutes } from "../../gateway.ts";
import { isNetwork } from "../../networks.ts";
import { readAddress } from "./address.ts";

export const token = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
export const identifier = v.pipe(v.string(), v.minLength(1), v.maxLength(200));
export const port = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535));
export const deploymentNumber = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const hostName = v.pipe(v.string(), v.maxLength(253), v.regex(/^[a-z0-9._-]+$/));

/** A name or an IP address to connect to or listen on. */
export const connectHost = v.union([
  hostName,
  v.pipe(
    v.string(),
    v.check((text) => isIP(text) > 0),
  ),
]);

/** What stands in a Host header, without its port. */
export const requestHost = v.union([hostName, v.pipe(v.string(), v.regex(/^\[[0-9a-f:.]+\]$/))]);
export const routePrefix = v.custom<`/${string}`>(
  (text) => typeof text === "string" && /^\/[^?#\s]{0,1000}$/.test(text),
);
export const listenAddress = v.strictObject({ host: connectHost, port });

const address = v.pipe(
  v.string(),
  v.maxLength(300),
  v.check((text) => readAddress(text) !== undefined, "An address is host:port."),
);
const backends = v.pipe(v.array(v.strictObject({ instance: identifier, address })), v.maxLength(1_000));
const pool = v.strictObject({
  deployment: deploymentNumber,
  release: identifier,
  share: v.pipe(v.number(), v.finite(), v.minValue(0), v.maxValue(1e9)),
  backends,
});
const route = v.strictObject({
  host: v.exactOptional(requestHost),
  prefix: routePrefix,
  pools: v.pipe(v.array(pool), v.maxLength(100)),
});
const internalRoute = v.strictObject({
  service: identifier,
  deployment: deploymentNumber,
  release: identifier,
  backends,
});

export const environmentRoutes = v.strictObject({
  environment: environmentName,
  token,
  listen: listenAddress,
  trustProxies: v.exactOptional(v.pipe(v.array(v.pipe(v.string(), v.check(isNetwork))), v.maxLength(1_000))),
  hosts: v.pipe(v.array(requestHost), v.maxLength(1_000)),
  routes: v.pipe(v.array(route), v.maxLength(1_000)),
  internal: v.pipe(
    v.array(internalRoute),
    v.maxLength(1_000),
    v.check(
      (routes) => new Set(routes.map((one) => `${one.deployment} ${one.service}`)).size === routes.length,
      "A service of a deployment has one internal route.",
    ),
  ),
}) satisfies v.GenericSchema<unknown, EnvironmentRoutes>;
