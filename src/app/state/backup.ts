import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { failed, ok, type Result } from "../../errors/result.ts";
import { guardDisk } from "../../files/guard-disk.ts";
import { statePaths } from "../../files/state-paths.ts";
import { type ArchiveFile, filesBelow, writeArchive } from "../../state/archive.ts";
import type { Ports } from "../ports.ts";
import { withSession } from "../session.ts";
import { nothingHere } from "./states.ts";

export interface BackupRequest {
  /** Relative to where the call was made. Must not be there. */
  readonly file: string;
  /** Whether what services keep goes along. */
  readonly hasData: boolean;
  readonly onProgress: (done: number, of: number) => void;
}

export interface BackupDone {
  readonly file: string;
  readonly files: number;
  readonly bytes: number;
  /** Databases and folders of environments, as `staging db`: what they keep is not in it, nor are their snapshots. */
  readonly leftOut: readonly string[];
}

/**
 * One file with everything a state needs to be restored, while everything runs: the store as it is at one moment, then
 * the files that it names, which only ever get more. Secrets stay sealed. What services keep is copied as it is found:
 * a service that is writing may be in the middle of something. Unpacked releases and logs are left out,
 * and so is what resources keep: that has snapshots of its own.
 */
export function backupState(ports: Ports, request: BackupRequest): Promise<Result<BackupDone>> {
  return withSession(ports, "look", ({ stateFolder, store, project, isEmpty }) =>
    guardDisk(async () => {
      if (isEmpty) return failed(nothingHere);
      const temporary = mkdtempSync(join(tmpdir(), "tidegate-backup-"));
      try {
        const resources = await store.resources();
        if (!resources.ok) return resources;
        const leftOut = resources.value.map(({ environment, name }) => `${environment} ${name}`);
        const snapshot = join(temporary, "state.db");
        const taken = await store.backup(snapshot);
        if (!taken.ok) return taken;
        const files: ArchiveFile[] = [
          { path: snapshot, name: "state.db" },
          ...["key", "accepted.json", "blobs", "sealed", "gateway", "instances"].flatMap((name) =>
            filesBelow(join(stateFolder, name), name).filter(isKept),
          ),
          ...(request.hasData ? dataOf(stateFolder) : []),
        ];
        const to = resolve(ports.cwd, request.file);
        const info = { id: basename(stateFolder), name: project.name, at: ports.now() };
        const written = await writeArchive(to, info, files, (done) => request.onProgress(done, files.length));
        return written.ok ? ok({ file: to, ...written.value, leftOut }) : written;
      } finally {
        rmSync(temporary, { recursive: true, force: true });
      }
    }),
  );
}

/** What services keep; what they run from lies beside it and is made again from the stored files. */
function dataOf(stateFolder: string): ArchiveFile[] {
  const folder = join(stateFolder, "environments");
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return names.flatMap((name) => filesBelow(statePaths(stateFolder).dataOf(name), `environments/${name}/data`));
}

/** Of the driver's folders only the records: what processes wrote is no part of the state. */
function isKept({ name }: ArchiveFile): boolean {
  return !name.startsWith("instances/") || name.endsWith("/instance.json") || name.endsWith("/.token");
}
