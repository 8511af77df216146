import { showInZone, type WindowStanding } from "../../../definition/window.ts";

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
