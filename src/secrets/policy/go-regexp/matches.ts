import type { Assertion } from "./node.ts";
import type { Program } from "./program.ts";

/** Neighbours of a place; -1 where the text ends. */
interface Place {
  readonly before: number;
  readonly after: number;
}

/**
 * Whether the expression matches anywhere in the text. All ways are followed side by side, so the time is at most
 * that of steps × characters: no expression makes it hang.
 */
export function matchesAnywhere({ steps, start }: Program, text: string): boolean {
  const codePoints = Array.from(text, (character) => character.codePointAt(0)!);
  let waiting: number[] = [];
  for (let index = 0; index <= codePoints.length; index++) {
    const place = { before: codePoints[index - 1] ?? -1, after: codePoints[index] ?? -1 };
    const here = follow(steps, [...waiting, start], place);
    if (here === "match") return true;
    waiting = here.flatMap((at) => {
      const step = steps[at]!;
      return step.kind === "character" && index < codePoints.length && step.matches(place.after) ? [step.next] : [];
    });
  }
  return false;
}

/** The character steps that can be reached without taking a character. */
function follow(steps: Program["steps"], from: readonly number[], place: Place): number[] | "match" {
  const seen = new Set<number>(from);
  const found: number[] = [];
  // A set that grows while it is walked is walked to its new end.
  for (const at of seen) {
    const step = steps[at]!;
    if (step.kind === "match") return "match";
    if (step.kind === "character") found.push(at);
    else if (step.kind === "jump") for (const to of step.to) seen.add(to);
    else if (holds(step.at, place)) seen.add(step.next);
  }
  return found;
}

const newline = 10;

function holds(assertion: Assertion, { before, after }: Place): boolean {
  switch (assertion) {
    case "text-start":
      return before === -1;
    case "text-end":
      return after === -1;
    case "line-start":
      return before === -1 || before === newline;
    case "line-end":
      return after === -1 || after === newline;
    case "boundary":
      return isWord(before) !== isWord(after);
    case "no-boundary":
      return isWord(before) === isWord(after);
    default:
      return assertion satisfies never;
  }
}

function isWord(codePoint: number): boolean {
  return codePoint >= 0 && codePoint < 0x80 && /\w/.test(String.fromCharCode(codePoint));
}
