import { specOf } from "../environment/spec.ts";
import { ok, type Result } from "../errors/result.ts";
import type { DeploymentEvent, Recorded } from "../events/event.ts";
import { mostOf } from "../events/traffic.ts";
import type { DeploymentRecord, JournalEntry } from "../store/store.ts";
import { readJournal } from "./journal.ts";
import { begin, next } from "./machine.ts";
import { deploymentFinished, deploymentStarted, narrate, stepStarted } from "./narrate.ts";
import type { RolloutState } from "./rollout-state.ts";
import { isUnserved } from "./unserved.ts";

/**
 * What happened in a deployment, told again from its journal: the same facts that were told while it went on.
 * Fails with `state-newer` or `state-damaged` when it is not understood whole.
 */
export function retell(
  record: DeploymentRecord,
  journal: readonly JournalEntry[],
): Result<readonly Recorded<DeploymentEvent>[]> {
  const spec = specOf(record);
  if (!spec.ok) return spec;
  const entries = readJournal(record.id, journal);
  if (!entries.ok) return entries;
  const about = { environment: record.environment, deployment: record.id };
  const told: Recorded<DeploymentEvent>[] = [];
  let state: RolloutState | undefined;
  for (const { at, event } of entries.value) {
    const before = state;
    if (event.type === "begun") {
      state = begin(event.plan, at).state;
      const started = deploymentStarted(record.id, spec.value, event.plan, {
        from: mostOf(event.plan.before.traffic)?.release,
        unserved: isUnserved(event.plan) ? {} : undefined,
      });
      told.push(...recorded(at, [...started, ...stepStarted(about, state)]));
    } else if (before !== undefined) {
      state = next(before, event, at).state;
      told.push(...recorded(at, narrate(about, before, event, state, at)));
    }
  }
  if (state?.phase === "ended") told.push(...recorded(state.at, [deploymentFinished(about, state)]));
  return ok(told);
}

function recorded(at: number, facts: readonly DeploymentEvent[]): Recorded<DeploymentEvent>[] {
  return facts.map((fact) => ({ ...fact, at }));
}
