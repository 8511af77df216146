import { forEachPlace, openAll } from "../../../app/secrets/each-file.ts";
import { forgottenOf } from "../../../app/secrets/forgotten.ts";
import type { OpenPlace } from "../../../app/secrets/open-place.ts";
import { openPlaces } from "../../../app/secrets/open-places.ts";
import { type SecretsSession, shownPath } from "../../../app/secrets/session.ts";
import { withSecretsLock } from "../../../app/secrets/with-lock.ts";
import { writePlace } from "../../../app/secrets/write-place.ts";
import { exitCodes } from "../../../errors/exit-code.ts";
import { count } from "../../../errors/quantities.ts";
import { ok, type Result } from "../../../errors/result.ts";
import { tellNotices } from "../../render/progress-line.ts";
import { reportFailures } from "../../render/report-failures.ts";
import { done, note, tell } from "../../render/tell.ts";
import { defineVerb } from "../../verb.ts";

export const rotate = defineVerb({
  name: "rotate",
  summary: "Give the files a new data key, so that an old one opens nothing written from now on",
  usage: ["secrets rotate [environment…]"],
  description:
    "Everything is encrypted anew for the same recipients. The values stay: who could read them still knows them, and\n" +
    "git keeps the old files. `recipients remove` rotates by itself.",
  examples: [
    { command: "tidegate secrets rotate", explains: "every secrets file" },
    { command: "tidegate secrets rotate production", explains: "one of them" },
  ],
  arguments: [{ name: "environment", summary: "Whose file, or shared; default: all", many: true }],
  options: {},
  run: async (context, { arguments: asked }) => {
    const opened = await openPlaces(context, asked, tellNotices(context));
    if (!opened.ok) return reportFailures(context, opened.failures);
    const { session, places } = opened.value;
    const rotated = await withSecretsLock(session, () => rotateAll(session, places));
    if (!rotated.ok) return reportFailures(context, rotated.failures);
    const files = rotated.value.map(({ path }) => path);
    const lines = files.map((path) => done(context, `${shownPath(session, path)} has a new data key`));
    tell(context, { type: "secretsRotated", files }, lines);
    note(context, files.length === 0 ? "There is no secrets file." : `${count(files.length, "file")} to commit`);
    return exitCodes.done;
  },
});

async function rotateAll(session: SecretsSession, places: readonly string[]): Promise<Result<OpenPlace[]>> {
  const opened = await openAll(session, places, forgottenOf(session, places));
  if (!opened.ok) return opened;
  return forEachPlace(session, "rotated", opened.value, async (place) => {
    const written = await writePlace(session, place, place.open.rotated());
    return written.ok ? ok(place) : written;
  });
}
