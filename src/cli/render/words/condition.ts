import { unreachable } from "../../../errors/unreachable.ts";
import type { UnmetCondition } from "../../../events/event.ts";
import { safeLine } from "../safe-text.ts";

/** `branch("main") does not hold: the branch is feature/x`. */
export function showUnmet(unmet: UnmetCondition): string {
  const call = showCall(unmet);
  return safeLine(`${unmet.negated ? `not(${call})` : call} does not hold: ${showFact(unmet)}`);
}

function showCall({ condition, variable, wanted }: UnmetCondition): string {
  const words = wanted.map((each) => JSON.stringify(each)).join(", ");
  switch (condition) {
    case "branch":
    case "changed":
    case "installed":
      return `${condition}(${words})`;
    case "equals":
      return `equals(env("${variable}"), ${words})`;
    case "isSet":
      return `isSet(env("${variable}"))`;
    default:
      return unreachable(condition);
  }
}

function showFact({ condition, variable, wanted, found, hidden, negated }: UnmetCondition): string {
  switch (condition) {
    case "branch":
      return found === undefined ? "no branch is checked out" : `the branch is ${found}`;
    case "changed":
      return found === undefined ? "no such file was changed" : `${found} was changed`;
    case "installed":
      return `${wanted.join(", ")} is ${negated ? "" : "not "}on this machine`;
    case "equals":
    case "isSet":
      if (hidden) return `${variable} is set (its value is not shown)`;
      return found === undefined ? `${variable} is not set` : `${variable} is ${JSON.stringify(found)}`;
    default:
      return unreachable(condition);
  }
}
