import type { ParityReport } from "../environment/parity/report.ts";
import type { Unended } from "../environment/previews.ts";
import type { KnownRehearsal } from "../environment/rehearsal.ts";
import type { Failure } from "../errors/failure.ts";
import type { Envelope } from "../events/envelope.ts";
import type { Event } from "../events/event.ts";

/**
 * What those who wait may want to know beside the events, while it goes on. Never recorded, and no data: whoever talks to
 * people has words for it, everybody else leaves it out.
 */
export type Notice =
  /** The caller has enough: tasks are being ended. */
  | { readonly notice: "stopping" }
  /** Somebody runs the pipeline at the moment. `isAnother`: this is a run, too. */
  | { readonly notice: "waitingForRun"; readonly isAnother: boolean }
  /** Something went wrong that changes nothing of the outcome. */
  | { readonly notice: "trouble"; readonly failure: Failure }
  | {
      readonly notice: "progress";
      readonly what: "applied" | "closed" | "rotated" | "verified" | "looked into";
      readonly done: number;
      readonly of: number;
    }
  /** A deployment passed this gate: how it compares with the environment before. */
  | { readonly notice: "parityHolds"; readonly environment: string; readonly report: ParityReport }
  /** Nothing serves there, or the same release: there is nothing to go back to. */
  | { readonly notice: "nothingToRehearse"; readonly environment: string; readonly release: string }
  /** Its rehearsal has failed, and the definition says why that is accepted. */
  | {
      readonly notice: "irreversibleAccepted";
      readonly environment: string;
      readonly because: string;
      readonly services: readonly string[];
    }
  /** It was rehearsed before, and everything is as it was then. */
  | ({ readonly notice: "rehearsalKnown" } & KnownRehearsal)
  /** What was to be destroyed is not there. None named: nothing at all is. */
  | { readonly notice: "nothingToDestroy"; readonly environment?: string }
  /** Previews that are to go are being destroyed; that goes on without the caller. */
  | { readonly notice: "previewsEnding"; readonly environments: readonly string[] }
  /** A preview that is to go is still there. */
  | { readonly notice: "previewNotEnded"; readonly environment: string; readonly unended: Unended }
  /** The project says a Node that is not here: it is being fetched. `range`: as it stands in `from`. */
  | { readonly notice: "fetchingNode"; readonly range: string; readonly from: string }
  | { readonly notice: "fetchedNode"; readonly version: string; readonly tookMs: number }
  /** What was counted is done, or given up. */
  | { readonly notice: "progressEnded" }
  /** The system cannot watch all folders: they are looked at in intervals. `code`: the system's, or its message. */
  | { readonly notice: "polling"; readonly code: string }
  /** The file changes in each run: the next one waits so long. */
  | { readonly notice: "suspect"; readonly file: string; readonly pauseMs: number }
  /** The file changes in each run and no task declares it: no longer run for. */
  | { readonly notice: "unclaimed"; readonly file: string }
  /** Something about a line of a file that is read in. */
  | {
      readonly notice: "plaintextRemark";
      readonly file: string;
      readonly line: number;
      readonly remark: "reference" | "again" | "variablesInside";
    };

/**
 * How a use case speaks while it works: what happened here, what happened elsewhere and was stamped there, and notices.
 * Never throws, never waits.
 */
export type Say = (said: Event | Envelope | Notice) => void;
