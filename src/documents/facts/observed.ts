import * as v from "valibot";

const text = v.string();
const texts = v.array(v.string());
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const day = v.pipe(v.string(), v.regex(/^\d{4}-\d\d-\d\d$/));

const environment = v.object({
  name: text,
  at: day,
  state: text,
  /** What is not as it should be, in short words. */
  problems: texts,
  release: v.exactOptional(text),
  since: v.exactOptional(day),
  instances: count,
  /** What it takes of the machine, in two significant digits. */
  cost: v.strictObject({
    diskBytes: v.number(),
    memoryBytes: v.exactOptional(v.number()),
    processes: v.exactOptional(count),
  }),
  /** In facts of before, of previews. */
  endsAt: v.exactOptional(day),
});

/** What the ledger says of a resource that was made. */
const resource = v.strictObject({
  environment: text,
  resource: text,
  at: day,
  state: text,
  version: v.exactOptional(text),
  lastBackup: v.exactOptional(v.strictObject({ at: day, isGood: v.boolean() })),
});

const snapshot = v.strictObject({
  environment: text,
  resource: text,
  at: day,
  because: text,
  bytes: v.number(),
  rehearsed: v.exactOptional(v.strictObject({ at: day, isGood: v.boolean(), ms: v.number() })),
});

/** A secrets file: who can read it and since when it is as it is. */
export const observedSecretsFile = v.strictObject({
  place: text,
  path: text,
  keys: texts,
  recipients: v.array(v.strictObject({ who: text, isInPolicy: v.boolean() })),
  isSigned: v.boolean(),
  lastChange: v.exactOptional(day),
});

export const observedRenewal = v.strictObject({
  place: text,
  key: text,
  person: text,
  since: day,
  due: day,
  done: v.exactOptional(day),
});

const pair = v.strictObject({
  a: text,
  b: text,
  equal: count,
  declared: v.array(
    v.strictObject({ what: text, reason: text, owner: v.exactOptional(text), until: v.exactOptional(text) }),
  ),
  violations: texts,
  unknown: texts,
});

const drift = v.strictObject({
  environment: text,
  at: day,
  checked: texts,
  notChecked: texts,
  found: texts,
});

/** What was there when somebody looked. Absent lists: nobody looked, or it cannot be seen from here. */
export const observedSchema = v.strictObject({
  programs: v.array(v.strictObject({ name: text, version: text, at: day })),
  /** Of the definition: previews come and go, and are left out. */
  environments: v.pipe(
    v.array(environment),
    v.transform((all) => all.filter(({ endsAt }) => endsAt === undefined)),
  ),
  resources: v.exactOptional(v.array(resource)),
  snapshots: v.exactOptional(v.array(snapshot)),
  secrets: v.exactOptional(
    v.strictObject({
      at: day,
      files: v.array(observedSecretsFile),
      renewals: v.array(observedRenewal),
      signers: texts,
    }),
  ),
  parity: v.exactOptional(v.strictObject({ at: day, pairs: v.array(pair) })),
  drift: v.exactOptional(v.array(drift)),
  /**
   * When a line of the definition with the key's name was changed last. A day, and no commit: hashes do not survive a rebase, a
   * squash or a copy, and the one that takes the documents in has none yet. Facts of before named one.
   */
  changes: v.array(v.object({ key: text, at: day })),
});

export type ObservedFacts = v.InferOutput<typeof observedSchema>;
