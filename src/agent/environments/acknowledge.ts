import { failed, ok, type Result } from "../../errors/result.ts";
import type { Actor } from "../../events/actor.ts";
import { acknowledgedMatter } from "../../records/matter.ts";
import type { EnvironmentHands } from "./performer-world.ts";

export interface Acknowledgement {
  readonly deployment: number;
  readonly reason?: string;
}

/** Notes who has seen which gates were set aside for a deployment. Somebody who comes later changes nothing. */
export async function acknowledge(
  { world, lease, tell, action }: Pick<EnvironmentHands, "world" | "lease" | "tell" | "action">,
  { deployment, reason }: Acknowledgement,
  by?: Actor,
): Promise<Result<void>> {
  const { environment } = lease;
  const found = await world.store.matters({ environment, deployment });
  if (!found.ok) return found;
  const matter = found.value.find(({ kind }) => kind === "override");
  if (matter === undefined) return failed(nothingOverridden(deployment));
  if (!matter.isOpen) return ok();
  const said = { at: world.now(), ...(by && { by }), ...(reason !== undefined && { reason }) };
  const acknowledged = acknowledgedMatter(matter, said);
  if (!acknowledged.ok) return acknowledged;
  const about = { by, deployment, ...(reason !== undefined && { reason }) };
  const written = await world.store.setMatter(lease, { ...acknowledged.value, action: action("acknowledge", about) });
  if (!written.ok) return written;
  tell({ type: "overrideAcknowledged", environment, deployment, ...(reason !== undefined && { reason }) });
  return ok();
}

function nothingOverridden(deployment: number) {
  return {
    code: "nothing-awaited",
    message: `No gate was overridden for deployment ${deployment}`,
    hint: "See what awaits somebody: tidegate status",
  } as const;
}
