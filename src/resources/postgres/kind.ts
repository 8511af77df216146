import type { Postgres } from "../../definition/types.ts";
import type { ResourceKindFacts } from "../kind.ts";
import type { PostgresSpec } from "./made.ts";

export const postgresKind: ResourceKindFacts<PostgresSpec, Postgres> = {
  specOf: (name, { version, backup }, place) => ({ resource: "postgres", name, version, backup: place.backup(backup) }),
  externalSpec: (spec, urlKey) => ({ ...spec, external: { url: urlKey } }),
  told: ({ external }) => ({
    word: external === undefined ? "postgres" : `external postgres (URL in ${external.url})`,
  }),
  version: ({ version }) => version,
  secrets: ({ external }) => (external === undefined ? [] : [external.url]),
};
