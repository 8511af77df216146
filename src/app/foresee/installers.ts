import { posix } from "node:path";
import type { ProgramNeed } from "./command-need.ts";
import type { Foresight } from "./foreseen.ts";
import { installCommand, npmPackageOf } from "./known-programs.ts";
import type { ProjectFiles } from "./project-files.ts";

/** Who needs a program. */
export interface ProgramUser {
  readonly subject: string;
  readonly path: Foresight["path"];
  /** Whether something else needs it in turn. */
  readonly isNeeded: boolean;
}

/** A program that is nowhere on this machine, and that nothing of the project brings. */
export function missingProgram(user: ProgramUser, need: ProgramNeed, files: ProjectFiles): Foresight {
  const { name, script, folder } = need;
  const where = script === undefined ? "" : ` (by the script "${script}" of ${posix.join(folder, "package.json")})`;
  return {
    code: "program-missing",
    path: user.path,
    message: `${user.subject} runs ${name}${where}, which is not on this machine`,
    hint: [howToInstall(name, files, folder), ...(user.isNeeded ? [] : [mayBeMissing(name)])].join("\n"),
    isCertain: false,
  };
}

function howToInstall(name: string, files: ProjectFiles, folder: string): string {
  const npmPackage = npmPackageOf(name);
  if (npmPackage !== undefined && files.packageIn(folder) !== undefined)
    return `Make it one of the project's: ${addCommand(files)} ${npmPackage}`;
  const command = installCommand(name, process.platform) ?? (npmPackage && `npm install --global ${npmPackage}`);
  return command === undefined ? "Install it, or correct the command." : `Install it: ${command}`;
}

function mayBeMissing(name: string): string {
  return `If the task may be left out where ${name} is not: when: installed(${JSON.stringify(name)})`;
}

function addCommand(files: ProjectFiles): string {
  if (files.isFile("pnpm-lock.yaml")) return "pnpm add --save-dev";
  if (files.isFile("yarn.lock")) return "yarn add --dev";
  if (files.isFile("bun.lock") || files.isFile("bun.lockb")) return "bun add --dev";
  return "npm install --save-dev";
}
