import type { BlobStore } from "../blobs/blob-store.ts";
import { DiskBlobStore } from "../blobs/disk/disk-blob-store.ts";
import { ok, type Result } from "../errors/result.ts";
import { type StatePaths, statePaths } from "../files/state-paths.ts";
import type { SecretProvider } from "../secrets/provider.ts";
import { projectSecrets } from "../secrets/providers/project-secrets.ts";
import { openSqliteStore } from "../store/sqlite/open.ts";
import type { Store } from "../store/store.ts";
import { findEnvironment } from "./find-environment.ts";
import { type OpenProject, openProject } from "./open-project.ts";
import type { Ports } from "./ports.ts";

/** The opened project and its state: what use cases that deal with releases and environments work on. */
export interface Session extends OpenProject {
  readonly ports: Ports;
  readonly store: Store;
  readonly blobs: BlobStore;
  readonly paths: StatePaths;
  /** Asks every place once for the whole session. */
  readonly secrets: SecretProvider;
}

/** Opens the project and its state for the work, and closes the state behind it. */
export async function withSession<T>(ports: Ports, work: (session: Session) => Promise<Result<T>>): Promise<Result<T>> {
  const opened = await openProject(ports);
  if (!opened.ok) return opened;
  const paths = statePaths(opened.value.stateFolder);
  const store = await openSqliteStore(paths.database);
  if (!store.ok) return store;
  try {
    const blobs = new DiskBlobStore(paths.blobs);
    const { project, folder } = opened.value;
    const secrets = projectSecrets(project, folder, ports.env, ports.signal);
    return await work({ ...opened.value, ports, store: store.value, blobs, paths, secrets });
  } finally {
    await store.value.close();
  }
}

/** Like `findEnvironment`; one that the definition no longer has but the state still knows is found too. */
export async function findKnownEnvironment(session: Session, name: string): Promise<Result<string>> {
  return (await session.store.environment(name)) === undefined ? findEnvironment(session, name) : ok(name);
}
