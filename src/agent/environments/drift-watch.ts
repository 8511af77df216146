import type { DriftReport } from "../../environment/drift/report.ts";
import { subjectOf } from "../../environment/drift/subject.ts";
import type { Result } from "../../errors/result.ts";
import type { Event } from "../../events/event.ts";
import type { Clock } from "../../process/clock.ts";

export interface DriftWatchWorld {
  readonly environment: string;
  /** `isWhole`: also what costs more, the files of releases and the resources. */
  readonly look: (isWhole: boolean) => Promise<Result<DriftReport>>;
  /** Subjects that were found when somebody last looked. */
  readonly remembered: () => Promise<readonly string[]>;
  /** Whether there is nothing to look at, or it is about to change. */
  readonly isPaused: () => boolean;
  readonly tell: (event: Event) => void;
  readonly report: (problem: unknown) => void;
  readonly clock: Pick<Clock, "wait">;
}

/** What `status` can be late by. A look costs some files of /proc and a question to the gateway. */
const lookEveryMs = 60_000;
/** Every so many looks are whole: each file of a release costs a stat then, and each resource a question to its server. */
const wholeEvery = 15;

/**
 * Looks for drift from time to time, until aborted, and tells when what is found has changed. It mends nothing and holds nobody
 * up: what is deployed meanwhile makes a look's findings void, and they are found anew.
 */
export async function watchForDrift(world: DriftWatchWorld, signal: AbortSignal): Promise<void> {
  for (let looks = 1; !signal.aborted; looks += 1) {
    await world.clock.wait(lookEveryMs, signal);
    if (!signal.aborted && !world.isPaused())
      await lookOnce(world, looks % wholeEvery === 0).catch((error) => world.report(error));
  }
}

async function lookOnce(world: DriftWatchWorld, isWhole: boolean): Promise<void> {
  const looked = await world.look(isWhole);
  // What is not understood, or cannot be reached, is told by whoever needs it.
  if (!looked.ok || looked.value.standing !== "serving" || world.isPaused()) return;
  const { findings, coverage } = looked.value;
  const before = await world.remembered();
  // What was not looked at this time is as it was.
  const kept = before.filter((subject) => !isWhole && /^(files|resources)\b/.test(subject));
  const subjects = [...new Set([...findings.map(subjectOf), ...kept])].sort();
  if (subjects.join("\n") === [...before].sort().join("\n")) return;
  const { environment } = world;
  const { checked, total } = coverage;
  world.tell(
    subjects.length === 0
      ? { type: "driftGone", environment }
      : { type: "driftFound", environment, subjects, checked, total },
  );
}
