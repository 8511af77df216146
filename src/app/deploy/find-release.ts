import { shortDigest } from "../../errors/quantities.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import type { ReleaseRecord } from "../../store/store.ts";
import type { Session } from "../session.ts";

/** The one release whose digest begins so. */
export async function findRelease(session: Session, prefix: string): Promise<Result<ReleaseRecord>> {
  const found = await session.store.findReleases(prefix);
  if (!found.ok) return found;
  const [release, ...others] = found.value;
  if (release === undefined) {
    return failed({
      code: "unknown-release",
      message: `There is no release "${prefix}"`,
      hint: "List them: tidegate release list",
    });
  }
  if (others.length === 0) return ok(release);
  const digests = [release, ...others].map(({ digest }) => shortDigest(digest));
  return failed({
    code: "ambiguous-release",
    message: `Several releases begin with "${prefix}": ${digests.join(", ")}`,
    hint: "Give more of its digits.",
  });
}

/** The named release, or the one made last: one that was made again is the last too, whatever the clock says. */
export async function releaseOrLatest(session: Session, prefix: string | undefined): Promise<Result<ReleaseRecord>> {
  if (prefix !== undefined) return findRelease(session, prefix);
  const releases = await session.store.releases();
  if (!releases.ok) return releases;
  const [latest] = releases.value;
  if (latest !== undefined) return ok(latest);
  return failed({ code: "unknown-release", message: "There is no release yet", hint: "Make one: tidegate release" });
}
