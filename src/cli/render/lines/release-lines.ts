import type { ListedRelease, Pruned } from "../../../app/deploy/releases.ts";
import type { KeptBecause } from "../../../environment/retention.ts";
import { count, shortDigest, showBytes } from "../../../errors/quantities.ts";
import { showCommand } from "../../../process/command.ts";
import type { ReleaseManifest } from "../../../release/manifest.ts";
import type { Provenance, ReleaseOrigin } from "../../../release/provenance.ts";
import type { ReleaseRecord } from "../../../store/store.ts";
import { safeLine } from "../safe-text.ts";
import { table } from "../table.ts";
import { doubtLine, leftOutLines } from "../words/left-out.ts";
import { showAge } from "./show-age.ts";

/** A release as a row of a table: digest, age, size, where it comes from, and whether it is refused. */
export function releaseRow(release: ListedRelease, now: number): string[] {
  return [
    shortDigest(release.digest),
    showAge(release.createdAt, now),
    `${count(release.files, "file")}, ${showBytes(release.bytes)}`,
    showProvenance(release.provenance as Provenance),
    marksOf(release).join("; "),
  ];
}

function marksOf({ quarantine, pinned, collected }: ListedRelease): string[] {
  return [
    ...(quarantine === undefined ? [] : [`refused: ${safeLine(quarantine.reason)}`]),
    ...(pinned === undefined ? [] : [pinned.reason === undefined ? "pinned" : `pinned: ${safeLine(pinned.reason)}`]),
    ...(collected ? ["files no longer kept"] : []),
  ];
}

/** What became of the releases, or would. */
export function pruneLines({ kept, gone, freed }: Pruned, isDry: boolean, now: number): string[] {
  const kinds = Map.groupBy(kept.values(), (because) => because);
  const stays = [...kinds].map(([because, all]) => `${all.length} ${keptWords[because]}`);
  const goes =
    gone.length === 0
      ? []
      : table(
          gone.map((release) => releaseRow(release, now)),
          "  ",
        );
  const summary = isDry
    ? `${count(gone.length, "release")} would lose their files`
    : `${count(gone.length, "release")} removed, ${showBytes(freed?.bytes ?? 0)} freed, ${showBytes(freed?.bytesLeft ?? 0)} left`;
  return [summary, ...goes, `kept: ${stays.length === 0 ? "none" : stays.join(", ")}`];
}

const keptWords: Readonly<Record<KeptBecause, string>> = {
  serves: "serving",
  underWay: "being deployed",
  servedBefore: "to roll back to",
  pinned: "pinned",
  recent: "among an environment's newest",
  young: "made lately",
  latest: "made last",
};

function showProvenance(provenance: Provenance): string {
  if (provenance.git === "none") return "no commit";
  const branch = provenance.branch === undefined ? "" : ` on ${safeLine(provenance.branch)}`;
  const dirty = provenance.dirty ? ", with uncommitted changes" : "";
  return `${provenance.commit.slice(0, 8)}${branch}${dirty}`;
}

/** What is in a release: its digest, services and files. */
export function releaseLines({ digest, provenance }: ReleaseRecord, manifest: ReleaseManifest): string[] {
  const { leftOut = {} } = provenance as ReleaseOrigin;
  const remarks = [...leftOutLines(leftOut), ...(leftOut.doubts ?? []).map(doubtLine)];
  const services = Object.entries(manifest.services).map(([name, { run }]) => [name, showCommand(run)]);
  const files = manifest.files.map((file) => [
    file.path,
    "size" in file ? showBytes(file.size) : "symlink" in file ? `→ ${file.symlink}` : "empty folder",
  ]);
  const lines = [digest, "", "services", ...table(services, "  "), "", "files", ...table(files, "  ")];
  return remarks.length === 0 ? lines : [...lines, "", ...remarks];
}
