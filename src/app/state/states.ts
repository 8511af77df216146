import { observer } from "../../agent/drivers.ts";
import { acceptStore, type Mark } from "../../agent/outdated.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import { guardDisk } from "../../files/guard-disk.ts";
import { stateHome } from "../../files/state-home.ts";
import { actionAt } from "../../records/action.ts";
import { findState } from "../../state/find-state.ts";
import { type KnownState, knownStates } from "../../state/known-states.ts";
import { joinState, newState } from "../../state/open-state.ts";
import { peekServing, type Serving } from "../../state/peek-serving.ts";
import { openProject, placeOf } from "../open-project.ts";
import type { Ports } from "../ports.ts";
import { withSession } from "../session.ts";
import { whoAsks } from "../who-asks.ts";

/** A state of this machine, as `tidegate state list` tells it. */
export interface ListedState extends KnownState {
  /** Absent: its store cannot be read with this version. */
  readonly serves?: readonly Serving[];
  /** Whether the project here belongs to it. */
  readonly isHere: boolean;
}

/** Every state of this machine; makes none and changes none. */
export async function listStates(ports: Ports): Promise<Result<{ home: string; states: readonly ListedState[] }>> {
  const home = stateHome(ports.env);
  if (!home.ok) return home;
  const own = await ownId(ports);
  const states = knownStates(home.value).map((state) => {
    const serves = peekServing(state.stateFolder);
    return { ...state, isHere: state.id === own, ...(serves && { serves }) };
  });
  return ok({ home: home.value, states });
}

/** Lets the checkout belong to the state whose id begins so. */
export async function chooseState(ports: Ports, id: string): Promise<Result<KnownState>> {
  const opened = await openProject(ports);
  if (!opened.ok) return opened;
  const home = stateHome(ports.env);
  return home.ok ? joinState(placeOf(opened.value, ports), id, knownStates(home.value)) : home;
}

/** Lets the checkout have a state of its own, which is empty. */
export async function beginState(ports: Ports): Promise<Result<KnownState>> {
  const opened = await openProject(ports);
  return opened.ok ? newState(placeOf(opened.value, ports)) : opened;
}

/** Of the state that the project here belongs to, if there is a project and it does. */
async function ownId(ports: Ports): Promise<string | undefined> {
  const opened = await openProject(ports);
  const found = opened.ok ? findState(placeOf(opened.value, ports)) : undefined;
  return found?.ok && found.value.is === "own" ? found.value.state.id : undefined;
}

/** From now on what the state says holds, also where it has lost its newest part. Resolves with how far it had come. */
export async function acceptState(ports: Ports): Promise<Result<Mark>> {
  return withSession(ports, "look", async ({ stateFolder, store, isEmpty }) => {
    if (isEmpty) return failed(nothingHere);
    const by = await whoAsks(ports.folder, ports.env);
    const noted = await store.appendActions([actionAt(ports.now(), "accept-state", { by })]);
    if (!noted.ok) return noted;
    return guardDisk(async () => ok(await acceptStore({ stateFolder, store, driver: observer(stateFolder, store) })));
  });
}

export const nothingHere = {
  code: "nothing-deployed",
  message: "This project has no state yet",
  hint: "The first release creates it: tidegate release",
} as const;
