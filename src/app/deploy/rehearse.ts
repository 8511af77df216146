import type { RehearsalData } from "../../definition/types.ts";
import { ok, type Result } from "../../errors/result.ts";
import { findEnvironment } from "../find-environment.ts";
import type { Say } from "../notice.ts";
import { gateOf, play } from "../rehearsal/gate.ts";
import type { Session } from "../session.ts";
import { releaseOrLatest } from "./find-release.ts";

export interface RehearseRequest {
  readonly environment: string;
  /** A digest or its beginning; default: the latest. */
  readonly release?: string | undefined;
  /** Also when its result is known. */
  readonly again: boolean;
  /** Default: what the environment's gate says, else nothing. */
  readonly data?: RehearsalData | undefined;
}

/**
 * Tries out going back from a release, whether the environment has the gate or not. Fails with `rehearsal-failed` and
 * `rehearsal-unclear`.
 */
export async function rehearse(session: Session, request: RehearseRequest, say: Say): Promise<Result<void>> {
  const environment = findEnvironment(session, request.environment);
  if (!environment.ok) return environment;
  const release = await releaseOrLatest(session, request.release);
  if (!release.ok) return release;
  const data = request.data ?? gateOf(session, environment.value)?.data ?? "empty";
  const part = { environment: environment.value, release: release.value, data, again: request.again };
  const played = await play(session, part, say);
  return played.ok ? ok() : played;
}
