import { count, shortDigest, showBytes } from "../../../errors/quantities.ts";
import type { Provenance } from "../../../release/provenance.ts";
import type { ReleaseRecord } from "../../../store/store.ts";
import { safeLine } from "../safe-text.ts";
import { showAge } from "./show-age.ts";

/** A release as a row of a table: digest, age, size, where it comes from, and whether it is refused. */
export function releaseRow(release: ReleaseRecord, now: number): string[] {
  const quarantine = release.quarantine === undefined ? "" : `refused: ${safeLine(release.quarantine.reason)}`;
  return [
    shortDigest(release.digest),
    showAge(release.createdAt, now),
    `${count(release.files, "file")}, ${showBytes(release.bytes)}`,
    showProvenance(release.provenance as Provenance),
    quarantine,
  ];
}

function showProvenance(provenance: Provenance): string {
  if (provenance.git === "none") return "no commit";
  const branch = provenance.branch === undefined ? "" : ` on ${safeLine(provenance.branch)}`;
  const dirty = provenance.dirty ? ", with uncommitted changes" : "";
  return `${provenance.commit.slice(0, 8)}${branch}${dirty}`;
}
