import { readAgentRecord } from "../agent/client/agent-record.ts";
import { routes } from "../agent/protocol/protocol.ts";
import type { Project } from "../definition/types.ts";
import { type Preview, previewsOf, withPreviews } from "../environment/previews.ts";
import { ok, type Result } from "../errors/result.ts";
import { hasLocalBranch } from "../git/branch-gone.ts";
import type { Store } from "../store/store.ts";
import { connect } from "./connect.ts";
import type { Ports } from "./ports.ts";

/** What the previews of a project are found in. */
export interface PreviewPlace {
  readonly ports: Ports;
  readonly project: Project;
  readonly stateFolder: string;
  readonly store: Pick<Store, "environments">;
}

/**
 * The project with its previews, after those have gone that have ended: every command begins so. The agent is asked, which
 * knows whether the clock can be trusted and what is under way; where previews live one is started that ends them. What
 * cannot be ended now stays, and is tried again.
 */
export async function projectWithPreviews(place: PreviewPlace): Promise<Result<Project>> {
  const records = await place.store.environments();
  if (!records.ok) return records;
  const previews = previewsOf(records.value);
  if (previews.length === 0) return ok(place.project);
  if (!(await tend(place, previews))) return ok(withPreviews(place.project, records.value));
  const left = await place.store.environments();
  return left.ok ? ok(withPreviews(place.project, left.value)) : left;
}

/** Whether anything may have changed. */
async function tend(place: PreviewPlace, previews: readonly Preview[]): Promise<boolean> {
  const { ports, stateFolder } = place;
  const isDue = await mayHaveEnded(ports, previews);
  if (!isDue && readAgentRecord(stateFolder) !== undefined) return false;
  const agent = await connect(ports, place);
  if (!agent.ok || !isDue) return false;
  await agent.value.call(routes.sweep, {}, { ...(ports.tell && { onEvent: ports.tell }), signal: ports.signal });
  return true;
}

/** Whether one is past its time, or its branch is not among the local ones: the agent finds out the rest. */
async function mayHaveEnded(ports: Ports, previews: readonly Preview[]): Promise<boolean> {
  const now = ports.now();
  if (previews.some(({ about }) => about.preview.endsAt <= now || about.state === "destroying")) return true;
  for (const { about } of previews) {
    const { branch, folder } = about.preview;
    if (branch === undefined || folder === undefined) continue;
    if ((await hasLocalBranch(folder, branch, ports.env)) === false) return true;
  }
  return false;
}
