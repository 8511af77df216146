import { showInZone, type WindowStanding } from "../../../definition/window.ts";
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
