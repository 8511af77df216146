import type { Result } from "../errors/result.ts";
import type { ResourceSpec, SnapshotAbout } from "../records/resource.ts";
import type { Secret, Secrets } from "../secrets/secret.ts";

/**
 * Makes, looks at, saves and removes one kind of resource for environments. It is naive: it does what it is told, and everything
 * that it does can be done again after a kill at any point. For one resource it is asked for one thing at a time, but for two:
 * `observe` may come at any time, and `create`, `connect` and `plan` while something of `snapshots` other than a restore goes on. What it is about to make it has
 * written down before (`note`), so that the ledger knows everything that may be there; what it removes is exactly what is in the
 * ledger, never what only has a fitting name. What cannot be reached is a failure (`resource-unreachable`), never "absent".
 * All providers pass `test/resources/conformance.ts`.
 */
export interface ResourceProvider<S extends ResourceSpec = ResourceSpec> {
  readonly kind: S["resource"];
  /** Makes what is missing and mends what was altered; what is as it should be costs a look. Resolves with what there is now. */
  create(spec: S, context: ResourceContext): Promise<Result<Made>>;
  /** What its users get, by the name of the output. Brings up what has to run for it. Fails when it was never created. */
  connect(spec: S, context: ResourceContext): Promise<Result<Outputs>>;
  /**
   * What `connect` tells, from what is kept, for who hides secrets: starts and asks nothing, and is {} when it cannot be known
   * so. Left out: `connect` brings up nothing.
   */
  recall?(spec: S, context: ResourceContext): Promise<Result<Outputs>>;
  /** Looks, as closely as `depth` says, and starts and changes nothing. */
  observe(spec: S, context: ResourceContext, depth: Depth): Promise<Result<Observed>>;
  /** How people mend what is wrong with it, in words with the commands to run, a line each. Looks at nothing. */
  mending(spec: S, at: ResourcePlace): readonly string[];
  /** Removes exactly what `context.made` names; what is gone already is a success. Never what is external. */
  destroy(spec: S, context: ResourceContext): Promise<Result<void>>;
  /** Takes back what `observe` tells as `settings`. Left out: there is nothing of that kind. */
  reset?(spec: S, context: ResourceContext): Promise<Result<void>>;
  /** Left out: it keeps no data that could be saved. */
  readonly snapshots?: Snapshots<S>;
  /** What `create` would change, in sentences; [] when nothing. Left out: it is `observe`'s to tell. */
  plan?(spec: S, context: ResourceContext): Promise<Result<readonly string[]>>;
  /** The versions that this machine has the programs of. Left out: it has no versions. */
  versionsHere?(): Promise<readonly string[]>;
  /** Work as long as the agent lives, for all environments: what has to run runs again when it ended. Left out: there is none. */
  tend?(host: ResourceHost, needs: TendNeeds): Promise<void>;
  /**
   * Ends what runs for resources, because no environment runs that could use them. Nothing is removed, and whoever connects next
   * brings it up again. Left out: nothing runs.
   */
  rest?(host: ResourceHost): Promise<Result<void>>;
}

export interface TendNeeds {
  /** What environments have in which something runs now: nothing has to run for others. */
  inUse(): readonly ResourceSpec[];
  /** Takes what went wrong. */
  report(problem: unknown): void;
  readonly signal: AbortSignal;
}

/** How what a resource keeps is saved and brought back. Everything here is safe to repeat. */
export interface Snapshots<S extends ResourceSpec = ResourceSpec> {
  /**
   * Saves it as it is at one moment. `name`: new, and the same when it is done again after a kill. Says first how much there is
   * when it is much, and fails with `no-space` before anything is begun where there is no room for it (`checkRoom`).
   */
  take(spec: S, context: ResourceContext, name: string): Promise<Result<Taken>>;
  /** Makes the resource what it was then: all of it or nothing, and never neither. */
  restore(spec: S, context: ResourceContext, snapshot: SnapshotAbout): Promise<Result<void>>;
  /** Restores it to somewhere else, looks whether it is whole, and removes that again. */
  rehearse(spec: S, context: ResourceContext, snapshot: SnapshotAbout): Promise<Result<void>>;
  /** Removes a snapshot, or what is left of one that was not finished. */
  forget(spec: S, context: ResourceContext, place: SnapshotAbout["place"]): Promise<Result<void>>;
  /** Copies a snapshot to a folder that people chose, complete or not at all. Resolves with the path. */
  copyTo?(spec: S, context: ResourceContext, snapshot: SnapshotAbout, folder: string): Promise<Result<string>>;
}

