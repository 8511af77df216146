import * as v from "valibot";
import { environmentName } from "../../../records/parts.ts";
import type { EnvironmentRoutes } from "../../gateway.ts";
import {
  connectHost,
  deploymentNumber,
  environmentRoutes,
  identifier,
  listenAddress,
  port,
  requestHost,
  routePrefix,
  token,
} from "./schema.ts";

/** What the gateway keeps of an environment. */
export interface StoredTable {
  readonly environment: string;
  /** The highest token seen for it. */
  readonly token: number;
  /** Absent: the environment was removed; the token is all that is left of it. */
  readonly table?: EnvironmentRoutes;
  /** Where its internal routes are reached. */
  readonly ports: readonly InternalPort[];
}

export interface InternalPort {
  readonly service: string;
  readonly deployment: number;
  readonly port: number;
}

/**
 * The version of the format. Whatever a later one has, it has `version`, `environment` and `token` at its top, so that
 * this version knows whose it is and which writers are stale.
 */
const formatVersion = 3;

const current = v.pipe(
  v.strictObject({
    // 2 is the same without proxies that are trusted.
    version: v.picklist([2, formatVersion]),
    environment: environmentName,
    token,
    table: v.exactOptional(environmentRoutes),
    ports: v.array(v.strictObject({ service: identifier, deployment: deploymentNumber, port })),
  }),
  v.check(
    ({ environment, token: highest, table }) =>
      table === undefined || (table.environment === environment && table.token === highest),
    "Its table is another environment's, or another writer's.",
  ),
  v.check(
    ({ table, ports }) =>
      (table?.internal ?? []).every(({ service, deployment }) =>
        ports.some((one) => one.service === service && one.deployment === deployment),
      ),
    "An internal route has no port.",
  ),
);

const newer = v.object({
  version: v.pipe(v.number(), v.minValue(formatVersion + 1)),
  token: v.exactOptional(v.fallback(token, 0)),
});

export function writeStored({ environment, token: highest, table, ports }: StoredTable): string {
  const file = { version: formatVersion, environment, token: highest, ...(table && { table }), ports };
  return `${JSON.stringify(file, null, 1)}\n`;
}

/** What a file says; `issues`: why that cannot be known. `newer`: a later version wrote it. */
export type ReadStored =
  | { readonly stored: StoredTable }
  | { readonly newer: { readonly token?: number } }
  | { readonly issues: readonly [v.BaseIssue<unknown>, ...v.BaseIssue<unknown>[]] };

export function readStored(content: unknown): ReadStored {
  const later = v.safeParse(newer, content);
  if (later.success) return { newer: later.output };
  const first = v.safeParse(version1, content);
  if (first.success) return { stored: fromVersion1(first.output.table) };
  const parsed = v.safeParse(current, content);
  if (!parsed.success) return { issues: parsed.issues };
  const { version: _, ...stored } = parsed.output;
  return { stored };
}

/** The format before: weights instead of shares, an instance's address in two parts, no internal routes, no deployments. */
const version1 = v.strictObject({
  version: v.literal(1),
  table: v.strictObject({
    environment: environmentName,
    token,
    listen: listenAddress,
    hosts: v.array(requestHost),
    routes: v.array(
      v.strictObject({
        prefix: routePrefix,
        pools: v.array(
          v.strictObject({
            release: identifier,
            weight: v.pipe(v.number(), v.finite(), v.minValue(0)),
            backends: v.array(v.strictObject({ instance: identifier, host: connectHost, port })),
          }),
        ),
      }),
    ),
  }),
});

/** Of no deployment: the writer of the next table says which it is. */
const unknownDeployment = 0;

function fromVersion1(table: v.InferOutput<typeof version1>["table"]): StoredTable {
  const routes = table.routes.map(({ prefix, pools }) => ({
    prefix,
    pools: pools.map(({ release, weight, backends }) => ({
      deployment: unknownDeployment,
      release,
      share: weight,
      backends: backends.map((backend) => ({ instance: backend.instance, address: joined(backend) })),
    })),
  }));
  const { environment, token: highest } = table;
  return { environment, token: highest, table: { ...table, routes, internal: [] }, ports: [] };
}

function joined({ host, port: number }: { readonly host: string; readonly port: number }): string {
  return host.includes(":") ? `[${host}]:${number}` : `${host}:${number}`;
}
