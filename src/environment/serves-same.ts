import type { DeploymentRecord } from "../store/store.ts";
import { configChanges } from "./config-changes.ts";
import { specOf } from "./spec.ts";

/** Whether two deployments brought the same release with the same config. */
export function servesSame(one: DeploymentRecord, other: DeploymentRecord): boolean {
  return one.release === other.release && configChanges(specOf(one), specOf(other)).length === 0;
}