export type Taken = Pick<SnapshotAbout, "kind" | "bytes" | "place"> & { readonly version?: string };

/** What of a resource is kept in the ledger: names, ports, versions; nothing secret. Plain JSON, the provider's own. */
export type Made = Readonly<Record<string, unknown>>;

/** By name; what lets somebody in is a `Secret`. */
export type Outputs = Readonly<Record<string, string | Secret>>;

/** Where a provider works, for all environments of a project. */
export interface ResourceHost {
  /** The project's name, for names that people see. */
  readonly project: string;
  /** Absolute, private, outside of the checkout: servers, folders of data, states of Terraform. */
  readonly folder: string;
  /** Absolute, private: files of snapshots. */
  readonly snapshots: string;
  /** A secret text of 64 hexadecimal digits that is always the same for a purpose: passwords need not be kept anywhere. */
  derive(purpose: string): Secret;
}

export interface ResourceContext extends ResourceHost {
  readonly environment: string;
  /** What the ledger has; absent: nothing was ever begun. */
  readonly made?: Made;
  /**
   * It was whole, and what it keeps is of value: `create` makes nothing anew in place of what is gone, and fails with `resource-gone`.
   * Absent: what is missing is made, empty.
   */
  readonly wasWhole?: true;
  /** Secrets of the environment that specs name: the URL of what is external. */
  readonly secrets: Secrets;
  /**
   * Writes down what is about to be made or removed, under the environment's lease, before it is. When it fails
   * (`stale-writer`, a full disk) nothing further may be done.
   */
  note(made: Made): Promise<Result<void>>;
  /** Progress of what takes longer than a second, for people. */
  say(text: string): void;
  readonly signal: AbortSignal;
}

/**
 * How closely somebody looks. What is left out is neither good nor bad: it is in `leftOut`.
 *
 * `glance`: whether it is there, whether it answers, and which version, in the time of one question to it, however much it keeps: no
 * program is run, nothing is walked or measured, and who does not answer is waited for no longer than `glanceMs`. For who looks
 * often: status, doctor, the agent. `measure`: a glance, and how many bytes it keeps, even if they have to be walked. `whole`:
 * everything that can be found out: for drift, plans, parity, and who wants to see one environment.
 */
export type Depth = "glance" | "measure" | "whole";

/** How long whoever does not look whole waits for an answer, in milliseconds. */
export const glanceMs = 2_000;

/** Which resource of which environment. */
export interface ResourcePlace {
  readonly environment: string;
  readonly name: string;
}

export type Observed =
  /** Not there, for certain. */
  | { readonly state: "absent" }
  /** By whoever does not look whole and has not what is needed, such as a secret: nothing is known of it. `because`: why. */
  | { readonly state: "unseen"; readonly because: string }
  | {
      readonly state: "there";
      /** What answers, not what was asked for: "16.4". */
      readonly version?: string;
      readonly bytes?: number;
      /** What is not as it was made, in sentences: an altered role, a missing database. [] when all is well. */
      readonly deviations: readonly string[];
      /**
       * What was set that `create` never sets, in sentences: by hand, or by what uses the resource. `create` leaves it alone. Left out:
       * there is nothing of that kind.
       */
      readonly settings?: readonly string[];
      /** What could not be looked at, in sentences. */
      readonly unchecked: readonly string[];
      /** What was not looked at because of the depth, a few words each: "its size". Absent: nothing, as always when it is looked at whole. */
      readonly leftOut?: readonly string[];
    };
