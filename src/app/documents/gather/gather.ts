import { declare } from "../../../documents/declare/declare.ts";
import { type Facts, inOrder } from "../../../documents/facts/facts.ts";
import { schemaIds } from "../../../documents/names.ts";
import { dayOf } from "../../../errors/quantities.ts";
import { ok, type Result } from "../../../errors/result.ts";
import { projectGraph } from "../../../graph/project-graph.ts";
import type { OpenProject } from "../../open-project.ts";
import type { Session } from "../../session.ts";
import { gatherMeasured } from "./measured.ts";
import { gatherObserved } from "./observed.ts";

/** What the definition says; the part of the facts that can be known in any clone: no previews, which are in a state alone. */
export async function gatherDeclared({ project, folder }: OpenProject): Promise<Facts["declared"]> {
  const { graph } = await projectGraph(project, folder);
  const environments = Object.entries(project.environments).filter(([, { preview }]) => preview === undefined);
  return inOrder(await declare({ ...project, environments: Object.fromEntries(environments) }, graph));
}

/**
 * Everything that the documents say. What cannot be seen from here (no state, a file that cannot be read) is left out, and
 * the documents say that it is not known.
 */
export async function gatherFacts(session: Session): Promise<Result<Facts>> {
  const declared = await gatherDeclared(session);
  return ok({
    $schema: schemaIds.facts,
    version: 1,
    gathered: dayOf(session.ports.now()),
    written: {},
    declared,
    measured: await gatherMeasured(session, declared),
    observed: await gatherObserved(session, declared),
  });
}
