import * as v from "valibot";
import type { Result } from "../errors/result.ts";
import type { Actor } from "../events/actor.ts";
import type { Event } from "../events/event.ts";
import type { AuditLink, NewAction } from "../store/store.ts";
import { actorSchema } from "./actor.ts";
import { codec } from "./codec.ts";

/** What is done by people, or by Tidegate in their place; in the order of a deployment's life, then the rest. */
export type ActionName =
  | "deploy"
  | "promote"
  | "rollback"
  | "mend"
  | "pause"
  | "resume"
  | "promote-now"
  | "abort"
  | "answer-gate"
  | "await-approval"
  | "approve"
  | "reject"
  | "lapse-approval"
  | "override"
  | "acknowledge"
  | "end"
  | "quarantine"
  | "clear-quarantine"
  | "pin"
  | "unpin"
  | "prune-releases"
  | "create-environment"
  | "prolong-preview"
  | "start-environment"
  | "stop-environment"
  | "destroy-environment"
  | "mend-drift"
  | "back-up"
  | "restore-resources"
  | "run-command"
  | "change-secrets"
  | "restore-state"
  | "accept-state";

/** An action as it goes into the audit log. Nothing secret may be in it: whoever makes one has redacted it. */
export interface Action extends NewAction {
  readonly action: ActionName;
  readonly by?: Actor;
}

/** What an action is about, without when it was and what it is. */
export type ActionMore = Omit<Action, "at" | "action" | "by"> & { readonly by?: Actor | undefined };

/** The one door for actions. */
export function actionAt(at: number, action: ActionName, { by, ...more }: ActionMore): Action {
  return { at, action, ...more, ...(by && { by }) };
}

/** The action that an event tells of; of others the entry is written where they are done, with what they change. */
export function actionOf({ at, by, event }: Told): Action | undefined {
  switch (event.type) {
    case "commandBegun":
      return actionAt(at, "run-command", {
        by,
        environment: event.environment,
        details: { command: event.command },
      });
    case "secretsChanged":
      return actionAt(at, "change-secrets", { by, details: { place: event.place, keys: event.keys } });
    default:
      return undefined;
  }
}

interface Told {
  readonly at: number;
  readonly by?: Actor;
  readonly event: Event;
}

const text = v.string();
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(1));

const auditEntryCodec = codec({
  version: 1,
  schema: v.strictObject({
    seq: count,
    at: v.number(),
    /** Not one of a list: what a newer version calls something is shown all the same. */
    action: text,
    environment: v.exactOptional(text),
    deployment: v.exactOptional(count),
    release: v.exactOptional(text),
    by: v.exactOptional(actorSchema),
    reason: v.exactOptional(text),
    details: v.exactOptional(v.unknown()),
    previous: v.exactOptional(text),
  }),
});

/** An entry of the audit log as it is read. */
export interface AuditEntry extends Omit<NewAction, "by"> {
  readonly seq: number;
  readonly by?: Actor;
  readonly previous?: string;
}

/** Fails with `state-newer` or `state-damaged`. */
export function readAuditEntry({ seq, entry }: AuditLink): Result<AuditEntry> {
  let document: unknown;
  try {
    document = JSON.parse(entry);
  } catch {
    document = undefined;
  }
  return auditEntryCodec.decode(document, `Entry ${seq} of the audit log`);
}
