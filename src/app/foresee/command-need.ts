import { posix } from "node:path";

/** What must be there for a command to run. Paths are relative to the project. */
export type CommandNeed =
  | FileNeed
  | { readonly is: "folder"; readonly path: string; readonly of: string }
  | ProgramNeed
  | ScriptNeed
  | DemandNeed;

/** One of these files: the first is the one that was named. */
export interface FileNeed {
  readonly is: "file";
  readonly anyOf: readonly [string, ...string[]];
  /** No command of the line runs before, which might have made it. */
  readonly isFirst?: boolean;
}

export interface ProgramNeed {
  readonly is: "program";
  readonly name: string;
  /** The folder it is looked for in when its name is a path, and whose `node_modules/.bin` a script has in its PATH. */
  readonly folder: string;
  /** The script of package.json that names it. */
  readonly script?: string;
  readonly isFirst?: boolean;
}

/** A script that package.json does not have. */
export interface ScriptNeed {
  readonly is: "script";
  readonly name: string;
  readonly file: string;
  readonly others: readonly string[];
}

/** Something that the place where it runs may not have. */
export interface DemandNeed {
  readonly is: "demand";
  readonly demand: "network" | "terminal" | "forever";
  /** As it is written. */
  readonly command: string;
}

/** A path of a command's as one of the project; `undefined`: it is not in there. */
export function inProject(folder: string, path: string): string | undefined {
  if (path.startsWith("/")) return undefined;
  const joined = posix.join(folder, path).replace(/\/$/, "");
  if (joined === ".." || joined.startsWith("../")) return undefined;
  return joined === "." ? "" : joined;
}
