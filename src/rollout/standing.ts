import type { RolloutStanding } from "../environment/status.ts";
import { figuresOf, isMisshared } from "./analysis/comparison.ts";
import { type RecordedEvent, replay } from "./journal.ts";
import { isBaking, isHeld, shareOf } from "./rollout-state.ts";

/** Where a rollout stands, by its journal. `undefined`: it had not begun, or is at its end. */
export function rolloutStanding(journal: readonly RecordedEvent[]): RolloutStanding | undefined {
  const state = replay(journal);
  if (state === undefined || state.phase === "ended") return undefined;
  const step = state.steps[state.step];
  const isObserving = state.isBegun && step?.kind === "observe";
  const standing = { step: state.step + 1, steps: state.steps.length, share: shareOf(state) };
  const misshared = isMisshared(state.comparison) ? { misshared: true as const } : {};
  const figures = state.comparison === undefined ? {} : { figures: figuresOf(state.comparison), ...misshared };
  if (state.phase === "revert") return { is: "reverting", ...standing, ...figures };
  if (state.isPaused) return { is: "paused", ...standing, ...figures };
  if (isHeld(state)) return { is: "held", ...standing, ...figures };
  if (!isObserving) return { is: "working", ...standing, ...figures };
  const until = state.seenAt + Math.max(0, step.until.spentMs - state.spentMs);
  return { is: isBaking(state) ? "baking" : "observing", ...standing, until, ...figures };
}
