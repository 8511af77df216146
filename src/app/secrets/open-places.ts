import { ok, type Result } from "../../errors/result.ts";
import type { Say } from "../notice.ts";
import type { Ports } from "../ports.ts";
import { choosePlaces } from "./choose-place.ts";
import { openSecrets, type SecretsSession } from "./session.ts";

export interface OpenPlaces {
  readonly session: SecretsSession;
  /** Environments, and `shared`. */
  readonly places: readonly string[];
}

/** The project, and the places whose files a call is about: those it names, or all. */
export async function openPlaces(ports: Ports, asked: readonly string[], say?: Say): Promise<Result<OpenPlaces>> {
  const session = await openSecrets(ports, say);
  if (!session.ok) return session;
  const places = choosePlaces(session.value, asked);
  return places.ok ? ok({ session: session.value, places: places.value }) : places;
}
