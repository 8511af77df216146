import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { ok, type Result } from "../errors/result.ts";
import { fileFailure } from "../files/file-failure.ts";
import { makeFolder } from "../files/make-folder.ts";
import { isPlaceOf, isSamePlace, stillBelongs } from "./checkout.ts";
import type { Standing } from "./find-state.ts";
import { writeBelonging } from "./id-file.ts";
import { type KnownState, type Place, writeStateRecord } from "./known-states.ts";

/* How a checkout and a state come to belong to each other. Only by who has the lock of the states' folder (`withHomeLock`). */

/**
 * The folder first, then the id in the checkout: killed in between, the state has the place in its list, and is found
 * by it.
 */
export function makeState(standing: Standing, name: string, movingFrom?: string): Result<KnownState> {
  const id = randomBytes(6).toString("hex");
  const stateFolder = join(standing.home, id);
  mkdirSync(stateFolder, { mode: 0o700 });
  return belong(standing, { id, name, places: [], stateFolder, ...(movingFrom !== undefined && { movingFrom }) }, name);
}

/** Both sides say that they belong to each other. Places that are gone, or belong elsewhere by now, leave the list. */
export function belong({ checkout }: Standing, state: KnownState, name: string): Result<KnownState> {
  const others = state.places.filter((place) => !isPlaceOf(place, checkout) && stillBelongs(place, state.id));
  const value: KnownState = { ...state, name, places: [...others, checkout.place] };
  writeStateRecord(state.stateFolder, value);
  const written = writeBelonging(checkout.idFile, checkout.project, { id: state.id, state: state.stateFolder });
  return written.ok ? ok(value) : written;
}

/** A checkout that cannot be written can be looked at. */
export function tryToBelong(standing: Extract<Standing, { is: "own" }>, name: string): void {
  try {
    belong(standing, standing.state, name);
  } catch (error) {
    if (fileFailure(error) === undefined) throw error;
  }
}

/** Whether both sides say already that they belong to each other. */
export function isUpToDate({ checkout, state }: Extract<Standing, { is: "own" }>, name: string): boolean {
  const { belonging, place } = checkout;
  const says = belonging?.id === state.id && belonging.state === state.stateFolder;
  return says && state.name === name && state.places.some((one: Place) => isSamePlace(one, place, true));
}

/** Under the id that the checkout has: what still runs is found again by it. */
export function remakeState(standing: Extract<Standing, { is: "gone" }>, name: string): Result<KnownState> {
  const stateFolder = join(standing.home, standing.id);
  makeFolder(stateFolder);
  return belong(standing, { id: standing.id, name, places: [], stateFolder }, name);
}
