import picomatch from "picomatch";
import type { Condition } from "../../definition/types.ts";
import type { UnmetCondition } from "../../events/event.ts";
import { matches, mayMatchBelow, type Pattern, parsePattern } from "../patterns/pattern.ts";

/** What conditions are about, as it was when the run began. */
export interface Facts {
  /** The branch that is checked out; `undefined` when none is, or no condition asks. */
  readonly branch: string | undefined;
  /** Files that were changed, relative to the project. Only asked for when a condition is about them. */
  readonly changed: () => readonly string[];
  /** Links and repositories of which everything behind or in them may have changed. */
  readonly changedFolders: () => readonly string[];
  readonly variable: (name: string) => string | undefined;
  /** Whether a program is there for tasks. */
  readonly hasProgram: (name: string) => boolean;
}

/**
 * The parts because of which a condition does not hold; none when it holds. Of `all` the first that does not, of `any`
 * all of them.
 */
export function unmetParts(condition: Condition, facts: Facts, negated = false): readonly UnmetCondition[] {
  switch (condition.condition) {
    case "not":
      return unmetParts(condition.of, facts, !negated);
    case "all":
    case "any": {
      const parts = condition.of.map((each) => unmetParts(each, facts, negated));
      // `not(any(a, b))` holds when neither does: negation turns one into the other.
      const needsAll = (condition.condition === "all") !== negated;
      if (needsAll) return parts.find((part) => part.length > 0) ?? [];
      return parts.some((part) => part.length === 0) ? [] : parts.flat();
    }
    default: {
      const { holds, ...part } = look(condition, facts);
      return holds === negated ? [{ ...part, negated }] : [];
    }
  }
}

type Leaf = Exclude<Condition, { condition: "not" | "all" | "any" }>;
type Looked = Omit<UnmetCondition, "negated"> & { readonly holds: boolean };

function look(leaf: Leaf, facts: Facts): Looked {
  switch (leaf.condition) {
    case "branch": {
      const { branch } = facts;
      const holds = branch !== undefined && picomatch([...leaf.patterns])(branch);
      return { condition: "branch", wanted: leaf.patterns, holds, ...(branch !== undefined && { found: branch }) };
    }
    case "changed": {
      const found = firstMatch(leaf.patterns, facts);
      return { condition: "changed", wanted: leaf.patterns, holds: found !== undefined, ...(found && { found }) };
    }
    case "installed":
      return { condition: "installed", wanted: [leaf.program], holds: facts.hasProgram(leaf.program) };
    case "equals":
    case "isSet": {
      const value = facts.variable(leaf.variable);
      const holds = leaf.condition === "equals" ? value === leaf.value : value !== undefined && value !== "";
      const wanted = leaf.condition === "equals" ? [leaf.value] : [];
      return { condition: leaf.condition, variable: leaf.variable, wanted, holds, ...shown(leaf.variable, value) };
    }
  }
}

/** As in `inputs`: what `!` patterns mean does not count. */
function firstMatch(texts: readonly string[], facts: Facts): string | undefined {
  const patterns = parsed(texts);
  const included = patterns.filter((pattern) => !pattern.excluded);
  const excluded = patterns.filter((pattern) => pattern.excluded);
  const isMeant = (file: string) =>
    included.some((pattern) => matches(pattern, file)) && !excluded.some((pattern) => matches(pattern, file));
  const mayHold = (folder: string) => included.some((pattern) => mayMatchBelow(pattern, excluded, folder));
  return facts.changed().find(isMeant) ?? facts.changedFolders().find(mayHold);
}

function parsed(texts: readonly string[]): Pattern[] {
  return texts.map(parsePattern).flatMap((each) => (each.ok ? [each.pattern] : []));
}

/** What a condition asks of changes: the patterns of each `changed(…)` in it. */
export function changedPatterns(condition: Condition): readonly (readonly Pattern[])[] {
  switch (condition.condition) {
    case "changed":
      return [parsed(condition.patterns)];
    case "not":
      return changedPatterns(condition.of);
    case "all":
    case "any":
      return condition.of.flatMap(changedPatterns);
    default:
      return [];
  }
}

/** Whether a condition asks which branch is checked out. */
export function asksForBranch(condition: Condition): boolean {
  switch (condition.condition) {
    case "branch":
      return true;
    case "not":
      return asksForBranch(condition.of);
    case "all":
    case "any":
      return condition.of.some(asksForBranch);
    default:
      return false;
  }
}

const longestShown = 100;

/** A variable may hold a secret although a condition asks for it: what has such a name, or is long, is not shown. */
function shown(name: string, value: string | undefined): Pick<UnmetCondition, "found" | "hidden"> {
  if (value === undefined) return {};
  const isSecret = /secret|token|key|passw|pwd|credential|auth|cert|private|dsn/i.test(name);
  return isSecret || value.length > longestShown ? { hidden: true } : { found: value };
}
