import { failed, ok, type Result } from "../../../errors/result.ts";
import { placeFile } from "../../../secrets/files/layout.ts";
import type { Notice } from "../../notice.ts";
import { type OpenPlace, openFile } from "./open-place.ts";
import type { SecretsSession } from "./session.ts";

/** The file of a place that has one. */
export interface PlacedFile {
  readonly place: string;
  readonly path: string;
  /** It is of no environment that there is; its place is only a name for people. */
  readonly isForgotten?: boolean;
}

/** The files that are there, of these places. Two for one place are a failure. */
export function filesOf(session: SecretsSession, places: readonly string[]): Result<PlacedFile[]> {
  const found = places.map((place) => ({ place, file: placeFile(session.layout, place) }));
  const failures = found.flatMap(({ file }) => (file.ok ? [] : file.failures));
  if (failures.length > 0) return failed(...failures);
  return ok(
    found.flatMap(({ place, file }) => (file.ok && file.value.exists ? [{ place, path: file.value.path }] : [])),
  );
}

/** Opens all of them, and others, before anything is written: either all can be changed or none is. */
export async function openAll(
  session: SecretsSession,
  places: readonly string[],
  others: readonly PlacedFile[] = [],
): Promise<Result<OpenPlace[]>> {
  const files = filesOf(session, places);
  if (!files.ok) return files;
  const opened = await Promise.all([...files.value, ...others].map((file) => openFile(session, file)));
  const failures = opened.flatMap((one) => (one.ok ? [] : one.failures));
  return failures.length > 0 ? failed(...failures) : ok(opened.flatMap((one) => (one.ok ? [one.value] : [])));
}

/** Does something to each, one after the other, and counts them for who watches. Stops at the first failure. */
export async function forEachPlace<T>(
  session: SecretsSession,
  what: Extract<Notice, { notice: "progress" }>["what"],
  places: readonly OpenPlace[],
  work: (place: OpenPlace) => Promise<Result<T>>,
): Promise<Result<T[]>> {
  const results: T[] = [];
  try {
    for (const [index, place] of places.entries()) {
      session.say({ notice: "progress", what, done: index + 1, of: places.length });
      const result = await work(place);
      if (!result.ok) return result;
      results.push(result.value);
    }
  } finally {
    session.say({ notice: "progressEnded" });
  }
  return ok(results);
}
