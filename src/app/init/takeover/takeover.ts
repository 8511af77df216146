import type { Workspace } from "../../../graph/workspace/package.ts";
import type { Left, PackageTaskDraft, TaskDraft } from "../draft.ts";
import type { Repository } from "../repository.ts";

/** What another tool's configuration becomes. */
export interface Takeover {
  /** The tool, for people. */
  readonly found: string;
  readonly tasks: readonly TaskDraft[];
  readonly packages: readonly PackageTaskDraft[];
  readonly remarks: readonly string[];
  readonly left: readonly Left[];
}

/** A repository with packages. */
export interface Source {
  readonly repository: Repository;
  readonly workspace: Workspace;
}

const mostAlike = 3;

/** Collects what could not be carried over, each thing once. */
export class LeftOver {
  readonly #found = new Map<string, Left>();

  add(where: string, why: string): void {
    this.#found.set(`${where}\0${why}`, { where, why });
  }

  /** What has the same reason in many places is told once. */
  get all(): readonly Left[] {
    const byReason = [...Map.groupBy(this.#found.values(), ({ why }) => why).values()];
    return byReason.flatMap((same) =>
      same.length <= mostAlike ? same : [{ where: `${same[0]!.where} and ${same.length - 1} more`, why: same[0]!.why }],
    );
  }
}

/** Stages are for people: what checks is apart from what builds. */
export function stageOf(name: string): string | undefined {
  return /(^|[:-])(test|lint|check|typecheck|type-check|e2e|format|verify|coverage)/.test(name) ? "verify" : undefined;
}
