import type { Argv } from "./command.ts";

/**
 * The server of static files that Tidegate brings along, as the command of a service names it. It is no program of the
 * machine: who starts instances knows what to start instead, and no PATH finds it.
 */
export const staticServer = "tidegate:static";

/** Whether the command is of a program that Tidegate brings along. */
export function isBuiltIn(command: string | readonly [string, ...string[]]): boolean {
  return (typeof command === "string" ? command.trim().split(/\s/)[0] : command[0]) === staticServer;
}

/**
 * What to spawn: Tidegate's own runtime with the program's file, and all the words of the command behind it, so that the
 * process shows what was asked for. Any other command as it is. `fileOf`: where the program's file is.
 */
export function withBuiltIns(argv: Argv, fileOf: (name: "static") => string): Argv {
  if (argv.file !== staticServer) return argv;
  const args = ["--disable-warning=ExperimentalWarning", fileOf("static"), argv.file, ...argv.args];
  return { file: process.execPath, args };
}
