import type { DeploymentRecord } from "../store/store.ts";
import { configChanges } from "./config-changes.ts";
import { specOf } from "./spec.ts";

/** Whether two deployments brought the same release with the same config; not when one of them cannot be read. */
export function servesSame(one: DeploymentRecord, other: DeploymentRecord): boolean {
  if (one.release !== other.release) return false;
  const [first, second] = [specOf(one), specOf(other)];
  return first.ok && second.ok && configChanges(first.value, second.value).length === 0;
}
