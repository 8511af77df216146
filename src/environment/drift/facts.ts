import type { Deviation, Instance } from "../../drivers/driver.ts";
import type { BesideLook, Inspection } from "../../drivers/inspection.ts";
import type { EnvironmentRoutes } from "../../gateway/gateway.ts";
import type { ResourceSpec } from "../../records/resource.ts";
import type { Fleet } from "../../strategies/fleet.ts";
import type { DeploymentSpec } from "../spec.ts";
import type { DriftDimension, DriftFinding, NotChecked, UncheckedPart } from "./report.ts";

/** What was deployed to one environment and what is really there, as far as anybody could look. */
export interface DriftFacts {
  readonly environment: string;
  /** What should run; empty when nothing was deployed, or it was stopped. */
  readonly fleet: Fleet;
  readonly isStopped: boolean;
  readonly serving?: { readonly deployment: number; readonly spec: DeploymentSpec };
  readonly underWay?: { readonly deployment: number; readonly release: string };
  /** Of the deployments that the fleet's members belong to. */
  readonly specs: ReadonlyMap<number, DeploymentSpec>;
  readonly instances: readonly Instance[];
  readonly inspections: readonly Inspection[];
  readonly beside: BesideLook;
  /** `unreachable`: nothing answers. `undefined` in it: the gateway has nothing of the environment. */
  readonly gateway: { readonly table: EnvironmentRoutes | undefined } | "unreachable";
  readonly files: readonly FilesFact[];
  readonly resources: readonly ResourceFact[];
  /** The digest that instances and specs have of a value. */
  readonly digest: (value: string) => string;
}

/** A release where the environment runs it from; `undefined`: it is not there. */
export type FilesFact = { readonly release: string } & (
  | { readonly looked: Deviation | undefined }
  | { readonly unseen: NotChecked; readonly detail?: string }
);

export type ResourceFact = { readonly spec: ResourceSpec } & (
  | {
      readonly looked: /** `kept`: it kept data, of which there may be a snapshot. */
        | { readonly state: "absent"; readonly kept?: { readonly snapshot?: number } }
        | {
            readonly state: "there";
            readonly version?: string;
            readonly deviations: readonly string[];
            readonly settings?: readonly string[];
            readonly unchecked: readonly string[];
          };
    }
  | { readonly unseen: NotChecked; readonly detail?: string }
);

/** One dimension of one object: what was found ([]: it is as it was deployed), or why it was not checked. */
export type Check = { readonly dimension: DriftDimension; readonly object: string } & (
  | { readonly found: readonly DriftFinding[] }
  | { readonly because: NotChecked; readonly detail?: string }
);

/** A check that was made. */
export function looked(dimension: DriftDimension, object: string, found: readonly DriftFinding[]): Check {
  return { dimension, object, found };
}

/** A check that could not be created. */
export function notLooked({ dimension, object, because, detail }: UncheckedPart): Check {
  return { dimension, object, because, ...(detail === undefined ? {} : { detail }) };
}
