import { messageOf, type RehearseCall, routes } from "../../agent/protocol/protocol.ts";
import type { RehearsalData, RehearsalGate } from "../../definition/types.ts";
import { type KnownRehearsal, rehearsalFor, rehearsalRefusal } from "../../environment/rehearsal.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import { incidentsKept } from "../../store/happenings.ts";
import type { ReleaseRecord } from "../../store/store.ts";
import { connect } from "../connect.ts";
import type { Say } from "../notice.ts";
import { ensureNodes } from "../project-node.ts";
import type { Session } from "../session.ts";
import { prepareRehearsal } from "./prepare.ts";

/** The gate: nothing to ask where the environment has none. */
export async function askRehearsal(
  session: Session,
  { environment, release }: { readonly environment: string; readonly release: ReleaseRecord },
  say: Say,
): Promise<Result<void>> {
  const gate = gateOf(session, environment);
  if (gate === undefined) return ok();
  return play(session, { environment, release, data: gate.data ?? "empty", again: false }, say);
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
  if (known.value === undefined) return ok({ stands: "toPlay", data: gate.data ?? "empty" });
  return ok({ stands: known.value.outcome === "passed" ? "passed" : "failed", ...known.value });
}

/** How a rehearsal stands that a deployment would ask for. */
export type PlannedRehearsal =
  | { readonly stands: "nothingToGoBackTo" }
  | { readonly stands: "toPlay"; readonly data: RehearsalData }
  | ({ readonly stands: "passed" | "failed" } & KnownRehearsal);

/** What is to be rehearsed where. */
export interface Part {
  readonly environment: string;
  readonly release: ReleaseRecord;
  readonly data: RehearsalData;
  readonly again: boolean;
}

/** Plays it, or tells what is known of it. Fails with `rehearsal-failed` and `rehearsal-unclear`. */
export async function play(session: Session, { again, ...part }: Part, say: Say): Promise<Result<void>> {
  const prepared = await prepareRehearsal(session, part);
  if (!prepared.ok) return prepared;
  const call = prepared.value;
  const { environment, release } = part;
  if (call === undefined) {
    say({ notice: "nothingToRehearse", environment, release: release.digest });
    return ok();
  }
  const known = again ? ok(undefined) : await knownFor(session, call);
  if (!known.ok) return known;
  if (known.value !== undefined) {
    say({ notice: "rehearsalKnown", ...known.value });
    const refusal = rehearsalRefusal(known.value);
    return refusal === undefined ? ok() : failed(refusal);
  }
  return playNow(session, call, say);
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
