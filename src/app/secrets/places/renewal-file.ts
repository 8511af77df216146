import { dayOf } from "../../../errors/quantities.ts";
import { ok, type Result } from "../../../errors/result.ts";
import { renewalsPath } from "../../../secrets/files/layout.ts";
import { readRenewals as readFrom } from "../../../secrets/renewals/read-renewals.ts";
import { printRenewals, type Renewal, type Renewals, renewed } from "../../../secrets/renewals/renewals.ts";
import type { SecretsSession } from "./session.ts";
import { writeCommitted } from "./write-committed.ts";

/** What has to be renewed in the project; nothing when there is no file. */
export function readRenewals({ layout }: Pick<SecretsSession, "layout">): Result<Renewals> {
  return readFrom(renewalsPath(layout));
}

/** Committed, without a value: as readable as any source file. */
export function writeRenewals({ layout }: Pick<SecretsSession, "layout">, renewals: Renewals): void {
  writeCommitted(renewalsPath(layout), printRenewals(renewals));
}

/** Marks these as renewed by a file with that counter; those that were open before. Under the lock. */
export function markRenewed(
  session: SecretsSession,
  what: readonly Pick<Renewal, "place" | "key">[],
  counter?: number,
): Result<Renewals> {
  const before = readRenewals(session);
  if (!before.ok) return before;
  const after = renewed(before.value, what, {
    today: dayOf(session.ports.now()),
    ...(counter !== undefined && { counter }),
  });
  if (after === before.value) return ok([]);
  writeRenewals(session, after);
  return ok(after.filter((one, index) => one !== before.value[index]));
}
