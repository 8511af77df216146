import { createHash } from "node:crypto";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { ok, type Result } from "../../errors/result.ts";
import { readTextIfThere } from "../../files/read-if-there.ts";
import { writeFileAtomic } from "../../files/write-atomic.ts";
import { codec } from "../../records/codec.ts";
import { type Alert, alertKinds } from "./alert.ts";

const text = v.string();
const time = v.number();

const delivery = v.strictObject({
  /** Which channel, without anything secret. */
  channel: text,
  tries: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  /** Not before. Absent: it is over. */
  nextAt: v.exactOptional(time),
  deliveredAt: v.exactOptional(time),
  /** Why the last try failed. */
  cause: v.exactOptional(text),
});

const keptCodec = codec({
  version: 1,
  schema: v.strictObject({
    alert: v.strictObject({
      id: text,
      at: time,
      kind: v.picklist(alertKinds),
      environment: v.exactOptional(text),
      what: text,
      affects: text,
      run: text,
    }),
    deliveries: v.exactOptional(v.array(delivery)),
  }),
});

export type Delivery = v.InferOutput<typeof delivery>;

/** An alert and what became of it. `deliveries` is absent until it was first looked at who is to be told. */
export interface KeptAlert {
  readonly alert: Alert;
  readonly deliveries?: readonly Delivery[];
}

const keptForMs = 30 * 24 * 60 * 60_000;

/**
 * The alerts of a state, a file each in its folder: what was told once is not told again by the next agent, and what could not be told yet
 * is tried by whoever is there. One agent writes; anybody may read.
 */
export class Outbox {
  readonly #folder: string;

  constructor(stateFolder: string) {
    this.#folder = join(stateFolder, "alerts");
  }

  /** Keeps an alert unless it is known. @throws the system's error. */
  add(alert: Alert): void {
    if (!existsSync(this.#fileOf(alert.id))) this.put({ alert });
  }

  /** @throws the system's error. */
  put(kept: KeptAlert): void {
    writeFileAtomic(this.#fileOf(kept.alert.id), JSON.stringify(keptCodec.encode(kept)));
  }

  /** The newest first. One that is not understood is left alone. */
  all(): KeptAlert[] {
    const names = existsSync(this.#folder) ? readdirSync(this.#folder).filter((name) => name.endsWith(".json")) : [];
    const read = names.flatMap((name) => {
      const kept = decode(readTextIfThere(join(this.#folder, name)) ?? "", name);
      return kept.ok ? [kept.value] : [];
    });
    return read.sort((one, other) => other.alert.at - one.alert.at);
  }

  /** Removes those that are old and over. */
  tidy(now: number): void {
    for (const { alert } of this.all()) if (now - alert.at > keptForMs) rmSync(this.#fileOf(alert.id), { force: true });
  }

  #fileOf(id: string): string {
    return join(this.#folder, `${createHash("sha256").update(id).digest("hex").slice(0, 32)}.json`);
  }
}

function decode(text: string, name: string): Result<KeptAlert> {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    document = undefined;
  }
  const read = keptCodec.decode(document, `The alert ${name}`);
  return read.ok ? ok(read.value as KeptAlert) : read;
}
