import { readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { taskFile } from "../../cache/entries/task-file.ts";
import { removeTree } from "../../cache/outputs/wipe.ts";

/** The name of a stage's folder: whose it is stands first, so that one left by a killed run can be told. */
export function stageName(task: string): string {
  return `${process.pid}.${taskFile(task)}`;
}

/**
 * Removes the stages of runs that are gone. Call while no other run of the project is under way, or can begin; those of
 * a process that lives are left alone, since a task may run Tidegate. @throws the system's error.
 */
export function removeLeftStages(stagesFolder: string): void {
  for (const name of namesIn(stagesFolder)) {
    const pid = Number(name.split(".", 1)[0]);
    if (pid !== process.pid && isRunning(pid)) continue;
    removeNotedGroups(join(stagesFolder, name));
    removeTree(join(stagesFolder, name));
  }
}

/** Notes the control groups that go with a stage. */
export function noteGroups(folder: string, groups: readonly string[]): void {
  writeFileSync(join(folder, "groups"), groups.join("\n"));
}

/** The system lets a group go only when nothing runs in it. */
function removeNotedGroups(folder: string): void {
  for (const group of textOf(join(folder, "groups")).split("\n")) {
    try {
      if (group !== "") rmdirSync(group);
    } catch {
      // It is gone, or somebody is still in it: what was left running is ended elsewhere.
    }
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function isRunning(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid < 2) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
