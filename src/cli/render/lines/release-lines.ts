import { count, shortDigest, showBytes } from "../../../errors/quantities.ts";
import { showCommand } from "../../../process/command.ts";
import type { ReleaseManifest } from "../../../release/manifest.ts";
import type { Provenance } from "../../../release/provenance.ts";
import type { ReleaseRecord } from "../../../store/store.ts";
import { safeLine } from "../safe-text.ts";
import { table } from "../table.ts";
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

/** What is in a release: its digest, services and files. */
export function releaseLines({ digest }: ReleaseRecord, manifest: ReleaseManifest): string[] {
  const services = Object.entries(manifest.services).map(([name, { run }]) => [name, showCommand(run)]);
  const files = manifest.files.map((file) => [
    file.path,
    "size" in file ? showBytes(file.size) : "symlink" in file ? `→ ${file.symlink}` : "empty folder",
  ]);
  return [digest, "", "services", ...table(services, "  "), "", "files", ...table(files, "  ")];
}
