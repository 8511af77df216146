import { shellWord } from "../errors/shell-word.ts";
import { findProgram } from "../inputs/tools.ts";
import { packagesCommand } from "./packages-command.ts";

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * What people write to call this Tidegate in a folder: a command that works there as it stands, and that asks no registry
 * for a package of this name. `program`: the file that was started.
 */
export function ownCommand(folder: string, env: Variables, program: string | undefined): string {
  const called = packagesCommand(folder);
  if (called !== undefined) return called;
  const onPath = (env.PATH ?? "").split(":").filter((each) => !each.includes("/node_modules/"));
  if (findProgram("tidegate", onPath.join(":"), folder) !== undefined || program === undefined) return "tidegate";
  return /\.[jt]s$/.test(program) ? `node ${shellWord(program)}` : shellWord(program);
}
