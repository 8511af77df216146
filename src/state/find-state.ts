import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Failure } from "../errors/failure.ts";
import { ok, type Result } from "../errors/result.ts";
import { shellWord } from "../errors/shell-word.ts";
import { stateHome, type Variables } from "../files/state-home.ts";
import { statePaths } from "../files/state-paths.ts";
import { type Checkout, isPlaceOf, isSamePlace, readCheckout, stillBelongs } from "./checkout.ts";
import { type KnownState, knownStates, readStateRecord } from "./known-states.ts";

/** The project that a state is looked for. */
export interface ProjectPlace {
  /** Of the definition, without symbolic links. */
  readonly projectFolder: string;
  readonly name: string;
  readonly variables: Variables;
}

/**
 * What is known of the state of a checkout.
 *
 *     an id ──▶ its folder is there ──▶ this place is in its list ─────────▶ own
 *       │              │                    └▶ none of them has the id ───▶ own   (it was moved)
 *       │              │                    └▶ another place has it, too ─▶ unclaimed (a copied folder)
 *       │              └▶ it is not ──▶ gone
 *       └▶ none ──▶ a state has this place in its list ──▶ own             (the id was deleted)
 *                      └▶ states of projects of this name ─▶ unclaimed    (a second clone)
 *                      └▶ nothing ──▶ none
 */
export type Standing =
  | { readonly is: "own"; readonly state: KnownState; readonly checkout: Checkout; readonly home: string }
  | {
      readonly is: "unclaimed";
      readonly known: readonly KnownState[];
      readonly checkout: Checkout;
      readonly home: string;
    }
  | {
      readonly is: "gone";
      readonly id: string;
      readonly state: string;
      readonly checkout: Checkout;
      readonly home: string;
    }
  | { readonly is: "none"; readonly checkout: Checkout; readonly home: string };

/** Looks; changes nothing. Fails where it cannot be known. */
export function findState({ projectFolder, name, variables }: ProjectPlace): Result<Standing> {
  const home = stateHome(variables);
  if (!home.ok) return home;
  const checkout = readCheckout(projectFolder);
  if (!checkout.ok) return checkout;
  const found = { checkout: checkout.value, home: home.value };
  const { belonging } = checkout.value;
  return belonging === undefined ? withoutId(found, name) : withId(found, belonging.id, belonging.state, name);
}

interface Found {
  readonly checkout: Checkout;
  readonly home: string;
}

function withId(found: Found, id: string, was: string, name: string): Result<Standing> {
  const { checkout, home } = found;
  const stateFolder = join(home, id);
  // One that is elsewhere: TIDEGATE_STATE is another one now. Two states of one project would know nothing of each other.
  if (!isState(stateFolder)) return ok({ is: "gone", id, state: was, ...found });
  const record = readStateRecord(stateFolder);
  if (!record.ok) return record;
  const state: KnownState = { name, places: [], ...record.value, id, stateFolder };
  const isListed = state.places.some((place) => isPlaceOf(place, checkout));
  const isCopy = !isListed && state.places.some((place) => stillBelongs(place, id));
  if (isCopy) return ok({ is: "unclaimed", known: [state], ...found });
  return ok({ is: "own", state, ...found });
}

function withoutId(found: Found, name: string): Result<Standing> {
  const known = knownStates(found.home);
  const here = known.find(
    (state) => state.name === name && state.places.some((place) => isSamePlace(place, found.checkout.place, true)),
  );
  if (here !== undefined) return ok({ is: "own", state: here, ...found });
  const named = known.filter((state) => state.name === name);
  return ok(named.length > 0 ? { is: "unclaimed", known: named, ...found } : { is: "none", ...found });
}

/** Not the folder alone: it may be one that something running has made anew. */
function isState(folder: string): boolean {
  return existsSync(join(folder, "project.json")) || existsSync(statePaths(folder).database);
}

/** Why nothing is done for a checkout that belongs to none of the states that are there. */
export function unclaimedFailure(name: string, known: readonly KnownState[]): Failure {
  const [first] = known;
  const places = known.map((state) => `${state.id}: ${placesOf(state)}`);
  return {
    code: "state-unclaimed",
    message: `This checkout belongs to no state, but the project ${name} is known on this machine`,
    cause: places.join("\n"),
    hint: [
      `Is it another checkout of the same project? Then: tidegate state use ${known.length === 1 ? first?.id : "<id>"}`,
      "Should it have its own environments? Then: tidegate state new",
    ].join("\n"),
  };
}

function placesOf({ places }: KnownState): string {
  return places.length === 0 ? "no checkout is known" : places.map(({ path }) => path).join(", ");
}

/** A state that was there, and is not. */
export function goneFailure(id: string, state: string, home: string): Failure {
  const isElsewhere = existsSync(state);
  const folder = isElsewhere ? join(home, id) : state;
  return {
    code: "state-missing",
    message: `The state of this project is missing: ${folder}`,
    cause: isElsewhere
      ? `It is in ${state}: TIDEGATE_STATE or XDG_STATE_HOME had another value then.`
      : "The folder was moved or deleted.",
    hint: isElsewhere
      ? `Set it back, or move the folder: mv ${shellWord(state)} ${shellWord(folder)}`
      : "Put it back, or restore a backup: tidegate state restore <file>\nTo start without it: tidegate state new",
  };
}
