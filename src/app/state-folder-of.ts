import { join } from "node:path";

/** The folder that holds everything Tidegate keeps of a project. */
export function stateFolderOf(projectFolder: string): string {
  return join(projectFolder, ".tidegate");
}
