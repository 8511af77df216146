import { chmodSync, existsSync, renameSync, rmdirSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { failed, ok, type Result } from "../../errors/result.ts";
import { lstatIfThere } from "../../files/lstat-if-there.ts";
import { makeFolder } from "../../files/make-folder.ts";
import { removeTree } from "../../files/remove-tree.ts";
import { syncFolder } from "../../files/sync-folder.ts";
import type { SnapshotAbout } from "../../records/resource.ts";
import { goneFailure } from "../gone.ts";
import type { Observed, ResourceContext, ResourceProvider, Snapshots } from "../resource.ts";
import { checkRoom } from "../room.ts";
import type { FolderSpec } from "./kind.ts";
import { type FolderPlaces, isInside, newPath, placesOf } from "./places.ts";
import { bytesIn, databaseProblems, saveFolder, unpackSnapshot } from "./snapshot.ts";

/**
 * Folders of data in the state folder, private to the user. A restore puts the new content beside the old and then renames;
 * between the two renames `data` is not there, and whoever comes next finishes (`finishSwap`).
 */
export function folderProvider(): ResourceProvider<FolderSpec> {
  return { ...folders, snapshots: { ...snapshots } };
}

const folders: ResourceProvider<FolderSpec> = {
  kind: "folder",

  async create({ name }, context) {
    const made = context.made ?? { path: newPath(context, name) };
    const places = placesOf({ ...context, made });
    if (!places.ok) return places;
    const noted = await context.note(made);
    if (!noted.ok) return noted;
    finishSwap(places.value!);
    if (context.wasWhole && !existsSync(places.value!.data))
      return failed(goneFailure(`The folder ${name} of ${context.environment}`, { ...context, name }));
    makeFolder(places.value!.data);
    chmodSync(places.value!.data, 0o700);
    return ok(made);
  },

  async connect(spec, context) {
    const places = madePlaces(spec, context);
    return places.ok ? ok({ path: places.value.data }) : places;
  },

  async observe(_, context, depth): Promise<Result<Observed>> {
    const places = placesOf(context);
    if (!places.ok) return places;
    const stats = places.value && lstatIfThere(places.value.data);
    if (stats === undefined) return ok({ state: "absent" });
    const deviations = [
      ...(stats.isDirectory() ? [] : [`${places.value!.data} is not a folder`]),
      ...((stats.mode & 0o077) === 0 ? [] : [`${places.value!.data} can be read by other users`]),
    ];
    const seen = { state: "there", deviations, unchecked: [] } as const;
    if (depth === "glance") return ok({ ...seen, leftOut: ["its size"] });
    return ok({ ...seen, bytes: await sizeOf(places.value!) });
  },

  mending: (_, { environment, name }) => [
    `To have it created or repaired: tidegate env create ${environment}`,
    `To bring back what it kept: tidegate env restore ${environment} --resource ${name} --yes`,
  ],

  async destroy(_, context) {
    const places = placesOf(context);
    if (!places.ok) return places;
    if (places.value === undefined) return ok();
    await removeTree(places.value.home);
    removeEmpty(dirname(places.value.home), context.folder);
    return ok();
  },
};

const snapshots: Snapshots<FolderSpec> = {
  async take(spec, context, name) {
    const places = madePlaces(spec, context);
    if (!places.ok) return places;
    const place = { kind: "folder", name: join("folders", context.environment, spec.name, name) } as const;
    const target = snapshotPath(context, place);
    if (!target.ok) return target;
    const what = `The folder ${spec.name} of ${context.environment}`;
    const bytes = await sizeOf(places.value);
    const room = checkRoom({ kind: "copy", what, bytes, folder: dirname(target.value) }, context.say);
    if (!room.ok) return room;
    return ok({ kind: "folder", place, bytes: await saveFolder(places.value.data, target.value, context.signal) });
  },

  async restore(spec, context, { place }) {
    const places = placesOf(context);
    const source = snapshotPath(context, place);
    if (!places.ok) return places;
    if (!source.ok) return source;
    if (places.value === undefined) return failed(neverMade(spec.name, context));
    makeFolder(places.value.home);
    finishSwap(places.value);
    const unpacked = await unpackSnapshot(source.value, places.value.incoming, context);
    if (!unpacked.ok) return unpacked;
    return swap(places.value, context);
  },

  async rehearse(spec, context, { place }) {
    const places = madePlaces(spec, context);
    const source = snapshotPath(context, place);
    if (!places.ok) return places;
    if (!source.ok) return source;
    const { trial } = places.value;
    try {
      const unpacked = await unpackSnapshot(source.value, trial, context);
      if (!unpacked.ok) return unpacked;
      const [problem] = await databaseProblems(trial, source.value);
      return problem === undefined ? ok() : failed(unusable(spec.name, problem));
    } finally {
      await removeTree(trial);
    }
  },

  async forget(_, context, place) {
    const target = snapshotPath(context, place);
    if (!target.ok) return target;
    await removeTree(`${target.value}.part`);
    await removeTree(target.value);
    removeEmpty(dirname(target.value), context.snapshots);
    return ok();
  },

  async copyTo(spec, context, snapshot, folder) {
    const source = snapshotPath(context, snapshot.place);
    if (!source.ok) return source;
    const at = new Date(snapshot.at).toISOString().replaceAll(":", "-");
    const target = join(folder, `${context.project}-${context.environment}-${spec.name}-${at}`);
    if (existsSync(target)) return ok(target);
    makeFolder(folder);
    const part = `${target}.part`;
    await removeTree(part);
    makeFolder(part);
    const unpacked = await unpackSnapshot(source.value, join(part, "data"), context);
    if (!unpacked.ok) return unpacked;
    renameSync(part, target);
    syncFolder(folder);
    return ok(target);
  },
};

/** Where its data is. Fails when it was never created, or is gone. */
function madePlaces({ name }: FolderSpec, context: ResourceContext): Result<FolderPlaces> {
  const places = placesOf(context);
  if (!places.ok) return places;
  if (places.value === undefined) return failed(neverMade(name, context));
  finishSwap(places.value);
  if (existsSync(places.value.data)) return ok(places.value);
  const gone = goneFailure(`The folder ${name} of ${context.environment}`, { environment: context.environment, name });
  return failed({ ...gone, cause: `${places.value.data} is not there.` });
}

function neverMade(name: string, { environment }: ResourceContext) {
  return {
    code: "unknown-resource",
    message: `${environment} has no folder ${name} yet`,
    hint: `A deployment creates it: tidegate deploy ${environment}`,
  } as const;
}

function unusable(name: string, cause: string) {
  return { code: "backup-damaged", message: `A database in the snapshot of ${name} is damaged`, cause } as const;
}

/** Whole on its way in: from here on it is finished, whoever comes. */
async function swap(places: FolderPlaces, { made, note }: ResourceContext): Promise<Result<void>> {
  // The last look whether this is still ours to do.
  const noted = await note(made!);
  if (!noted.ok) return noted;
  await removeTree(places.outgoing);
  if (existsSync(places.data)) renameSync(places.data, places.outgoing);
  renameSync(places.incoming, places.data);
  syncFolder(places.home);
  await removeTree(places.outgoing);
  return ok();
}

/** After a kill between the two renames what comes in is whole: only then what was there has been moved. */
function finishSwap({ data, incoming, outgoing }: FolderPlaces): void {
  if (existsSync(data) || !existsSync(outgoing)) return;
  renameSync(existsSync(incoming) ? incoming : outgoing, data);
}

/** Removes folders from here up that have nothing in them any more, as far as the one that stays. */
function removeEmpty(folder: string, stays: string): void {
  for (let path = folder; path !== stays && path.startsWith(stays); path = dirname(path)) {
    try {
      rmdirSync(path);
    } catch (error) {
      // One that is gone already went by an earlier attempt; one with something in it stays.
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") return;
    }
  }
}

function snapshotPath({ snapshots }: ResourceContext, { name }: SnapshotAbout["place"]): Result<string> {
  if (isInside(name)) return ok(join(snapshots, name));
  const hint = "Restore the state from a backup; nothing was touched.";
  return failed({ code: "state-damaged", message: "A snapshot is outside the state's snapshots", hint });
}

async function sizeOf({ data }: FolderPlaces): Promise<number> {
  return bytesIn(data, await readdir(data, { recursive: true }));
}
