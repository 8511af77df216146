import type { DeploymentSpec } from "../../environment/spec.ts";
import type { Failure } from "../../errors/failure.ts";
import type { Actor } from "../../events/actor.ts";
import type { Envelope } from "../../events/envelope.ts";
import type { EnvironmentAbout } from "../../records/resource.ts";
import type { ServiceRecord } from "../../records/service.ts";
import type { Secrets } from "../../secrets/secret.ts";

/**
 * What the CLI and the agent say to each other: HTTP over a Unix socket, JSON bodies. Calls that take long answer
 * with one `Message` per line: events or text as they come, then the end. A caller that hangs up changes nothing. The head of
 * the answer goes out before anything is done: without it, or with a status of 503, the call has not begun and may be
 * made again.
 */
export type Message =
  | { readonly envelope: Envelope }
  /** Part of what instances wrote, secrets redacted. */
  | { readonly text: string }
  /** The same, where it is no UTF-8, in base64. */
  | { readonly bytes: string }
  | { readonly end: CallEnd };

export type CallEnd = { readonly ok: true } | { readonly ok: false; readonly failures: readonly Failure[] };

export const routes = {
  about: "/v1/about",
  /** GET: what `status` shows, and the number of the last event before it was looked at. */
  state: "/v1/state",
  /** GET, `?after=SEQ`: an envelope a line; what is kept, then what comes, until the caller hangs up. */
  events: "/v1/events",
  deploy: "/v1/deployments",
  rollback: "/v1/rollbacks",
  abort: "/v1/aborts",
  /** Lets the deployment under way pause, go on, or go on without waiting. */
  steer: "/v1/steerings",
  /** Somebody has seen that gates were set aside for a deployment. */
  acknowledge: "/v1/acknowledgements",
  /** Somebody approves or rejects a deployment that waits for it. */
  approve: "/v1/approvals",
  start: "/v1/starts",
  stop: "/v1/stops",
  create: "/v1/creations",
  destroy: "/v1/destructions",
  /** A preview's seed has run to a good end: it does not run again. */
  seeded: "/v1/seedings",
  /** What resources tell a command that uses them, as `text` in JSON: by variable, and which are secret. */
  connections: "/v1/connections",
  backup: "/v1/backups",
  restore: "/v1/restores",
  mend: "/v1/mendings",
  /** Tries out in a throw-away environment what going back from a release would come to. */
  rehearse: "/v1/rehearsals",
  /** Destroys the previews whose time is over, or whose branch is gone. */
  sweep: "/v1/sweeps",
  logs: "/v1/logs",
  /** Makes room for another agent; what runs goes on running. Refused while anything is under way. */
  quit: "/v1/quit",
  /** Ends the agent and the gateway if there is nothing to look after; otherwise does nothing. */
  rest: "/v1/rest",
} as const;

export interface About {
  readonly version: string;
  readonly pid: number;
  /** Environments with a deployment under way or waiting. */
  readonly busy: readonly string[];
}

/** What every call may say of itself besides what it asks for. */
export interface Caller {
  readonly by?: Actor;
}

export interface DeployCall {
  readonly spec: DeploymentSpec;
  /** Of the secret environment variables, by name. */
  readonly secrets: Secrets;
  /** false: refused with `environment-busy` when another deployment is under way; otherwise it waits its turn. */
  readonly wait: boolean;
  /**
   * `served`: answered once the release has all requests, though what served before is kept for a while. `ended`: once that is
   * over, too. Default: `served`.
   */
  readonly until?: "served" | "ended";
  /** Where the release is to go afterwards, if this deployment has to wait for approval. */
  readonly rest?: readonly string[];
}

export interface ApproveCall extends EnvironmentCall {
  readonly deployment: number;
  readonly verdict: "approve" | "reject";
  /** The digest of the plan that was seen. */
  readonly plan: string;
  readonly reason?: string;
  /** Those of its secrets that are at hand, where they are the same: the sealed ones may be lost since a restart of the machine. */
  readonly secrets: Secrets;
}

/** A call with secrets as it goes over the socket. */
export type CallMessage<C extends { readonly secrets: Secrets }> = Omit<C, "secrets"> & {
  readonly secrets: Readonly<Record<string, string>>;
};

/** Secrets are revealed here for the way to the agent, and nowhere else: send it and forget it. */
export function messageOf<C extends { readonly secrets: Secrets }>(call: C): CallMessage<C> {
  return { ...call, secrets: Object.fromEntries([...call.secrets].map(([name, secret]) => [name, secret.reveal()])) };
}

export interface RollbackCall {
  readonly environment: string;
  /** A digest or its beginning; without it, the release before. */
  readonly release?: string;
  readonly reason?: string;
  readonly wait: boolean;
}

export interface EnvironmentCall {
  readonly environment: string;
}

export interface SteerCall extends EnvironmentCall {
  readonly what: "pause" | "resume" | "promote";
  /** Why; it is written down. */
  readonly reason?: string;
  /** Of which step of which deployment it is said: when that is over, it has happened. Absent: of whatever it stands at. */
  readonly of?: { readonly deployment: number; readonly step: number };
}

export interface AcknowledgeCall extends EnvironmentCall {
  readonly deployment: number;
  readonly reason?: string;
}

export interface BackupCall {
  readonly environment: string;
  /** Only this resource; without it, all that keep something. */
  readonly resource?: string;
}

export interface RestoreCall {
  readonly environment: string;
  readonly resource?: string;
  /** The snapshot's number; without it, the newest that was not made before a restore. */
  readonly at?: number;
}

export interface CreateCall {
  readonly environment: string;
  /** What it is to be. Of one that is there already, what stays as it was stays: when it was made, and by whom. */
  readonly about: EnvironmentAbout;
  /** The URLs of what is external, by the names that its resources say. */
  readonly secrets: Secrets;
  /** Of a preview: so many there may be at a time. */
  readonly max?: number;
}

export interface RehearseCall {
  /** Where the release is to come. */
  readonly environment: string;
  /** The throw-away environment that this is tried out in. */
  readonly rehearsal: string;
  readonly about: EnvironmentAbout;
  /** What serves, and what is to come, as they are deployed there. */
  readonly old: DeploymentSpec;
  readonly new: DeploymentSpec;
  /** Of both, made up. */
  readonly secrets: Secrets;
  /** Secrets of them that have a value here, and those that have none. */
  readonly standIns: readonly string[];
  readonly leftOut: readonly string[];
  /** Of everything that its result depends on. */
  readonly key: string;
}

export interface SeededCall extends EnvironmentCall {
  /** When the preview was made that was seeded: another one of that name was not. Milliseconds since 1970. */
  readonly createdAt: number;
}

export interface MendCall extends EnvironmentCall {
  /** Subjects of drift that stay as they are. */
  readonly except: readonly string[];
  /** What is gone with its data is made anew without it. */
  readonly mayBeEmpty?: boolean;
}

export interface ConnectionsCall {
  readonly environment: string;
  /** As services use them, by variable. */
  readonly uses: NonNullable<ServiceRecord["uses"]>;
  /** The URLs of what is external, by the names that its resources say. */
  readonly secrets: Secrets;
}

/** The answer's text, in JSON. It holds secrets: it goes over the private socket, and nowhere else. */
export interface Connections {
  readonly values: Readonly<Record<string, string>>;
  /** Variables of which the value is one. */
  readonly secret: readonly string[];
}

export interface LogsCall {
  readonly environment: string;
  /** Only this instance or service; without it, all instances. */
  readonly only?: string;
  readonly lines: number;
  readonly follow: boolean;
}
