import type { Ports } from "../ports.ts";

/** What one look found. */
export interface Finding {
  readonly state: "good" | "warning" | "broken";
  /** What was looked at: "Node". */
  readonly what: string;
  readonly detail: string;
  /** How to mend it. */
  readonly hint?: string;
}

/** Looks at one thing and changes nothing. [] when it does not apply here. */
export type DoctorCheck = (ports: Ports) => Promise<readonly Finding[]>;
