import type { Command } from "../../definition/types.ts";
import type { Step } from "../named-task.ts";
import type { WorkspacePackage } from "./package.ts";

export type Steps = readonly [Step, ...Step[]];

/** The commands of a task in a package. Of a script as npm has it: with what is named `pre` and `post` in front and behind. */
export function stepsOf(run: Command, script: string | undefined, scripts: WorkspacePackage["scripts"]): Steps {
  if (script === undefined) return [{ run, isMain: true }];
  const step = (name: string): Step[] => (Object.hasOwn(scripts, name) ? [{ run: scripts[name]!, script: name }] : []);
  const main = step(script).map((each): Step => ({ ...each, isMain: true }));
  return [...step(`pre${script}`), ...main, ...step(`post${script}`)] as unknown as Steps;
}

/** What the commands are together: the fingerprint has it, nothing runs it. */
export function commandOf(steps: Steps): Command {
  if (steps.length === 1) return steps[0].run;
  return steps.map(({ run }) => (typeof run === "string" ? run : run.join(" "))).join(" && ");
}
