import { accessSync, constants, lstatSync } from "node:fs";
import { dirname } from "node:path";
import { findDefinition } from "../../definition/find.ts";
import { stateFolderOf } from "../open-project.ts";
import { shellWord } from "../shell-word.ts";
import type { DoctorCheck, Finding } from "./finding.ts";

/** Whether the state can be written, and only by its owner. */
export const checkState: DoctorCheck = async ({ folder }) => {
  const definition = findDefinition(folder);
  if (definition === undefined) return [];
  const projectFolder = dirname(definition);
  const state = stateFolderOf(projectFolder);
  const stat = lstatSync(state, { throwIfNoEntry: false });
  if (stat === undefined) return [notThereYet(projectFolder)];
  if (!stat.isDirectory()) {
    const hint = `Move it away: mv ${shellWord(state)} ${shellWord(`${state}.old`)}`;
    return [finding("broken", `${state} is not a folder`, hint)];
  }
  if (!isWritable(state))
    return [finding("broken", `${state} cannot be written`, `Run: chmod -R u+rwX ${shellWord(state)}`)];
  if ((stat.mode & 0o077) !== 0) {
    return [finding("warning", `${state} can be read by others`, `Run: chmod -R go-rwx ${shellWord(state)}`)];
  }
  return [finding("good", state)];
};

function notThereYet(projectFolder: string): Finding {
  if (isWritable(projectFolder)) return finding("good", "nothing is kept here yet");
  return finding("broken", `${projectFolder} cannot be written`, `Run: chmod u+w ${shellWord(projectFolder)}`);
}

function finding(state: Finding["state"], detail: string, hint?: string): Finding {
  return { state, what: "State", detail, ...(hint === undefined ? {} : { hint }) };
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
