import { ok, type Result } from "../../errors/result.ts";
import { choosePlaces } from "./places/choose-place.ts";
import { forEachPlace, openAll } from "./places/each-file.ts";
import { forgottenOf } from "./places/forgotten.ts";
import type { OpenPlace } from "./places/open-place.ts";
import type { SecretsSession } from "./places/session.ts";
import { withSecretsLock } from "./places/with-lock.ts";
import { writePlace } from "./places/write-place.ts";

/** Gives the files of the places named, or all, a new data key. The paths of the files. */
export async function rotateSecrets(session: SecretsSession, asked: readonly string[]): Promise<Result<string[]>> {
  const places = choosePlaces(session, asked);
  if (!places.ok) return places;
  const rotated = await withSecretsLock(session, () => rotateAll(session, places.value));
  return rotated.ok ? ok(rotated.value.map(({ path }) => path)) : rotated;
}

async function rotateAll(session: SecretsSession, places: readonly string[]): Promise<Result<OpenPlace[]>> {
  const opened = await openAll(session, places, forgottenOf(session, places));
  if (!opened.ok) return opened;
  return forEachPlace(session, "rotated", opened.value, async (place) => {
    const written = await writePlace(session, place, place.open.rotated());
    return written.ok ? ok(place) : written;
  });
}
