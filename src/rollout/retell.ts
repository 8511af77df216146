import type { DeploymentSpec } from "../environment/spec.ts";
import type { DeploymentEvent, Recorded } from "../events/event.ts";
import type { DeploymentRecord, JournalEntry } from "../store/store.ts";
import type { JournalEvent } from "./journal.ts";
import { begin, next, type RolloutState } from "./machine.ts";
import { narrate, stepStarted } from "./narrate.ts";
import { summarise } from "./step.ts";

/** What happened in a deployment, told again from its journal: the same facts that were told while it went on. */
export function retell(record: DeploymentRecord, journal: readonly JournalEntry[]): Recorded<DeploymentEvent>[] {
  const about = { environment: record.environment, deployment: record.id };
  const told: Recorded<DeploymentEvent>[] = [];
  let state: RolloutState | undefined;
  for (const { at, event } of journal as readonly { at: number; event: JournalEvent }[]) {
    if (event.type === "begun") {
      state = begin(event.plan, at).state;
      const { strategy } = (record.spec as DeploymentSpec).strategy;
      const from = event.plan.before[0]?.release;
      const steps = event.plan.steps.map(summarise);
      const { release, kind } = record;
      told.push({
        type: "deploymentStarted",
        ...about,
        release,
        kind,
        strategy,
        steps,
        at,
        ...(from === undefined ? {} : { from }),
      });
      told.push(...stepStarted(about, state).map((fact) => ({ ...fact, at })));
    } else if (state !== undefined) {
      const after = next(state, event, at).state;
      told.push(...narrate(about, state, event, after, at).map((fact) => ({ ...fact, at })));
      state = after;
    }
  }
  return state?.phase === "ended" ? [...told, finished(record, state)] : told;
}

function finished(record: DeploymentRecord, state: RolloutState & { phase: "ended" }): Recorded<DeploymentEvent> {
  const serving = state.fleet.routed[0]?.release;
  return {
    type: "deploymentFinished",
    environment: record.environment,
    deployment: record.id,
    release: record.release,
    outcome: state.outcome,
    durationMs: state.at - state.begunAt,
    failures: state.failures,
    at: state.at,
    ...(serving === undefined ? {} : { serving }),
  };
}
