import type { Driver } from "./driver.ts";
import type { KeyedDigest, SpoolPlace } from "./place.ts";

/** Which driver a deployment goes to, as it is stored with it. */
export interface DriverSpec {
  /** Its name in the registry. */
  readonly kind: string;
  readonly [option: string]: unknown;
}

/** What a driver is opened with: what the agent has, or who only looks. */
export interface DriverPlace {
  /** Where it may keep things. */
  readonly stateFolder: string;
  /** Where raw output goes on this machine. Absent for those who only look. */
  readonly spools?: SpoolPlace;
  /** Where private files go on this machine. Absent for those who only look. */
  readonly filesFolder?: string;
  /** Digests what instances are started with. */
  readonly digest?: KeyedDigest;
  /** Takes what is worth a line in a log, and no failure. */
  readonly report?: (problem: unknown) => void;
}

/** What is wrong with what somebody wrote in the definition. */
export interface ChoiceProblem {
  /** Which option; absent: the choice as a whole. */
  readonly option?: string;
  /** What it must be, behind "must be". */
  readonly expected: string;
  readonly hint?: string;
}

/** One kind of driver. Light to load: what it takes to run it is loaded by `open`. */
export interface DriverKind {
  /** What is wrong with a choice of the definition: what the builder returned, or what was put in its place. */
  check(choice: Readonly<Record<string, unknown>>): readonly ChoiceProblem[];
  /** What of a choice is stored with a deployment. */
  spec(choice: Readonly<Record<string, unknown>>): DriverSpec;
  /** Whether something stored is a spec of this kind, whole and not of a newer version. */
  isSpec(spec: DriverSpec): boolean;
  open(spec: DriverSpec, place: DriverPlace): Promise<Driver>;
}
