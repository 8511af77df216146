import { messageOf, type RehearseCall, routes } from "../../agent/protocol/protocol.ts";
import type { RehearsalData, RehearsalGate } from "../../definition/types.ts";
import { isOfTheWayBack, type KnownRehearsal, rehearsalFor, rehearsalRefusal } from "../../environment/rehearsal.ts";
import type { DeploymentSpec } from "../../environment/spec.ts";
import { type Failed, failed, ok, type Result } from "../../errors/result.ts";
import type { RehearsalStage } from "../../events/environment-events.ts";
import { incidentsKept } from "../../store/happenings.ts";
import type { ReleaseRecord } from "../../store/store.ts";
import { connect } from "../connect.ts";
import type { Say } from "../notice.ts";
import { ensureNodes } from "../project-node.ts";
import type { Session } from "../session.ts";
import { declaredIrreversible, withWayOut } from "./irreversible.ts";
import { prepareRehearsal } from "./prepare.ts";

/**
 * The gate: nothing to ask where the environment has none. What the definition accepts although its rehearsal failed is what the
 * deployment has to know.
 */
export async function askRehearsal(
  session: Session,
  { environment, release }: { readonly environment: string; readonly release: ReleaseRecord },
  say: Say,
): Promise<Result<DeploymentSpec["irreversible"]>> {
  const gate = gateOf(session, environment);
  if (gate === undefined) return ok(undefined);
  const played = await play(session, { environment, release, data: gate.data ?? "empty", again: false }, say);
  if (played.ok) return ok(undefined);
  const { from } = played;
  if (from === undefined) return played;
  const declared = await declaredIrreversible(session, { from, release: release.digest });
  if (!declared.ok) return declared;
  if (declared.value === undefined) return played;
  say({ notice: "irreversibleAccepted", environment, ...declared.value });
  return declared;
}

/** What the gate would answer without anything being started; `undefined`: the environment has none. */
export async function foreseeRehearsal(
  session: Session,
  { environment, release }: { readonly environment: string; readonly release: ReleaseRecord },
): Promise<Result<PlannedRehearsal | undefined>> {
  const gate = gateOf(session, environment);
  if (gate === undefined) return ok(undefined);
  const call = await prepareRehearsal(session, { environment, release, data: gate.data ?? "empty" });
  if (!call.ok) return call;
  if (call.value === undefined) return ok({ stands: "nothingToGoBackTo" });
  const known = await knownFor(session, call.value);
  if (!known.ok) return known;
  const declared = await declaredIrreversible(session, { from: call.value.old.release, release: release.digest });
  if (!declared.ok) return declared;
  const mayFreeze = known.value === undefined || isOfTheWayBack(known.value.stage);
  const freezes = declared.value === undefined || !mayFreeze ? {} : { irreversible: declared.value };
  if (known.value === undefined) return ok({ stands: "toPlay", data: gate.data ?? "empty", ...freezes });
  if (known.value.outcome === "passed") return ok({ stands: "passed", ...known.value });
  return ok({ stands: "failed", ...known.value, ...freezes });
}

/** How a rehearsal stands that a deployment would ask for. */
export type PlannedRehearsal =
  | { readonly stands: "nothingToGoBackTo" }
  | ({ readonly stands: "toPlay"; readonly data: RehearsalData } & MayFreeze)
  | ({ readonly stands: "passed" } & KnownRehearsal)
  | ({ readonly stands: "failed" } & KnownRehearsal & MayFreeze);

/** The definition says why a failing rehearsal is accepted: then what fails later is left as it stands. */
interface MayFreeze {
  readonly irreversible?: NonNullable<DeploymentSpec["irreversible"]>;
}

/** `from`: what cannot be gone back to; absent where anything else than the way back failed. */
export type Played = { readonly ok: true } | (Failed & { readonly from?: string });

/** What is to be rehearsed where. */
export interface Part {
  readonly environment: string;
  readonly release: ReleaseRecord;
  readonly data: RehearsalData;
  readonly again: boolean;
}

/** Plays it, or tells what is known of it. Fails with `rehearsal-failed` and `rehearsal-unclear`. */
export async function play(session: Session, { again, ...part }: Part, say: Say): Promise<Played> {
  const prepared = await prepareRehearsal(session, part);
  if (!prepared.ok) return prepared;
  const call = prepared.value;
  const { environment, release } = part;
  if (call === undefined) {
    say({ notice: "nothingToRehearse", environment, release: release.digest });
    return ok();
  }
  const releases = { from: call.old.release, release: release.digest };
  const refused = async ({ failures }: Failed, stage: RehearsalStage | undefined): Promise<Played> => {
    if (!isOfTheWayBack(stage) || failures.some(({ code }) => code !== "rehearsal-failed")) return failed(...failures);
    const all = failures.map((one) => withWayOut(session, releases, one));
    return { ...failed(...(await Promise.all(all))), from: call.old.release };
  };
  const known = again ? ok(undefined) : await knownFor(session, call);
  if (!known.ok) return known;
  if (known.value !== undefined) {
    say({ notice: "rehearsalKnown", ...known.value });
    const refusal = rehearsalRefusal(known.value);
    return refusal === undefined ? ok() : refused(failed(refusal), known.value.stage);
  }
  let stage: RehearsalStage | undefined;
  const played = await playNow(session, call, (told) => {
    if ("event" in told && told.event.type === "rehearsalFinished") stage = told.event.stage;
    say(told);
  });
  return played.ok ? played : refused(played, stage);
}

async function playNow(session: Session, call: RehearseCall, say: Say): Promise<Result<void>> {
  const { folder, ports } = session;
  const ensured = await ensureNodes({ folder, env: ports.env }, [...call.old.services, ...call.new.services], say);
  if (!ensured.ok) return ensured;
  const agent = await connect(ports, session);
  if (!agent.ok) return agent;
  return agent.value.call(routes.rehearse, messageOf(call), { onEvent: say, signal: ports.signal });
}

async function knownFor(
  { store }: Session,
  { environment, key }: RehearseCall,
): Promise<Result<KnownRehearsal | undefined>> {
  const incidents = await store.incidents({ environment, limit: incidentsKept });
  return incidents.ok ? ok(rehearsalFor(key, incidents.value)) : incidents;
}

/** The environment's own gate. */
export function gateOf({ project }: Session, environment: string): RehearsalGate | undefined {
  return project.environments[environment]?.gates?.find((gate) => gate.gate === "rehearsal");
}
