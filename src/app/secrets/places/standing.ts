import { isIn, type SecretKey } from "../../../config/declare.ts";
import { previewPlace } from "../../../config/preview-secrets.ts";
import { failed, ok, type Result } from "../../../errors/result.ts";
import { placeFile, signersPath } from "../../../secrets/files/layout.ts";
import { readUnchecked, type StoredSecrets } from "../../../secrets/files/read-file.ts";
import { variableOf } from "../../../secrets/providers/environment-provider.ts";
import { hasPreviews, type SecretsSession, sharedPlace } from "./session.ts";

/** A place and its file, as far as no key is needed. */
export interface PlaceView {
  readonly place: string;
  readonly path: string;
  /** Absent: there is no file. */
  readonly stored?: StoredSecrets;
}

/** What stands in a place. Its signature is not looked at. */
export async function viewPlace({ layout }: SecretsSession, place: string): Promise<Result<PlaceView>> {
  const found = placeFile(layout, place);
  if (!found.ok) return found;
  const { path, exists } = found.value;
  if (!exists) return ok({ place, path });
  const stored = await readUnchecked(path, signersPath(layout));
  return stored.ok ? ok({ place, path, stored: stored.value }) : stored;
}

/** Of several places; every failure at once. */
export async function viewPlaces(session: SecretsSession, places: readonly string[]): Promise<Result<PlaceView[]>> {
  const views = await Promise.all(places.map((place) => viewPlace(session, place)));
  const failures = views.flatMap((one) => (one.ok ? [] : one.failures));
  return failures.length > 0 ? failed(...failures) : ok(views.flatMap((one) => (one.ok ? [one.value] : [])));
}

/** A key of a file, without its value. */
export interface FileKey {
  readonly key: string;
  readonly line?: number;
  /** Whether the file's selector has all of it encrypted. An empty text never is. */
  readonly isEncrypted: boolean;
  /** Empty or null: as good as missing. */
  readonly isEmpty: boolean;
  /** `str`, `int` … or `structure`. */
  readonly type: string;
}

/** The top-level keys of a file, in its order. */
export function keysOf({ stored }: PlaceView): FileKey[] {
  const leaves = stored?.file.leaves.filter(({ document }) => document === 0) ?? [];
  const byKey = Map.groupBy(leaves, ({ path }) => String(path[0]));
  return [...byKey].map(([key, [first, ...others]]) => {
    const all = [first!, ...others];
    const filled = all.filter((leaf) => leaf.type !== "null" && leaf.stored !== "");
    return {
      key,
      ...(first!.line !== undefined && { line: first!.line }),
      isEncrypted: filled.every((leaf) => leaf.isEncrypted),
      isEmpty: filled.length === 0,
      type: first!.path.length > 1 ? "structure" : first!.type,
    };
  });
}

/** Where a declared secret of a place comes from, as far as can be said without asking anybody. */
export type KeySource = "file" | "variable" | "command" | "vault" | "generated" | "missing";

/** See `KeySource`; an empty value is as good as none. */
export function sourceOf(session: SecretsSession, view: PlaceView, declaration: SecretKey): KeySource {
  const { key, shared, from } = declaration;
  if (from !== undefined && from.source !== "variable") return from.source;
  if (from === undefined && keysOf(view).some((one) => one.key === key && !one.isEmpty)) return "file";
  const request = { environment: view.place, key, shared: shared !== undefined, ...(from && { from }) };
  if ((session.ports.env[variableOf(request)] ?? "") !== "") return "variable";
  return isOfPreviews(session, view.place) && !isOptional(declaration) ? "generated" : "missing";
}

/** The declared secrets that stand in a place. Previews have one of each: nothing is shared with them, or asked for elsewhere. */
export function declaredIn(session: SecretsSession, place: string): SecretKey[] {
  const { declared } = session;
  if (isOfPreviews(session, place))
    return declared.filter(({ only }) => only === undefined).map(({ shared: _, from: __, ...own }) => own);
  const isOfPlace = ({ shared }: SecretKey) => (shared !== undefined) === (place === sharedPlace);
  return declared.filter((one) => isOfPlace(one) && (place === sharedPlace || isIn(one, place)));
}

function isOfPreviews(session: SecretsSession, place: string): boolean {
  return place === previewPlace && hasPreviews(session);
}

/** The declared secrets of a place that need a value and have none. Those of previews are made up. */
export function missingIn(session: SecretsSession, view: PlaceView): SecretKey[] {
  return declaredIn(session, view.place).filter(
    (declaration) => sourceOf(session, view, declaration) === "missing" && !isOptional(declaration),
  );
}

/** Whether the schema does without a value. One that only answers later is asked by `config check`. */
function isOptional({ schema }: SecretKey): boolean {
  try {
    const result = schema["~standard"].validate(undefined);
    return !(result instanceof Promise) && result.issues === undefined;
  } catch {
    return false;
  }
}
