import { nearest } from "../../definition/distance.ts";
import type { ScriptNeed } from "./command-need.ts";
import type { Foresight } from "./foreseen.ts";

const mostShown = 10;

/** A script that is run and that package.json does not have. */
export function missingScript(subject: string, path: Foresight["path"], { name, file, others }: ScriptNeed): Foresight {
  const meant = nearest(name, others);
  const list = others.slice(0, mostShown).join(", ") + (others.length > mostShown ? ", …" : "");
  const all = others.length === 0 ? `${file} has no scripts.` : `${file} has the scripts ${list}.`;
  return {
    code: "unknown-script",
    path,
    message: `${subject} runs the script "${name}", which ${file} does not have`,
    hint: meant === undefined ? all : `Did you mean "${meant}"?`,
    isCertain: true,
  };
}
