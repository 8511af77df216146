import { showInZone, type WindowStanding } from "../../../definition/window.ts";
import { count } from "../../../errors/quantities.ts";
import { unreachable } from "../../../errors/unreachable.ts";
import type { Event } from "../../../events/event.ts";
import { safeLine } from "../safe-text.ts";

/** Whether deployments may begin, and until when that holds. */
export function showWindow(window: WindowStanding): string {
  const until = (at: number | undefined) =>
    at === undefined ? "" : ` until ${showInZone(at, window.timeZone)} (${window.timeZone})`;
  if (window.isOpen) return `takes deployments now${until(window.shutsAt)}`;
  const { from, to } = window.range;
  const because = ` (shut from ${from} to ${to})`;
  return window.opensAt === undefined
    ? `takes no deployments any more${because}`
    : `takes no deployments${until(window.opensAt)}${because}`;
}

type Of<T extends Event["type"]> = Extract<Event, { type: T }>;

/** It is said where it happens and in status, until somebody has looked into it. */
export function showOverride({ gate, reason, deployment }: Of<"gateOverridden">): string {
  return `GATE OVERRIDDEN: ${safeLine(gate)}, because: ${safeLine(reason)}. Shown in status until: tidegate acknowledge ${deployment}`;
}

export function showAcknowledged({ deployment, reason }: Of<"overrideAcknowledged">): string {
  return `what was overridden for deployment ${deployment} was acknowledged${reason === undefined ? "" : `: ${safeLine(reason)}`}`;
}

type ApprovalEvent = Of<"approvalAwaited" | "approvalGiven" | "approvalRejected" | "approvalLapsed">;

export function showApproval(event: ApprovalEvent): string {
  const which = `deployment ${event.deployment}`;
  switch (event.type) {
    case "approvalAwaited":
      return `${which} waits for ${count(event.needed, "approval")}, until ${new Date(event.expiresAt).toISOString().slice(0, 16)}Z: tidegate approve ${event.deployment}`;
    case "approvalGiven":
      return `${which} was approved (${event.given} of ${event.needed})`;
    case "approvalRejected":
      return `${which} was rejected: ${safeLine(event.reason)}`;
    case "approvalLapsed":
      return `${which} is no longer to be approved: ${safeLine(event.reason)}`;
    default:
      return unreachable(event);
  }
}
