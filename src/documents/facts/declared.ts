import * as v from "valibot";
import { byCodeUnit } from "../../files/code-unit-order.ts";
import { isRecord } from "../../files/is-record.ts";

/** Where it stands in the definition, as `docs --explain` takes it: `environments.production.strategy`. */
const key = v.string();
const text = v.string();
const texts = v.array(v.string());
const milliseconds = v.number();
const because = v.exactOptional(v.string());
const yes = v.exactOptional(v.literal(true));

/** Why something differs, until when, and who is responsible for it. */
const difference = { key, reason: text, until: v.exactOptional(text), owner: v.exactOptional(text) };

const tool = v.strictObject({
  name: text,
  key,
  /** `program`: commands name it; everything else is a part of Tidegate that the definition chose. */
  role: v.picklist(["program", "driver", "strategy", "resource", "secrets"]),
  usedBy: texts,
  because,
});

export const declaredTask = v.strictObject({
  name: text,
  key,
  stage: text,
  run: text,
  needs: texts,
  inputs: texts,
  outputs: texts,
  env: texts,
  services: texts,
  isCached: v.boolean(),
  confine: text,
  network: yes,
  timeoutMs: milliseconds,
  retries: v.number(),
  reports: texts,
  minimum: v.exactOptional(v.string()),
  shards: v.exactOptional(v.number()),
  quarantine: v.array(v.strictObject({ test: text, owner: text, until: text, reason: text })),
  mayFail: yes,
  isConditional: yes,
  cleansUp: yes,
  because,
});

const service = v.strictObject({
  name: text,
  key,
  run: text,
  files: texts,
  health: v.exactOptional(text),
  /** The path it takes requests at, `internal`, or `none`. */
  route: text,
  needs: texts,
  uses: v.array(v.strictObject({ variable: text, resource: text })),
  writes: texts,
  migrate: v.exactOptional(text),
  replicas: v.number(),
  memory: v.exactOptional(text),
  cpu: v.exactOptional(v.number()),
  inPreviews: v.boolean(),
  because,
});

const resource = v.strictObject({
  name: text,
  key,
  kind: text,
  version: v.exactOptional(text),
  dir: v.exactOptional(text),
  backupEveryMs: v.exactOptional(milliseconds),
  /** How many snapshots are kept, and how old; absent: it keeps nothing that one could be made of. */
  keep: v.exactOptional(v.number()),
  keepMs: v.exactOptional(milliseconds),
  because,
});

/** The same data with the fields of every object in the order of code units: for objects whose fields no schema lists. */
export function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isRecord(value)) return value;
  const entries = Object.entries(value).sort(([a], [b]) => byCodeUnit(a, b));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}

/** A config key. What a secret's schema says of values (defaults, examples) is left out, and its values are never read. */
export const declaredKey = v.strictObject({
  name: text,
  key,
  kind: v.picklist(["value", "differs", "address", "secret"]),
  schema: v.pipe(v.unknown(), v.transform(sorted)),
  default: v.exactOptional(text),
  reason: v.exactOptional(text),
  until: v.exactOptional(text),
  owner: v.exactOptional(text),
  /** Of a secret: where its value comes from. */
  from: v.exactOptional(text),
  /** Of a secret: one value for all environments; `reason` says why. */
  isShared: yes,
  /** What environments set for themselves, in their order. */
  values: v.array(v.strictObject({ environment: text, key, value: text })),
});

export const declaredEnvironment = v.strictObject({
  name: text,
  key,
  purpose: v.exactOptional(text),
  isProtected: v.boolean(),
  driver: v.strictObject({ name: text, url: text, because }),
  after: v.exactOptional(text),
  strategy: v.strictObject({
    name: text,
    options: text,
    because,
    /** How often it may take out a release that is no worse, where it compares the two. */
    alpha: v.exactOptional(v.number()),
  }),
  gates: v.array(
    v.strictObject({
      kind: text,
      name: text,
      key,
      /** Of a check: its command. */
      run: v.exactOptional(text),
      timeoutMs: v.exactOptional(milliseconds),
      /** Of any other: what must hold. */
      holds: v.exactOptional(text),
      because,
    }),
  ),
  replicas: v.array(v.strictObject({ service: text, count: v.number(), ...difference })),
  limits: v.array(v.strictObject({ service: text, limits: text, ...difference })),
  resources: v.array(v.strictObject({ resource: text, kind: text, ...difference })),
});

const previews = v.strictObject({
  key,
  from: text,
  ttlMs: milliseconds,
  max: v.number(),
  data: text,
});

export const declaredObjectives = v.strictObject({
  leadTimeMs: v.exactOptional(milliseconds),
  rollbackMs: v.exactOptional(milliseconds),
  changeFailRate: v.exactOptional(v.number()),
  recoveryMs: v.exactOptional(milliseconds),
  deploymentsPerWeek: v.exactOptional(v.number()),
});

/** What the definition says, in its order. The same definition gives the same facts on every machine. */
export const declaredSchema = v.strictObject({
  project: text,
  tools: v.array(tool),
  stages: texts,
  tasks: v.array(declaredTask),
  services: v.array(service),
  resources: v.array(resource),
  config: v.array(declaredKey),
  /** In the order releases go through them. */
  environments: v.array(declaredEnvironment),
  previews: v.exactOptional(previews),
  objectives: declaredObjectives,
  releases: v.strictObject({ keep: v.number(), maxAgeMs: milliseconds }),
  /** Where the secrets files are. */
  secretsPath: text,
});

export type DeclaredFacts = v.InferOutput<typeof declaredSchema>;
export type DeclaredTool = DeclaredFacts["tools"][number];
export type DeclaredTask = DeclaredFacts["tasks"][number];
export type DeclaredService = DeclaredFacts["services"][number];
export type DeclaredConfig = DeclaredFacts["config"][number];
export type DeclaredEnvironment = DeclaredFacts["environments"][number];
