import type { Duration } from "../errors/duration.ts";
import type { Age } from "./quantity.ts";
import type { Command, Explained } from "./task-options.ts";

/** A command that must succeed against a new instance before it gets traffic. */
export interface CheckGate extends Explained {
  readonly kind: "gate";
  readonly gate: "check";
  readonly name: string;
  readonly run: Command;
  readonly timeout?: Duration;
}

type WeekTime = `${"Mon" | "Tue" | "Wed" | "Thu" | "Fri" | "Sat" | "Sun"} ${number}:${number}`;
type CalendarTime = `${number}-${number}-${number}` | `${number}-${number}-${number} ${number}:${number}`;

/** A range of the week, also over its end, or of the calendar. A `to` without a time is the end of that day. */
export type DeniedRange =
  | { readonly from: WeekTime; readonly to: WeekTime }
  | { readonly from: CalendarTime; readonly to: CalendarTime };

export interface WindowOptions {
  /** When nothing is deployed: `{ from: "Fri 16:00", to: "Mon 08:00" }`, `{ from: "2026-12-20", to: "2027-01-02" }`. */
  readonly deny: readonly DeniedRange[];
  /** By whose clocks: `"Europe/Berlin"`. */
  readonly timeZone: string;
}

/** Times at which no deployment begins. */
export interface WindowGate extends Explained, WindowOptions {
  readonly kind: "gate";
  readonly gate: "window";
}

/** Somebody, by what git or the machine calls them: an e-mail address, the name of a user; or `group:` and a name of `access.groups`. */
export type Identity = string;

export interface ApprovalOptions {
  /** Who may give it. Default: `"approvers"`, those of `access`. */
  readonly by?: "approvers" | "operators" | Identity | readonly ("approvers" | "operators" | Identity)[];
  /** How many of them. Default: 1. */
  readonly count?: number;
  /** true: neither who asked for the deployment nor who wrote one of its commits. Default: false. */
  readonly notAuthor?: boolean;
  /** How long a deployment waits for it. Default: 3d. */
  readonly expires?: Age;
}

/** People who have to agree before a deployment begins. */
export interface ApprovalGate extends Explained, ApprovalOptions {
  readonly kind: "gate";
  readonly gate: "approval";
}

/** Who may do what. Who has the machine's user can do whatever Tidegate can: this holds for those who keep to it. */
export interface Access {
  /** Who may approve deployments. */
  readonly approvers?: readonly Identity[];
  /** Who may deploy. Default: everybody. */
  readonly operators?: readonly Identity[];
}

export interface ProjectAccess extends Access {
  /** Names for several people: `{ leads: ["ada@example.org", "grace@example.org"] }`, as `"group:leads"`. */
  readonly groups?: Readonly<Record<string, readonly Identity[]>>;
}

/** What a rollback would come to is tried out in a throw-away environment, before a release comes here. */
export interface RehearsalGate extends Explained {
  readonly kind: "gate";
  readonly gate: "rehearsal";
  readonly data?: RehearsalData;
}

/** What the resources of a rehearsal begin with: nothing, or what the environment's newest snapshots have. */
export type RehearsalData = "empty" | "snapshot";

export type Gate = CheckGate | WindowGate | ApprovalGate | RehearsalGate;
