import type { Failure } from "../errors/failure.ts";
import { shortDigest } from "../errors/quantities.ts";
import type { RehearsalOutcome, RehearsalStage } from "../events/environment-events.ts";
import { keptEventCodec } from "../records/event.ts";
import type { IncidentRecord } from "../store/store.ts";

/** What came of a rehearsal. */
export interface Played {
  readonly outcome: RehearsalOutcome;
  /** Where it failed. */
  readonly stage?: RehearsalStage;
  readonly failures: readonly Failure[];
}

/** The same as it is kept. */
export interface KnownRehearsal extends Played {
  readonly environment: string;
  readonly release: string;
  readonly from: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly durationMs: number;
}

/**
 * The result that holds for a key, from what is kept of an environment, newest first; `undefined`: there is none. What was
 * unclear is none, and a record that is not understood neither: then it is rehearsed.
 */
export function rehearsalFor(key: string, incidents: readonly IncidentRecord[]): KnownRehearsal | undefined {
  for (const { at, event } of incidents) {
    const read = keptEventCodec.decode(event, "A rehearsal");
    if (!read.ok || read.value.type !== "rehearsalFinished" || read.value.key !== key) continue;
    const { type: _, key: __, ...known } = read.value;
    return known.outcome === "unclear" ? undefined : { ...known, at };
  }
  return undefined;
}

const whatFailed: Readonly<Record<RehearsalStage, string>> = {
  start: "what serves now did not start there",
  migrate: "the migration failed",
  serveOn: "the release that serves now does not serve on the migrated data",
  takeOver: "the new release did not take over",
  goBack: "after the rollback, the release that serves now does not serve on the migrated data",
};

/** Whether it was the way back that failed, which may be accepted. A new release that fails by itself is not let in whatever is said of it. */
export function isOfTheWayBack(stage: RehearsalStage | undefined): boolean {
  return stage === "serveOn" || stage === "goBack";
}

/** What a rehearsal that did not pass is refused with; `undefined`: it did. */
export function rehearsalRefusal(
  played: Pick<Played, "outcome" | "stage" | "failures"> & { readonly environment: string; readonly release: string },
): Failure | undefined {
  const { environment, release, outcome, stage = "start", failures } = played;
  if (outcome === "passed") return undefined;
  const short = shortDigest(release);
  const cause = failures.map(({ message, cause: why }) => [message, why].filter(Boolean).join("\n")).join("\n");
  const again = `To rehearse it again: tidegate rehearse ${environment} --release ${short} --again`;
  if (outcome === "unclear")
    return {
      code: "rehearsal-unclear",
      message: `Whether ${environment} could go back from ${short} is not known: ${whatFailed.start}`,
      ...(cause !== "" && { cause }),
      hint: again,
    };
  const isBack = isOfTheWayBack(stage);
  const what = isBack
    ? `${environment} could not go back from ${short}`
    : `${short} would not come up in ${environment}`;
  const mend = isBack
    ? "Let both releases work on the same data: add first, remove in a later release."
    : "Mend the release.";
  return {
    code: "rehearsal-failed",
    message: `${what}: in its rehearsal, ${whatFailed[stage]}`,
    ...(cause !== "" && { cause }),
    hint: `${mend} ${again}`,
  };
}
