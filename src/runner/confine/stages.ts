import { readdirSync } from "node:fs";
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
    if (pid === process.pid || !isRunning(pid)) removeTree(join(stagesFolder, name));
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
