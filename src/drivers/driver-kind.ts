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

/** One option of a driver's builder. All of them may be left out. */
export interface DriverOption {
  readonly isRight: (value: unknown) => boolean;
  /** What it must be, behind "must be". */
  readonly expected: string;
}

/** One kind of driver. Light to load: what it takes to run it is loaded by `open`. */
export interface DriverKind {
  /** What its builder takes besides `url`, by name: `check` of a definition goes by it. */
  readonly options: Readonly<Record<string, DriverOption>>;
  /** What of a choice that passed its check is stored with a deployment. */
  spec(choice: Readonly<Record<string, unknown>>): DriverSpec;
  /** Whether something stored is a spec of this kind, whole and not of a newer version. */
  isSpec(spec: DriverSpec): boolean;
  open(spec: DriverSpec, place: DriverPlace): Promise<Driver>;
}
