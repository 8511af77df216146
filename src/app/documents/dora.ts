import { doraFigures } from "../../documents/dora.ts";
import type { DoraFigures } from "../../documents/facts/measured.ts";
import { environmentOrder } from "../../environment/order.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import { findEnvironment } from "../find-environment.ts";
import type { Session } from "../session.ts";
import { readLedger } from "./ledger.ts";

export type { DoraFigures };

export interface DoraRequest {
  /** Default: the last in the order, which is production. */
  readonly environment?: string | undefined;
  /** How many days back, at least 1. */
  readonly days: number;
}

function isPreview({ project }: Session, name: string): boolean {
  return project.environments[name]?.preview !== undefined;
}

/** DORA's five figures of an environment, from the ledger of its deployments. */
export async function dora(session: Session, { environment, days }: DoraRequest): Promise<Result<DoraFigures>> {
  const name = environment ?? environmentOrder(session.project).findLast((one) => !isPreview(session, one));
  if (name === undefined) {
    const hint = "Add one: environments: { production: { driver: local(), strategy: rolling() } }";
    return failed({
      code: "unknown-environment",
      message: "The definition has no environments, so there are no figures",
      hint,
    });
  }
  const found = findEnvironment(session, name);
  if (!found.ok) return found;
  const ledger = await readLedger(session.store, found.value);
  if (!ledger.ok) return ledger;
  return ok(doraFigures({ environment: found.value, ledger: ledger.value, days, now: session.ports.now() }));
}
