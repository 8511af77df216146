import type { Problem } from "../../definition/problem.ts";
import { type Graph, upstreamOf } from "../graph.ts";
import { matches, type Pattern } from "../patterns/pattern.ts";
import type { Claim } from "../patterns/task-patterns.ts";

interface Owned extends Claim {
  readonly task: string;
}

/**
 * What is wrong between tasks: outputs that two tasks would write, and inputs that are outputs of a task that does not
 * run before.
 */
export function findConflicts(graph: Graph): Problem[] {
  const outputs = new OutputOwners(graph);
  return [...outputs.conflicts(), ...[...graph.values()].flatMap(({ name }) => misplacedInputs(graph, name, outputs))];
}

/** Who owns which output, by folder, so that a look-up costs the depth of a path and not the number of tasks. */
class OutputOwners {
  readonly #byBase = new Map<string, Owned[]>();

  constructor(graph: Graph) {
    for (const { name, patterns } of graph.values()) {
      for (const claim of patterns.outputs) {
        const owned = { ...claim, task: name };
        const others = this.#byBase.get(claim.pattern.base);
        if (others) others.push(owned);
        else this.#byBase.set(claim.pattern.base, [owned]);
      }
    }
  }

  /** Everything declared at the path. */
  at(path: string): readonly Owned[] {
    return this.#byBase.get(path) ?? [];
  }

  /** Everything declared at folders above the path. */
  above(path: string): readonly Owned[] {
    const found = path === "" ? [] : [...this.at("")];
    for (let slash = path.indexOf("/"); slash !== -1; slash = path.indexOf("/", slash + 1))
      found.push(...this.at(path.slice(0, slash)));
    return found;
  }

  conflicts(): Problem[] {
    const problems: Problem[] = [];
    for (const [base, owners] of this.#byBase) {
      for (const [position, owned] of owners.entries()) {
        const earlier = [...this.above(base), ...owners.slice(0, position)];
        const other = earlier.find((above) => above.task !== owned.task && overlaps(above.pattern, owned.pattern));
        if (other) problems.push(conflict(other, owned));
      }
    }
    return problems;
  }
}

/** `upper` stands at or above `lower`. Two different globs are given the benefit of the doubt. */
function overlaps(upper: Pattern, lower: Pattern): boolean {
  if (upper.kind !== "glob") return true;
  return lower.kind === "glob" ? upper.text === lower.text : matches(upper, lower.base);
}

function conflict(first: Owned, second: Owned): Problem {
  const hint = "Only one task may write a file: give them different outputs.";
  const message = `"${first.task}" and "${second.task}" both write ${second.pattern.text}`;
  return { code: "output-conflict", path: second.path, message, hint };
}

function misplacedInputs(graph: Graph, name: string, outputs: OutputOwners): Problem[] {
  const claims = graph.get(name)!.patterns.inputs ?? [];
  return claims.flatMap((claim) => {
    const owner = claim.pattern.excluded ? undefined : ownerOf(claim.pattern, outputs);
    if (owner === undefined || upstreamOf(graph, name).has(owner.task)) return [];
    return [owner.task === name ? readsOwnOutput(claim, name) : readsUnneeded(claim, name, owner.task)];
  });
}

function ownerOf(input: Pattern, outputs: OutputOwners): Owned | undefined {
  const owners = [...outputs.above(input.base), ...outputs.at(input.base)];
  return owners.find(
    ({ pattern }) => pattern.kind !== "glob" || (input.kind === "path" && matches(pattern, input.base)),
  );
}

function readsOwnOutput(claim: Claim, name: string): Problem {
  const message = `"${name}" both reads and writes ${claim.pattern.text}`;
  const hint = "Outputs are removed before the task runs, so it cannot read them: write somewhere else.";
  return { code: "output-conflict", path: claim.path, message, hint };
}

function readsUnneeded(claim: Claim, name: string, owner: string): Problem {
  const message = `"${name}" reads ${claim.pattern.text}, which "${owner}" writes, but does not need "${owner}"`;
  return {
    code: "unknown-need",
    path: claim.path,
    message,
    hint: `Add ${owner.includes("#") ? JSON.stringify(owner) : owner} to \`needs\`.`,
  };
}
