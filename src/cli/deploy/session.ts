import type { BlobStore } from "../../blobs/blob-store.ts";
import { DiskBlobStore } from "../../blobs/disk/disk-blob-store.ts";
import { type ExitCode, exitCodes } from "../../errors/exit-code.ts";
import { ok, type Result } from "../../errors/result.ts";
import { type StatePaths, statePaths } from "../../files/state-paths.ts";
import type { SecretProvider } from "../../secrets/provider.ts";
import { projectSecrets } from "../../secrets/providers/project-secrets.ts";
import { type OpenState, openState } from "../../state/open-state.ts";
import { openStore } from "../../store/open.ts";
import type { Store } from "../../store/store.ts";
import type { Context } from "../context.ts";
import { type OpenProject, openProject, placeOf } from "../open-project.ts";
import { reportFailures } from "../report-failures.ts";
import { findEnvironment } from "./find-environment.ts";

export { findEnvironment };

/** What verbs that deal with releases and environments work on. */
export interface Session extends OpenProject {
  readonly context: Context;
  /** What its environments live from; outside of the checkout. */
  readonly stateFolder: string;
  /** Nothing was ever released or deployed from here: the state is an empty one, for this call alone. */
  readonly isEmpty: boolean;
  readonly store: Store;
  readonly blobs: BlobStore;
  readonly paths: StatePaths;
  /** Asks every place once for the whole call. */
  readonly secrets: SecretProvider;
}

/**
 * Opens the project and its state for the work, closes the state behind it, and tells how it went. `make`: the work
 * writes to the state, so that one is made where there is none.
 */
export async function withSession(
  context: Context,
  purpose: "look" | "make",
  work: (session: Session) => Promise<Result<ExitCode | undefined>>,
): Promise<ExitCode> {
  const opened = await openProject(context);
  if (!opened.ok) return reportFailures(context, opened.failures);
  const state = await openState(placeOf(opened.value, context), purpose);
  if (!state.ok) return reportFailures(context, state.failures);
  try {
    return await withState(context, opened.value, state.value, work);
  } finally {
    state.value.close();
  }
}

async function withState(
  context: Context,
  opened: OpenProject,
  { stateFolder, isEmpty }: OpenState,
  work: (session: Session) => Promise<Result<ExitCode | undefined>>,
): Promise<ExitCode> {
  const paths = statePaths(stateFolder);
  const store = await openStore(paths.database);
  if (!store.ok) return reportFailures(context, store.failures);
  try {
    const blobs = new DiskBlobStore(paths.blobs);
    const { project, folder } = opened;
    const secrets = projectSecrets(project, folder, context.env, context.signal);
    const done = await work({ ...opened, context, stateFolder, isEmpty, store: store.value, blobs, paths, secrets });
    return done.ok ? (done.value ?? exitCodes.done) : reportFailures(context, done.failures);
  } finally {
    await store.value.close();
  }
}

/** Like `findEnvironment`; one that the definition no longer has but the state still knows is found too. */
export async function findKnownEnvironment(session: Session, name: string): Promise<Result<string>> {
  const known = await session.store.environment(name);
  if (!known.ok) return known;
  return known.value === undefined ? findEnvironment(session, name) : ok(name);
}
