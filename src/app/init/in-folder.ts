import { shellWord } from "../../errors/shell-word.ts";

/** A command as it runs in a folder of the project, which may end in a slash; "" is the project's own. */
export function inFolder(folder: string, command: string): string {
  return folder === "" ? command : `cd ${shellWord(folder.replace(/\/$/, ""))} && ${command}`;
}
