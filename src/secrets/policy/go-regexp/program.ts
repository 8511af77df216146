import { type Assertion, type Matcher, type Node, RegexpError } from "./node.ts";

/** A step of the machine: `next` are the steps that may follow, for none of them the whole has matched. */
export type Step =
  | { readonly kind: "character"; readonly matches: Matcher; readonly next: number }
  | { readonly kind: "assertion"; readonly at: Assertion; readonly next: number }
  | { readonly kind: "jump"; readonly to: number[] }
  | { readonly kind: "match" };

/** Go refuses what grows too large as well; this is less, so that a hostile expression stays cheap to match. */
const mostSteps = 5000;
/** Of what adds no steps, such as `(){1000}`. */
const mostVisits = 50_000;

/** The steps of an expression; it begins with the one at `start`. */
export interface Program {
  readonly steps: readonly Step[];
  readonly start: number;
}

/** @throws RegexpError when it grows too large. */
export function compile(node: Node): Program {
  const compiler = new Compiler();
  return { start: compiler.emit(node, 0), steps: compiler.steps };
}

class Compiler {
  readonly steps: Step[] = [{ kind: "match" }];
  #visits = 0;

  /** Adds the steps of a node before `next`; where they begin. */
  emit(node: Node, next: number): number {
    if (++this.#visits > mostVisits) throw new RegexpError("It is too large");
    switch (node.kind) {
      case "character":
        return this.#add({ kind: "character", matches: node.matches, next });
      case "assertion":
        return this.#add({ kind: "assertion", at: node.at, next });
      case "sequence":
        return node.parts.reduceRight((after, part) => this.emit(part, after), next);
      case "choice":
        return this.#add({ kind: "jump", to: node.parts.map((part) => this.emit(part, next)) });
      case "repeat":
        return this.#emitRepeat(node, next);
      default:
        return node satisfies never;
    }
  }

  #emitRepeat({ part, least, most }: Node & { kind: "repeat" }, next: number): number {
    let after = most === Number.POSITIVE_INFINITY ? this.#emitLoop(part, next) : next;
    for (let count = least; count < most && most !== Number.POSITIVE_INFINITY; count++) {
      after = this.#add({ kind: "jump", to: [next, this.emit(part, after)] });
    }
    for (let count = 0; count < least; count++) after = this.emit(part, after);
    return after;
  }

  /** It leads back to itself, so it has to be there before its part is. */
  #emitLoop(part: Node, next: number): number {
    const to = [next];
    const loop = this.#add({ kind: "jump", to });
    to.push(this.emit(part, loop));
    return loop;
  }

  #add(step: Step): number {
    if (this.steps.length >= mostSteps) throw new RegexpError("It is too large");
    return this.steps.push(step) - 1;
  }
}
