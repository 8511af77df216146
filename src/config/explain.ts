import type { Problem } from "../definition/problem.ts";
import type { Failure } from "../errors/failure.ts";
import type { SecretFound, SecretOrigin, SecretReading } from "../secrets/provider.ts";
import { applySchema } from "./apply-schema.ts";
import type { Declaration, DifferingKey } from "./declare.ts";
import type { Layers } from "./resolve.ts";
import type { LayerName } from "./resolved.ts";
import { type Standing, standingOf } from "./standing.ts";

/** Where a layer's value stands, or would stand. */
export type Place =
  /** In the definition: a path as problems have it. */
  | { readonly in: "definition"; readonly path: Problem["path"] }
  /** At a secret's source. */
  | { readonly in: "source"; readonly origin: SecretOrigin }
  | { readonly in: "call" };

/** What one layer has for a key. A secret's value is never among it. */
export interface ExplainedLayer {
  readonly layer: LayerName;
  /** `closed`: a key of this kind takes nothing from this layer. */
  readonly state: "value" | "none" | "closed" | "unreadable";
  /** As it stands there, before the schema; absent for secrets. */
  readonly value?: unknown;
  readonly place?: Place;
  readonly won: boolean;
  /** Why it cannot be read. */
  readonly failure?: Failure;
  /** How to give it a value. */
  readonly hint?: string;
}

/** Everything about one key in one environment. */
export interface Explanation {
  readonly standing: Standing;
  /** The lowest first; several of `secret` when more than one source has a value. */
  readonly layers: readonly ExplainedLayer[];
}

/** A key's value in every layer, and the one that wins. */
export async function explainKey(declaration: Declaration, layers: Layers): Promise<Explanation> {
  const standing = await standingOf(declaration, layers);
  const rows = await layersOf(declaration, layers);
  const won = standing.state === "set" || standing.state === "invalid" ? rows.findLastIndex(hasValue) : -1;
  return { standing, layers: rows.map((row, index) => ({ ...row, won: index === won })) };
}

type Row = Omit<ExplainedLayer, "won">;

function hasValue({ state }: Row): boolean {
  return state === "value";
}

async function layersOf(declaration: Declaration, layers: Layers): Promise<Row[]> {
  const { key, kind } = declaration;
  const isSecret = kind === "secret";
  return [
    isSecret ? { layer: "default", state: "closed" } : await defaultLayer(declaration),
    kind === "differs" ? environmentLayer(declaration, layers) : { layer: "environment", state: "closed" },
    ...(isSecret ? secretLayers(layers.secrets?.get(key)) : [{ layer: "secret", state: "closed" } as const]),
    isSecret || isAddress(declaration) ? { layer: "set", state: "closed" } : setLayer(key, layers),
  ];
}

async function defaultLayer({ key, schema }: Declaration): Promise<Row> {
  const applied = await applySchema(schema, undefined);
  const place = { in: "definition", path: ["config", key] } as const;
  const isThere = applied.ok && applied.value !== undefined;
  return { layer: "default", place, ...(isThere ? { state: "value", value: applied.value } : { state: "none" }) };
}

function isAddress(declaration: Declaration): boolean {
  return declaration.kind === "differs" && declaration.isAddress === true;
}

/** Of an address it is the driver that says it. */
function environmentLayer(declaration: DifferingKey, { environment, given }: Layers): Row {
  const { key } = declaration;
  const value = given !== undefined && Object.hasOwn(given, key) ? given[key] : undefined;
  const path = isAddress(declaration) ? ["driver", "url"] : ["config", key];
  const place = { in: "definition", path: ["environments", environment, ...path] } as const;
  return { layer: "environment", place, ...(value === undefined ? { state: "none" } : { state: "value", value }) };
}

function setLayer(key: string, { set }: Layers): Row {
  const value = set.get(key);
  return value === undefined
    ? { layer: "set", state: "none" }
    : { layer: "set", state: "value", value, place: { in: "call" } };
}

/** The lower sources first, like the layers. */
function secretLayers(reading: SecretReading | undefined): Row[] {
  if (reading === undefined) return [{ layer: "secret", state: "none" }];
  switch (reading.state) {
    case "found":
      return [...(reading.overridden ?? []).toReversed(), reading].map(foundLayer);
    case "missing":
      return [{ layer: "secret", state: "none", ...(reading.hint !== "" && { hint: reading.hint }) }];
    case "unreadable": {
      const { failure, origin } = reading;
      return [{ layer: "secret", state: "unreadable", failure, ...placeOf(origin) }];
    }
    default:
      return reading satisfies never;
  }
}

function foundLayer({ origin }: SecretFound): Row {
  return { layer: "secret", state: "value", ...placeOf(origin) };
}

function placeOf(origin: SecretOrigin | undefined): { readonly place?: Place } {
  return origin === undefined ? {} : { place: { in: "source", origin } };
}
