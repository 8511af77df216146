import {
  chmodSync,
  cpSync,
  type PathLike,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { lstatIfThere } from "../../files/lstat-if-there.ts";
import { makeFolder } from "../../files/make-folder.ts";
import { passedOver } from "../../files/state-folder.ts";
import type { AsideItem } from "./aside-note.ts";
import { clear, removeTree } from "./wipe.ts";

/** Where an item may be while it is away. */
export interface AsidePlaces {
  readonly projectFolder: string;
  /** The folder of all that is set aside together. */
  readonly folder: string;
  /** Its name: nobody else's. */
  readonly id: string;
}

export function sourceOf({ projectFolder }: AsidePlaces, { path, bytes }: AsideItem): string | Buffer {
  return bytes === undefined
    ? `${projectFolder}/${path}`
    : Buffer.concat([Buffer.from(`${projectFolder}/`), Buffer.from(bytes, "base64")]);
}

/**
 * Moves the n-th item away: to the folder when that is on the same disk, else beside itself, else (where something is
 * mounted) as a copy that is whole before the original goes. What is not there is not moved. @throws the system's error.
 */
export function moveAway(places: AsidePlaces, item: AsideItem, at: number, mounts: readonly string[]): void {
  const source = sourceOf(places, item);
  if (lstatIfThere(source) === undefined) return;
  const own = ownPlace(places, at);
  const isMounted = mounts.includes(`${places.projectFolder}/${item.path}`);
  if (item.mode !== undefined) chmodSync(source, item.mode | 0o200);
  if (!isMounted && (renamed(source, own) || renamed(source, besidePlaces(places, item, at)[0]))) return;
  const part = `${own}.part`;
  cpSync(textOf(source), part, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
  renameSync(part, own);
  clear(source);
}

/** Moves it back, in place of what stands there now; `undefined` when it is in neither place. @throws the system's error. */
export function moveBack(places: AsidePlaces, item: AsideItem, at: number): true | undefined {
  if (item.isNew) clear(sourceOf(places, item));
  const kept = [ownPlace(places, at), ...besidePlaces(places, item, at)].find(
    (place) => lstatIfThere(place) !== undefined,
  );
  if (kept === undefined) return undefined;
  const target = sourceOf(places, item);
  clear(target);
  makeFolder(dirname(`${places.projectFolder}/${item.path}`), 0o777);
  const isFree = lstatIfThere(target) === undefined;
  if (!isFree || !renamed(kept, target)) {
    cpSync(kept, textOf(target), { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
    removeTree(kept);
  }
  if (item.mode !== undefined) chmodSync(target, item.mode);
  return true;
}

export function isBeside(places: AsidePlaces, item: AsideItem, at: number): boolean {
  return besidePlaces(places, item, at).some((place) => lstatIfThere(place) !== undefined);
}

/** Removes what an item was moved beside itself for. @throws the system's error. */
export function removeBeside(places: AsidePlaces, item: AsideItem, at: number): void {
  const beside = besidePlaces(places, item, at).filter((place) => lstatIfThere(place) !== undefined);
  if (beside.length === 0) return;
  for (const place of beside) removeTree(place);
  removeIfUnused(besideFolder(places, item));
}

/** Of a folder that was made for this nothing stays. */
function removeIfUnused(folder: string): void {
  const inner = join(folder, passedOver);
  if (lstatIfThere(inner) !== undefined && readdirSync(inner).length === 0) rmdirSync(inner);
  if (readdirSync(folder).join() !== ".gitignore") return;
  rmSync(join(folder, ".gitignore"));
  rmdirSync(folder);
}

/** Folders below the project on which something is mounted. */
export function mountsBelow(projectFolder: string): string[] {
  if (process.platform !== "linux") return [];
  const lines = readFileSync("/proc/self/mountinfo", "utf8").split("\n");
  const points = lines.map((line) => (line.split(" ")[4] ?? "").replace(/\\([0-7]{3})/g, fromOctal));
  return points.filter((point) => point.startsWith(`${projectFolder}/`));
}

function fromOctal(_: string, digits: string): string {
  return String.fromCharCode(Number.parseInt(digits, 8));
}

function ownPlace({ folder }: AsidePlaces, at: number): string {
  return join(folder, String(at));
}

/** No task may have it. */
function besideFolder({ projectFolder }: AsidePlaces, { path }: AsideItem): string {
  return join(projectFolder, dirname(path), ".tidegate");
}

/** In a folder that no walk enters; and where older versions put it. */
function besidePlaces(places: AsidePlaces, item: AsideItem, at: number): [string, string] {
  const folder = besideFolder(places, item);
  const name = `aside-${places.id}-${at}`;
  return [join(folder, passedOver, `.${name}`), join(folder, name)];
}

/** false: it would have to go to another disk. */
function renamed(source: PathLike, target: PathLike): boolean {
  try {
    prepare(target);
    renameSync(source, target);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EXDEV") throw error;
    return false;
  }
}

function prepare(target: PathLike): void {
  const inner = dirname(String(target));
  if (!inner.endsWith(`/.tidegate/${passedOver}`) || lstatIfThere(inner) !== undefined) return;
  makeFolder(inner);
  const ignore = join(dirname(inner), ".gitignore");
  if (lstatIfThere(ignore) === undefined) writeFileSync(ignore, "*\n", { mode: 0o600 });
}

/** What is copied has a name that can be told: the rest is renamed, or refused as it is. */
function textOf(path: string | Buffer): string {
  return String(path);
}
