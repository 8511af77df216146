import { accessSync, constants, existsSync } from "node:fs";
import { dirname } from "node:path";
import { findDefinition } from "../../definition/load/find.ts";
import type { Failure } from "../../errors/failure.ts";
import { shellWord } from "../../errors/shell-word.ts";
import { lstatIfThere } from "../../files/lstat-if-there.ts";
import { checkoutFolderOf } from "../../files/state-paths.ts";
import { findState, goneFailure, unclaimedFailure } from "../../state/find-state.ts";
import { hasOldState } from "../../state/move-old-state.ts";
import { openProject, placeOf } from "../open-project.ts";
import type { DoctorCheck, Finding } from "./finding.ts";

/** Whether state and cache can be written, and only by their owner, and whether it is known which state is the one. */
export const checkState: DoctorCheck = async (ports) => {
  const definition = findDefinition(ports.folder);
  if (definition === undefined) return [];
  const cache = checkFolder("Cache", checkoutFolderOf(definition.folder));
  const opened = await openProject(ports);
  if (!opened.ok) return [cache];
  const found = findState(placeOf(opened.value, ports));
  if (!found.ok) return [...found.failures.map(broken), cache];
  const standing = found.value;
  switch (standing.is) {
    case "own":
      if (hasOldState(standing.checkout.checkoutFolder)) return [oldState, cache];
      return [checkFolder("State", standing.state.stateFolder), cache];
    case "none":
      if (hasOldState(standing.checkout.checkoutFolder)) return [oldState, cache];
      return [checkFolder("State", standing.home), cache];
    case "unclaimed":
      return [{ ...broken(unclaimedFailure(opened.value.project.name, standing.known)), state: "warning" }, cache];
    case "gone":
      return [broken(goneFailure(standing.id, standing.state, standing.home)), cache];
    default:
      return standing satisfies never;
  }
};

const oldState: Finding = {
  state: "warning",
  what: "State",
  detail: "is still in the checkout, where an earlier version kept it",
  hint: "Have it moved out while it serves: tidegate status",
};

function checkFolder(what: string, folder: string): Finding {
  const stat = lstatIfThere(folder);
  if (stat === undefined) return notThereYet(what, folder);
  if (!stat.isDirectory()) {
    const hint = `Move it away: mv ${shellWord(folder)} ${shellWord(`${folder}.old`)}`;
    return { state: "broken", what, detail: `${folder} is not a folder`, hint };
  }
  if (!isWritable(folder)) {
    const hint = `Run: chmod -R u+rwX ${shellWord(folder)}`;
    return { state: "broken", what, detail: `${folder} cannot be written`, hint };
  }
  if ((stat.mode & 0o077) !== 0) {
    const hint = `Run: chmod -R go-rwx ${shellWord(folder)}`;
    return { state: "warning", what, detail: `${folder} can be read by others`, hint };
  }
  return { state: "good", what, detail: folder };
}

function notThereYet(what: string, folder: string): Finding {
  let parent = dirname(folder);
  while (!existsSync(parent)) parent = dirname(parent);
  if (isWritable(parent)) return { state: "good", what, detail: "nothing is kept here yet" };
  const hint = `Run: chmod u+w ${shellWord(parent)}`;
  return { state: "broken", what, detail: `${parent} cannot be written`, hint };
}

function broken({ message, cause, hint }: Failure): Finding {
  const detail = cause === undefined ? message : `${message}: ${cause.split("\n").join("; ")}`;
  return { state: "broken", what: "State", detail, ...(hint === undefined ? {} : { hint }) };
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
