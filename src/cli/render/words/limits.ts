import type { UnkeptLimit } from "../../../environment/limits.ts";
import { showBytes } from "../../../errors/quantities.ts";
import { safeLine } from "../safe-text.ts";

/** What is not kept, and where to read why. */
export function showUnkept({ service, limit, value }: UnkeptLimit): string {
  const what = limit === "memory" ? `${showBytes(value)} of memory` : `${value} of a processor`;
  return `${safeLine(service)} is not held to its limit of ${what} on this machine: tidegate doctor says why`;
}
