import { readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import * as v from "valibot";
import type { Failure } from "../errors/failure.ts";
import { failed, ok, type Result } from "../errors/result.ts";
import { shellWord } from "../errors/shell-word.ts";
import { readTextIfThere } from "../files/read-if-there.ts";
import { writeFileAtomic } from "../files/write-atomic.ts";
import { idSchema } from "./id-file.ts";

/**
 * A checkout that belongs to a state. The path alone would not do: another clone may stand there by now, and a copied
 * folder brings the id of the original.
 */
export type Place =
  | {
      readonly kind: "git";
      /** The common folder of the repository, without symbolic links. */
      readonly path: string;
      /** Of that folder: number and time of birth, as far as the file system knows them. */
      readonly mark: string;
      /** The folder of the definition, relative to the top of the checkout; "." for the top itself. */
      readonly project: string;
    }
  /** `path`: the folder of the definition. */
  | { readonly kind: "folder"; readonly path: string };

/** What a state folder says of itself, in `project.json`. */
export interface StateRecord {
  readonly id: string;
  /** The project's name when it was last written. */
  readonly name: string;
  readonly places: readonly Place[];
  /** The `.tidegate` of a version before that it is moved out of; absent once all of it has been moved. */
  readonly movingFrom?: string;
}

/** A state that is there. */
export interface KnownState extends StateRecord {
  readonly stateFolder: string;
}

const formatVersion = 1;
const place = v.variant("kind", [
  v.strictObject({
    kind: v.literal("git"),
    path: v.string(),
    mark: v.string(),
    project: v.string(),
  }),
  v.strictObject({ kind: v.literal("folder"), path: v.string() }),
]);
const record = v.strictObject({
  v: v.literal(formatVersion),
  id: idSchema,
  name: v.string(),
  places: v.array(place),
  movingFrom: v.exactOptional(v.string()),
});
const newerRecord = v.object({ v: v.pipe(v.number(), v.minValue(formatVersion + 1)) });

const fileName = "project.json";

/** Every state of the home, by id. One whose record cannot be read is named by its folder, with no name and no places. */
export function knownStates(home: string): KnownState[] {
  return idsIn(home).map((id) => {
    const stateFolder = join(home, id);
    const read = readStateRecord(stateFolder);
    return { ...(read.ok && read.value ? read.value : { name: "", places: [] }), id, stateFolder };
  });
}

/** `undefined` when there is no such folder, or it does not say. Fails with `state-damaged` or `state-newer`. */
export function readStateRecord(stateFolder: string): Result<StateRecord | undefined> {
  const path = join(stateFolder, fileName);
  const text = readTextIfThere(path, { forgive: ["ENOENT", "ENOTDIR"] });
  if (text === undefined) return ok(undefined);
  try {
    const json: unknown = JSON.parse(text);
    if (v.is(newerRecord, json)) return failed(unreadable(path, "state-newer"));
    const { v: _, ...read } = v.parse(record, json);
    return ok(read);
  } catch {
    return failed(unreadable(path, "state-damaged"));
  }
}

/** Only under the lock of the state home. @throws the system's error. */
export function writeStateRecord(stateFolder: string, { id, name, places, movingFrom }: StateRecord): void {
  const value = { v: formatVersion, id, name, places, ...(movingFrom !== undefined && { movingFrom }) };
  writeFileAtomic(join(stateFolder, fileName), `${JSON.stringify(value, null, 1)}\n`);
}

function idsIn(home: string): string[] {
  try {
    return readdirSync(home)
      .filter((name) => v.is(idSchema, name))
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

function unreadable(path: string, code: "state-newer" | "state-damaged"): Failure {
  if (code === "state-newer") {
    const hint = "Use the Tidegate that deployed last, or a newer one.";
    return { code, message: `${path} was written by a newer Tidegate`, hint };
  }
  const hint = `It only says which checkouts the state belongs to: rm ${shellWord(path)}, then: tidegate state use ${basename(dirname(path))}`;
  return { code, message: `${path} cannot be read`, hint };
}
