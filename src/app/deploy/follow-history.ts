import { followEvents } from "../../agent/client/follow-events.ts";
import type { Result } from "../../errors/result.ts";
import type { Tell } from "../../events/envelope.ts";
import type { Session } from "../session.ts";

export interface HistoryRequest {
  /** The number of the last event that was seen; `undefined`: only what happens from now on. */
  readonly after: number | undefined;
  readonly take: Tell;
  /** So many events after that one are no longer kept. */
  readonly missed: (events: number) => void;
  /** The agent, that process, does not answer; what is stored is followed all the same. */
  readonly hangs?: (pid: number) => void;
  /** Ends it, which is a good end. */
  readonly signal: AbortSignal;
}

/** What happens in the project's environments, each event once, until the caller has enough. */
export async function followHistory(
  { store, stateFolder, project }: Session,
  { after, ...request }: HistoryRequest,
): Promise<Result<void>> {
  const marks = await store.highWater();
  if (!marks.ok) return marks;
  return followEvents({ ...request, stateFolder, store, project: project.name, after: after ?? marks.value.event });
}
