import { cachesOf } from "../../launcher/cache-folder.ts";
import { isInstalled, isOwnCopy } from "../../launcher/own-copy.ts";
import type { DoctorCheck, Finding } from "./finding.ts";

/** Where Tidegate itself runs from: a copy of its own is not removed together with the packages of a project. */
export const checkOwnProgram: DoctorCheck = async ({ env, version }) => [
  ownProgram({ folder: import.meta.dirname, caches: cachesOf(env), version }),
];

/** What there is to know about the program that runs. */
export interface OwnProgram {
  /** Where the code that runs is. */
  readonly folder: string;
  /** Where copies are looked for. */
  readonly caches: string;
  readonly version: string;
}

/** The finding for that; without a look at the disk. */
export function ownProgram({ folder, caches, version }: OwnProgram): Finding {
  const what = "Tidegate";
  if (isOwnCopy(folder)) return { state: "good", what, detail: `${version}, from its own verified copy (${folder})` };
  if (!isInstalled(folder))
    return { state: "good", what, detail: `${version}, in place (${folder}): a clone is not copied` };
  return {
    state: "warning",
    what,
    detail: `${version}, in place (${folder}): there is no folder for a copy of its own, because ${caches} cannot be written, or others can write to it`,
    hint: "Name a folder that is yours alone in XDG_CACHE_HOME; until then a task that removes node_modules removes Tidegate, too.",
  };
}
