import { existsSync } from "node:fs";
import { join } from "node:path";
import { isSamePlain, type OpenSops } from "@tidegate/sops";
import { statePaths } from "../../../files/state-paths.ts";
import { toNewEvent } from "../../../records/envelope.ts";
import { auditSigner } from "../../../secrets/audit-key.ts";
import { readProjectKey } from "../../../secrets/project-key.ts";
import { placeOf } from "../../open-project.ts";
import { whoAsks } from "../../who-asks.ts";
import type { OpenPlace } from "./open-place.ts";
import type { SecretsSession } from "./session.ts";

/**
 * Notes in the project's history who changed which secrets; names, no values. Only where there is a history: it is made by
 * the first release, and the file itself is committed. Never fails: the file is written already.
 */
export async function noteChange(session: SecretsSession, before: OpenPlace, after: OpenSops): Promise<void> {
  const { ports, declared } = session;
  const [{ peekState }, { openStore }] = await Promise.all([
    import("../../../state/open-state.ts"),
    import("../../../store/open.ts"),
  ]);
  const state = peekState(placeOf(session, ports));
  if (!state.ok || state.value === undefined) return;
  const { database, folder } = statePaths(state.value);
  const sign = auditSigner(() => readProjectKey(join(folder, "key")));
  const store = existsSync(database) ? await openStore(database, { sign }) : undefined;
  if (!store?.ok) return;
  const keys = declared.map(({ key }) => key).filter((key) => isChanged(before.open.get([key]), after.get([key])));
  const by = await whoAsks(ports.folder, ports.env);
  try {
    const event = { type: "secretsChanged", place: before.place, keys } as const;
    await store.value.appendEvents([toNewEvent({ at: ports.now(), by, event })]);
  } finally {
    await store.value.close();
  }
}

function isChanged(before: ReturnType<OpenSops["get"]>, after: ReturnType<OpenSops["get"]>): boolean {
  return (before === undefined) !== (after === undefined) || (before !== undefined && !isSamePlain(before, after));
}
