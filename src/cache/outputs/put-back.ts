import { readdirSync, realpathSync, rmSync } from "node:fs";
import { join } from "node:path";
import { readTextIfThere } from "../../files/read-if-there.ts";
import { isWithin } from "../../graph/patterns/pattern.ts";
import { identityOf, isAlive } from "../../process/identity.ts";
import { type AsidePlaces, moveBack, removeBeside } from "./aside-move.ts";
import { type AsideItem, parseNote } from "./aside-note.ts";
import { misplacedFiles, removeTree } from "./wipe.ts";

/**
 * Puts items back, the last one first, since it may hold the place of the one before. Where a link now leads out of the
 * project, or to what is nobody's, nothing is touched. Returns what is back. @throws the system's error.
 */
export function putBackItems(
  places: AsidePlaces,
  items: readonly AsideItem[],
  isWanted: (item: AsideItem) => boolean = () => true,
): string[] {
  const back = items.toReversed().filter((item, position) => {
    const isPlaced = misplacedFiles(places.projectFolder, [item.path]).length === 0;
    return isPlaced && isWanted(item) && moveBack(places, item, items.length - 1 - position);
  });
  return back.map(({ path }) => path).toReversed();
}

/** Whether killed runs left something that `putBackLeft` is for. Those that live are not looked at more closely. */
export function isSomethingLeft(asideFolder: string): boolean {
  return namesIn(asideFolder).some((name) => {
    const note = name.endsWith(".json") ? readNote(asideFolder, name) : undefined;
    return note !== undefined && !isAlive(note.owner);
  });
}

/**
 * Puts back what runs had set aside that are gone, and removes what they left besides. Call while no other run of the
 * project is under way, or can begin, and after what those runs started has been ended; what living ones set aside is
 * left alone. Outputs that the running program itself is in are those that count: they were made anew to run it.
 * Returns the paths that are back. @throws the system's error; call again when there is room, or permission.
 */
export function putBackLeft(asideFolder: string, projectFolder: string, program = import.meta.dirname): string[] {
  const names = namesIn(asideFolder);
  const isMadeAnew = ({ path }: AsideItem) => holds(join(projectFolder, path), program);
  const back = names.flatMap((name) => {
    const note = name.endsWith(".json") ? readNote(asideFolder, name) : undefined;
    if (note === undefined || isAlive(note.owner)) return [];
    const id = name.slice(0, -".json".length);
    const places = { projectFolder, id, folder: join(asideFolder, id) };
    const items = putBackItems(places, note.items, (item) => !note.isDone && !isMadeAnew(item));
    for (const [at, item] of note.items.entries()) removeBeside(places, item, at);
    rmSync(join(asideFolder, name), { force: true });
    return items;
  });
  for (const name of names) if (isWaste(asideFolder, name)) removeQuietly(join(asideFolder, name));
  return back;
}

/** What is named by no note, and a note that is not whole or names nothing. */
function isWaste(asideFolder: string, name: string): boolean {
  if (name.endsWith(".json")) return readNote(asideFolder, name) === undefined;
  if (name.endsWith(".tmp")) return identityOf(Number(name.split(".", 1)[0])) === undefined;
  return readNote(asideFolder, `${name}.json`) === undefined;
}

function readNote(asideFolder: string, name: string) {
  return parseNote(readTextIfThere(join(asideFolder, name), { forgive: "everything" }));
}

function holds(path: string, program: string): boolean {
  try {
    return isWithin(realpathSync.native(program), realpathSync.native(path));
  } catch {
    return false;
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** What nobody may remove is only in the way. */
function removeQuietly(path: string): void {
  try {
    removeTree(path);
  } catch {
    // The next run tries again.
  }
}
