import { basename } from "node:path";
import { isSamePlain, type OpenSops, type PlainValue } from "@tidegate/sops";
import type { Failure } from "../../errors/failure.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import { toData, topLevel } from "../../secrets/files/values.ts";
import { fromSops } from "../../secrets/from-sops.ts";
import { judgeValue } from "./judge-value.ts";
import { choosePlaces } from "./places/choose-place.ts";
import { type OpenPlace, openPlace } from "./places/open-place.ts";
import { markRenewed } from "./places/renewal-file.ts";
import { type SecretsSession, sharedPlace } from "./places/session.ts";
import { declaredIn, missingIn, viewPlace } from "./places/standing.ts";
import { withSecretsLock } from "./places/with-lock.ts";
import { writePlace } from "./places/write-place.ts";

export interface Edited {
  readonly path: string;
  /** The top-level keys whose values are others now, or `its layout`. */
  readonly keys: readonly string[];
  /** Those of them that need a value and have none now. */
  readonly missing: readonly string[];
}

/** Somebody who edits a file in clear: the other end of this use case. */
export interface Editor {
  /** Puts the bytes where only the caller can read them; `name` says what kind of file it is. */
  copy(name: string, bytes: Uint8Array): EditedCopy;
  /** Told what is wrong with what was written, for the so-manieth time: to go on, to have enough, or to give up. */
  again(failures: readonly Failure[], tries: number): Promise<"again" | "enough" | "given up">;
}

export interface EditedCopy {
  /** Lets it be edited. `undefined`: it is not there any more. */
  edit(): Promise<Result<Uint8Array | undefined>>;
  /** Leaves no trace of it. */
  wipe(): void;
}

export interface EditRequest {
  /** An environment, or shared. */
  readonly place: string;
  readonly editor: Editor;
}

/** Has a place's secrets edited in clear until they can be read and fit their schemas. */
export async function editSecrets(session: SecretsSession, { place, editor }: EditRequest): Promise<Result<Edited>> {
  const places = choosePlaces(session, [place]);
  if (!places.ok) return places;
  return withSecretsLock(session, () => editPlace(session, places.value[0]!, editor));
}

async function editPlace(session: SecretsSession, name: string, editor: Editor): Promise<Result<Edited>> {
  const place = await openPlace(session, name);
  if (!place.ok) return place;
  const before = place.value.stored === undefined ? template(session, place.value) : place.value.open.plaintext();
  const copy = editor.copy(basename(place.value.path), before);
  try {
    const after = await editUntilGood(session, place.value, { editor, copy, before });
    if (!after.ok) return after;
    return after.value === undefined
      ? ok({ path: place.value.path, keys: [], missing: [] })
      : await write(session, place.value, after.value);
  } finally {
    copy.wipe();
  }
}

/** `undefined`: nothing was changed. */
async function editUntilGood(
  session: SecretsSession,
  place: OpenPlace,
  { editor, copy, before }: { readonly editor: Editor; readonly copy: EditedCopy; readonly before: Uint8Array },
): Promise<Result<OpenSops | undefined>> {
  for (let tries = 1; ; tries += 1) {
    const edited = await copy.edit();
    if (!edited.ok) return edited;
    const bytes = edited.value;
    if (bytes === undefined) return failed(takenAway);
    if (Buffer.from(before).equals(bytes)) return ok(undefined);
    const after = isBlank(bytes) ? failed(emptied) : await judge(session, place, bytes);
    if (after.ok) return after;
    const next = await editor.again(after.failures, tries);
    if (next === "enough") return after;
    if (next === "given up") return failed({ code: "interrupted", message: "Abandoned; nothing was written" });
  }
}

const takenAway = {
  code: "bad-arguments",
  message: "The editor left no file behind; nothing was written",
  hint: "Set VISUAL or EDITOR to one that saves under the same name.",
} as const;

/** An editor that failed, or `:%d` by mistake: nobody takes all secrets away like that. */
function isBlank(bytes: Uint8Array): boolean {
  return Buffer.from(bytes).toString("utf8").trim() === "";
}

const emptied = {
  code: "secrets-file-invalid",
  message: "The file is empty; nothing was written",
  hint: "To remove a value: `tidegate secrets unset KEY`.",
} as const;

/** Whether it can be read, and what was changed can be a secret. */
async function judge(session: SecretsSession, place: OpenPlace, bytes: Uint8Array): Promise<Result<OpenSops>> {
  const after = fromSops(place.open.withPlaintext(bytes));
  if (!after.ok) return after;
  const failures: Failure[] = [];
  for (const [key, value] of changedKeys(place.open, after.value)) {
    const declaration = declaredIn(session, place.place).find((one) => one.key === key);
    if (value === undefined || value === null || value === "" || declaration === undefined) continue;
    const judged = await judgeValue(session, { key, place: place.place, declaration }, toData(value));
    if (!judged.ok) failures.push(...judged.failures);
  }
  return failures.length > 0 ? failed(...failures) : after;
}

async function write(session: SecretsSession, place: OpenPlace, after: OpenSops): Promise<Result<Edited>> {
  const written = await writePlace(session, place, after);
  if (!written.ok) return written;
  const keys = changedKeys(place.open, after).map(([key]) => key);
  const renewed = markRenewed(
    session,
    keys.map((key) => ({ place: place.place, key })),
    written.value.counter,
  );
  if (!renewed.ok) return renewed;
  const view = await viewPlace(session, place.place);
  if (!view.ok) return view;
  const missing = missingIn(session, view.value).map(({ key }) => key);
  return ok({
    path: place.path,
    keys: keys.length === 0 ? ["its layout"] : keys,
    missing: missing.filter((key) => keys.includes(key)),
  });
}

function changedKeys(before: OpenSops, after: OpenSops): [string, PlainValue | undefined][] {
  const [old, fresh] = [topLevel(before), topLevel(after)];
  const keys = [...new Set([...old.keys(), ...fresh.keys()])];
  return keys.filter((key) => !isSamePlain(old.get(key), fresh.get(key))).map((key) => [key, fresh.get(key)]);
}

/** A new file begins with what the definition wants in it. */
function template(session: SecretsSession, { place, path }: OpenPlace): Uint8Array {
  const keys = declaredIn(session, place)
    .filter(({ from }) => from === undefined)
    .map(({ key }) => key);
  const whose = place === sharedPlace ? "all environments" : place;
  if (path.endsWith(".json"))
    return Buffer.from(`${JSON.stringify(Object.fromEntries(keys.map((key) => [key, ""])), null, 2)}\n`);
  const isDotenv = path.endsWith(".env");
  const lines = keys.map((key) => (isDotenv ? `${key}=` : `${key}: ""`));
  return Buffer.from(`# Secrets of ${whose}\n${lines.map((line) => `${line}\n`).join("")}`);
}
