import { observer } from "../../agent/drivers.ts";
import { isAnythingThere } from "../../agent/environments/clear-away.ts";
import { ok, type Result } from "../../errors/result.ts";
import { ledgerCodec, snapshotCodec } from "../../records/resource.ts";
import type { Session } from "../session.ts";
import { bytesBelow } from "./cost.ts";

/** What `env destroy` removes of an environment. Its history and the packed releases stay. */
export interface WhatGoes {
  readonly environment: string;
  /** Running instances. */
  readonly instances: number;
  /** What its services wrote into `TIDEGATE_DATA_DIR`. */
  readonly dataBytes: number;
  readonly resources: readonly { readonly name: string; readonly kind: string; readonly snapshots: number }[];
}

/** Looks and changes nothing. `undefined`: there is nothing of the environment; what could not be looked at may be there. */
export async function whatGoes(session: Session, environment: string): Promise<Result<WhatGoes | undefined>> {
  const { store, stateFolder, paths } = session;
  const driver = observer(stateFolder, store);
  const there = await isAnythingThere({ store, driver, paths }, environment);
  if (!there.ok || !there.value) return there.ok ? ok(undefined) : there;
  const resources = await resourcesOf(session, environment);
  if (!resources.ok) return resources;
  const observed = await driver.observe(environment);
  const instances = observed.ok ? observed.value.filter(({ state }) => state.state === "running").length : 0;
  return ok({
    environment,
    instances,
    dataBytes: bytesBelow(paths.dataOf(environment)),
    resources: resources.value,
  });
}

/** By name, with what it counts of each; one that is not understood is there all the same. */
async function resourcesOf({ store }: Session, environment: string): Promise<Result<WhatGoes["resources"]>> {
  const [records, snapshots] = [await store.resources(environment), await store.snapshots(environment)];
  if (!records.ok) return records;
  if (!snapshots.ok) return snapshots;
  const owners = snapshots.value.flatMap(({ id, document }) => {
    const about = snapshotCodec.decode(document, `What is known of snapshot ${id}`);
    return about.ok ? [about.value.resource] : [];
  });
  return ok(
    records.value.map(({ name, document }) => {
      const entry = ledgerCodec.decode(document, `What is known of ${name} in ${environment}`);
      const kind = entry.ok ? entry.value.spec.resource : "not understood";
      return { name, kind, snapshots: owners.filter((owner) => owner === name).length };
    }),
  );
}
