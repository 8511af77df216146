import { rmSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { ok, type Result } from "../../../errors/result.ts";
import { readTextIfThere } from "../../../files/read-if-there.ts";
import { writeFileAtomic } from "../../../files/write-atomic.ts";
import { codec } from "../../../records/codec.ts";
import type { ResourceHost } from "../../resource.ts";

const recordCodec = codec({
  version: 1,
  schema: v.strictObject({
    major: v.string(),
    /** Absolute, of `postgres` and `initdb`. */
    bin: v.string(),
    /** Absolute: `data`, the settings, the socket. */
    home: v.string(),
    /** Absent: whoever runs Tidegate. */
    uid: v.exactOptional(v.number()),
    gid: v.exactOptional(v.number()),
    port: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535)),
    /** It was ended because nothing ran that uses it. `version`: as it answered last. Absent: it is to run. */
    rests: v.exactOptional(v.strictObject({ version: v.string() })),
  }),
});

/** What is kept of a project's server: written before anything of it is made. */
export type ServerRecord = Extract<ReturnType<typeof recordCodec.decode>, { ok: true }>["value"];

/** Where what of a server is. */
export interface ServerPlace {
  /** Private: the record and the log. */
  readonly folder: string;
  /** Held shared by who uses the server, alone by who starts or removes it. Never removed. */
  readonly lock: string;
  readonly log: string;
}

/** The place of a project's server of a major version. */
export function serverPlace(host: ResourceHost, major: string): ServerPlace {
  const folder = join(host.folder, `postgres-${major}`);
  return { folder, lock: `${folder}.lock`, log: join(folder, "server.log") };
}

/** The record; `undefined`: there is no such server. A damaged one is a failure. @throws the system's error. */
export function readServer(place: ServerPlace): Result<ServerRecord | undefined> {
  const text = readTextIfThere(fileOf(place));
  if (text === undefined) return ok(undefined);
  return recordCodec.decode(parsed(text), `The record of a server (${fileOf(place)})`);
}

/** @throws the system's error. */
export function writeServer(place: ServerPlace, record: ServerRecord): void {
  writeFileAtomic(fileOf(place), `${JSON.stringify(recordCodec.encode(record))}\n`);
}

/** What is of the server is not found any more after this. @throws the system's error. */
export function forgetServer(place: ServerPlace): void {
  rmSync(place.folder, { recursive: true, force: true });
}

function fileOf(place: ServerPlace): string {
  return join(place.folder, "server.json");
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
