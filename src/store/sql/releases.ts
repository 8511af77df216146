import { ok } from "../../errors/result.ts";
import type { Releases } from "../store.ts";
import { appendActions } from "./audit.ts";
import type { Database } from "./database.ts";
import { fromDocument, toRelease } from "./records.ts";

export function releasesIn(database: Database): Releases {
  const { project } = database;
  const releases: Releases["releases"] = () =>
    database.read(async (db) => {
      const query = db.selectFrom("release").selectAll().where("project", "=", project);
      return (await query.orderBy("made", "desc").execute()).map(toRelease);
    });

  return {
    releases,

    addRelease: (release) =>
      database.write(async (transaction) => {
        const made = await database.next(transaction, "made");
        const row = {
          project,
          digest: release.digest,
          created_at: release.createdAt,
          files: release.files,
          bytes: release.bytes,
          run: release.run ?? null,
          provenance: JSON.stringify(release.provenance),
          made,
        };
        const kept = await transaction
          .insertInto("release")
          .values(row)
          .onConflict((conflict) => conflict.columns(["project", "digest"]).doUpdateSet({ made }))
          .returningAll()
          .executeTakeFirstOrThrow();
        return ok(toRelease(kept));
      }),

    async findReleases(prefix) {
      const start = prefix.startsWith("sha256:") ? prefix : `sha256:${prefix}`;
      const all = await releases();
      return all.ok ? ok(all.value.filter(({ digest }) => digest.startsWith(start))) : all;
    },

    setQuarantine: (digest, quarantine, acted) =>
      database.write(async (transaction) => {
        await appendActions(database, transaction, [acted?.action]);
        await transaction
          .updateTable("release")
          .set({
            quarantined_at: quarantine?.at ?? null,
            quarantine_reason: quarantine?.reason ?? null,
            quarantine_by: fromDocument(quarantine?.by),
          })
          .where("project", "=", project)
          .where("digest", "=", digest)
          .execute();
        return ok();
      }),

    setPin: (digest, pin, acted) =>
      database.write(async (transaction) => {
        await appendActions(database, transaction, [acted?.action]);
        await transaction
          .updateTable("release")
          .set({ pinned_at: pin?.at ?? null, pin_reason: pin?.reason ?? null, pin_by: fromDocument(pin?.by) })
          .where("project", "=", project)
          .where("digest", "=", digest)
          .execute();
        return ok();
      }),
  };
}
