import { observer } from "../agent/drivers.ts";
import { isOutdated } from "../agent/outdated.ts";
import type { BlobStore } from "../blobs/blob-store.ts";
import { DiskBlobStore } from "../blobs/disk/disk-blob-store.ts";
import { previewSecrets } from "../config/preview-secrets.ts";
import { knownEnvironments } from "../environment/about.ts";
import type { Failure } from "../errors/failure.ts";
import { failed, ok, type Result } from "../errors/result.ts";
import { type StatePaths, statePaths } from "../files/state-paths.ts";
import { auditSigner } from "../secrets/audit-key.ts";
import { readProjectKey } from "../secrets/project-key.ts";
import type { SecretProvider } from "../secrets/provider.ts";
import { projectSecrets } from "../secrets/providers/project-secrets.ts";
import { type OpenState, openState } from "../state/open-state.ts";
import { openStore } from "../store/open.ts";
import type { Store } from "../store/store.ts";
import { connect } from "./connect.ts";
import { findEnvironment } from "./find-environment.ts";
import { type OpenProject, openProject, placeOf } from "./open-project.ts";
import type { Ports } from "./ports.ts";
import { projectWithPreviews } from "./previews.ts";

/** The opened project and its state: what use cases that deal with releases and environments work on. */
export interface Session extends OpenProject {
  readonly ports: Ports;
  /** What its environments live from; outside of the checkout. */
  readonly stateFolder: string;
  /** Nothing was ever released or deployed from here: the state is an empty one, for this session alone. */
  readonly isEmpty: boolean;
  /** A state of a version before, which cannot be moved out of the checkout while something runs from it. */
  readonly isInCheckout: boolean;
  /** The state has lost its newest part: what it says is not the whole truth. A session that makes something fails with it. */
  readonly outdated?: Failure;
  /** Names of environments that were there once: neither the definition nor the state has them. Their history is kept. */
  readonly gone: ReadonlySet<string>;
  readonly store: Store;
  readonly blobs: BlobStore;
  readonly paths: StatePaths;
  /** Asks every place once for the whole session. */
  readonly secrets: SecretProvider;
}

/**
 * Opens the project and its state for the work, and closes the state behind it. `make`: the work writes to the state, so
 * that one is made where there is none.
 */
export async function withSession<T>(
  ports: Ports,
  purpose: "look" | "make",
  work: (session: Session) => Promise<Result<T>>,
): Promise<Result<T>> {
  const opened = await openProject(ports);
  if (!opened.ok) return opened;
  const state = await openState(placeOf(opened.value, ports), purpose);
  if (!state.ok) return state;
  // Best effort: where none starts, status says so, and the next verb that needs one says why.
  if (state.value.needsAgent)
    await connect(ports, { stateFolder: state.value.stateFolder, project: opened.value.project });
  try {
    return await withState(ports, opened.value, state.value, purpose, work);
  } finally {
    state.value.close();
  }
}

async function withState<T>(
  ports: Ports,
  opened: OpenProject,
  { stateFolder, isEmpty, isInCheckout }: OpenState,
  purpose: "look" | "make",
  work: (session: Session) => Promise<Result<T>>,
): Promise<Result<T>> {
  const paths = statePaths(stateFolder);
  const key = () => readProjectKey(`${stateFolder}/key`);
  const store = await openStore(paths.database, { sign: auditSigner(key) });
  if (!store.ok) return store;
  try {
    const looked = { stateFolder, store: store.value, driver: observer(stateFolder, store.value) };
    const old = isEmpty ? ok(undefined) : await isOutdated(looked);
    if (!old.ok) return old;
    if (old.value !== undefined && purpose === "make") return failed(old.value);
    const outdated = old.value;
    const blobs = new DiskBlobStore(paths.blobs);
    const { folder } = opened;
    const place = { ports, project: opened.project, stateFolder, store: store.value };
    const found = isEmpty || old.value !== undefined ? ok(opened.project) : await projectWithPreviews(place);
    if (!found.ok) return found;
    const project = found.value;
    const known = await knownEnvironments(store.value);
    if (!known.ok) return known;
    const usual = projectSecrets(project, folder, ports.env, ports.signal);
    const derive = (purpose: string) => key().derive(purpose);
    const secrets = previewSecrets(usual, project, derive);
    return await work({
      ...opened,
      project,
      ports,
      stateFolder,
      isEmpty,
      isInCheckout,
      ...(outdated && { outdated }),
      gone: new Set([...known.value.gone].filter((name) => !Object.hasOwn(project.environments, name))),
      store: store.value,
      blobs,
      paths,
      secrets,
    });
  } finally {
    await store.value.close();
  }
}

/** Like `findEnvironment`; one that only the state knows is found, too, also when it is gone. */
export async function findKnownEnvironment(session: Session, name: string): Promise<Result<string>> {
  const known = await session.store.environment(name);
  if (!known.ok) return known;
  return known.value === undefined ? findEnvironment(session, name) : ok(name);
}
