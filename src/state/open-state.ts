import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { failed, ok, type Result } from "../errors/result.ts";
import { shellWord } from "../errors/shell-word.ts";
import { guardDisk } from "../files/guard-disk.ts";
import { stateHome } from "../files/state-home.ts";
import { statePaths } from "../files/state-paths.ts";
import { belong, isUpToDate, makeState, remakeState, tryToBelong } from "./belong.ts";
import { findState, goneFailure, type ProjectPlace, type Standing, unclaimedFailure } from "./find-state.ts";
import { withHomeLock, withLock } from "./home-lock.ts";
import { type KnownState, writeStateRecord } from "./known-states.ts";
import { leftRunning, withLeftRunning } from "./left-running.ts";
import { hasOldState, moveOldState } from "./move-old-state.ts";

/** The state that a command works on. */
export interface OpenState {
  readonly stateFolder: string;
  /** There is no state yet, and the command makes none: this one is empty and goes with `close`. */
  readonly isEmpty: boolean;
  /** A state of a version before, which cannot be moved out of the checkout while something runs from it. */
  readonly isInCheckout: boolean;
  /** It was moved just now, and its agent had to end for that: nobody looks after what runs until another one does. */
  readonly needsAgent: boolean;
  close(): void;
}

/**
 * The state of a checkout, for a command that looks or one that makes something. `make`: where there is none, and no
 * project of this name is known on the machine, a new one. What is known of the place is brought up to date.
 *
 * `onStep` hears of each step of the move of a state of a version before.
 *
 * Fails with `state-unclaimed`, `state-missing`, `state-unknown`, or as the disk does.
 */
export function openState(
  project: ProjectPlace,
  purpose: "look" | "make",
  onStep: (step: string) => void = () => {},
): Promise<Result<OpenState>> {
  return guardDisk(async () => {
    const moved = await moveIfOld(project, onStep);
    if (!moved.ok) return moved;
    if (moved.value?.is === "stays") return ok(moved.value.open);
    const opened = await openOwn(project, purpose);
    return opened.ok ? ok({ ...opened.value, needsAgent: moved.value?.hadAgent === true }) : opened;
  });
}

async function openOwn(project: ProjectPlace, purpose: "look" | "make"): Promise<Result<OpenState>> {
  const found = findState(project);
  if (!found.ok) return found;
  const standing = found.value;
  if (standing.is === "none" && purpose === "look") return ok(emptyState());
  if (standing.is === "own" && isUpToDate(standing, project.name)) return ok(openOf(standing.state));
  // Two commands at the same moment: the second one finds what the first one made.
  if (standing.is === "gone") return failed(await missing(standing, project));
  return withHomeLock(standing.home, () => settle(project, purpose));
}

/** The state of a checkout as it is now, for looking only: nothing is made, moved or brought up to date. */
export function peekState(project: ProjectPlace): Result<string | undefined> {
  const found = findState(project);
  if (!found.ok) return found;
  return ok(found.value.is === "own" ? found.value.state.stateFolder : undefined);
}

/** `tidegate state use`: from now on the checkout belongs to the state whose id begins so. */
export function joinState(
  project: ProjectPlace,
  id: string,
  known: readonly KnownState[],
): Promise<Result<KnownState>> {
  return guardDisk(async () => {
    const found = findState(project);
    if (!found.ok) return found;
    const fitting = known.filter((state) => id !== "" && state.id.startsWith(id));
    const [state] = fitting;
    if (state === undefined || fitting.length > 1) return failed(noSuchState(id, fitting.length));
    return withHomeLock(found.value.home, () => belong(found.value, state, project.name));
  });
}

/** `tidegate state new`: from now on the checkout belongs to a state of its own, which is empty. */
export function newState(project: ProjectPlace): Promise<Result<KnownState>> {
  return guardDisk(async () => {
    const found = findState(project);
    if (!found.ok) return found;
    return withHomeLock(found.value.home, () => makeState(found.value, project.name));
  });
}

/** An agent that is asked to leave is given half a minute. */
const moveMs = 60_000;

type MoveDone =
  | { readonly is: "moved"; readonly hadAgent: boolean }
  | { readonly is: "stays"; readonly open: OpenState };

/**
 * Moves what a version before kept in the checkout, or goes on with that; a state then where it has to stay for now,
 * nothing when there is nothing more to do. One command at a time.
 */
async function moveIfOld(project: ProjectPlace, onStep: (step: string) => void): Promise<Result<MoveDone | undefined>> {
  const found = findState(project);
  if (!found.ok) return found;
  const { checkout, home } = found.value;
  const begun = found.value.is === "own" ? found.value.state.movingFrom : undefined;
  if (begun === undefined && !hasOldState(checkout.checkoutFolder)) return ok(undefined);
  return withLock<MoveDone | undefined>(join(begun ?? checkout.checkoutFolder, "move.lock"), moveMs, async () => {
    onStep("locked");
    const target = await withHomeLock(home, () => targetOfMove(project));
    onStep("target");
    if (!target.ok || target.value === undefined) return target.ok ? ok(undefined) : target;
    const { state, from } = target.value;
    const moved = existsSync(from)
      ? await moveOldState(from, state.stateFolder, onStep)
      : ok({ is: "moved" as const, hadAgent: false });
    if (!moved.ok) return moved;
    if (moved.value.is === "stays") {
      const open = { stateFolder: from, isEmpty: false, isInCheckout: true, needsAgent: false, close: () => {} };
      return ok({ is: "stays", open });
    }
    const done = moved.value;
    return withHomeLock(home, () => {
      const { movingFrom: _, ...over } = state;
      writeStateRecord(state.stateFolder, over);
      return ok<MoveDone | undefined>(done);
    });
  });
}

interface MoveTarget {
  readonly state: KnownState;
  readonly from: string;
}

/** The state that the old one becomes, made if there is none yet; nothing when somebody else has just moved it. */
function targetOfMove(project: ProjectPlace): Result<MoveTarget | undefined> {
  const found = findState(project);
  if (!found.ok) return found;
  const standing = found.value;
  const from = standing.checkout.checkoutFolder;
  if (standing.is === "own" && standing.state.movingFrom !== undefined)
    return ok({ state: standing.state, from: standing.state.movingFrom });
  if (!hasOldState(from)) return ok(undefined);
  if (standing.is === "own") return failed(twoStates(from, standing.state.stateFolder));
  if (standing.is === "gone") return failed(goneFailure(standing.id, standing.state, standing.home));
  // Also where the name is known: this checkout has a state of its own, and has always had.
  const made = makeState(standing, project.name, from);
  return made.ok ? ok({ state: made.value, from }) : made;
}

/** With what still runs: nothing is hidden. */
async function missing({ id, state, home }: Extract<Standing, { is: "gone" }>, { variables }: ProjectPlace) {
  return withLeftRunning(goneFailure(id, state, home), await leftRunning(state, variables));
}

/**
 * The folder of the state that a backup is to be put into: the checkout's own, one that is missing made anew under its
 * id, or a new one. Fails with `state-unclaimed` where it is not known which.
 */
export function bringBackState(project: ProjectPlace): Promise<Result<string>> {
  return guardDisk(async () => {
    const moved = await moveIfOld(project, () => {});
    if (!moved.ok) return moved;
    if (moved.value?.is === "stays") return ok(moved.value.open.stateFolder);
    const home = stateHome(project.variables);
    if (!home.ok) return home;
    return withHomeLock(home.value, () => {
      const found = findState(project);
      if (!found.ok) return found;
      const standing = found.value;
      if (standing.is === "unclaimed") return failed(unclaimedFailure(project.name, standing.known));
      if (standing.is === "gone" && existsSync(standing.state) && standing.state !== join(standing.home, standing.id))
        return failed(goneFailure(standing.id, standing.state, standing.home));
      if (standing.is === "own") return ok(standing.state.stateFolder);
      const made = standing.is === "none" ? makeState(standing, project.name) : remakeState(standing, project.name);
      return made.ok ? ok(made.value.stateFolder) : made;
    });
  });
}

function settle(project: ProjectPlace, purpose: "look" | "make"): Result<OpenState> {
  const found = findState(project);
  if (!found.ok) return found;
  const standing = found.value;
  switch (standing.is) {
    case "own":
      if (purpose === "look") tryToBelong(standing, project.name);
      else return opened(belong(standing, standing.state, project.name));
      return ok(openOf(standing.state));
    case "none":
      return opened(makeState(standing, project.name));
    case "unclaimed":
      return failed(unclaimedFailure(project.name, standing.known));
    case "gone":
      return failed(goneFailure(standing.id, standing.state, standing.home));
    default:
      return standing satisfies never;
  }
}

function opened(state: Result<KnownState>): Result<OpenState> {
  return state.ok ? ok(openOf(state.value)) : state;
}

function openOf({ stateFolder }: KnownState): OpenState {
  return { stateFolder, isEmpty: false, isInCheckout: false, needsAgent: false, close: () => {} };
}

function emptyState(): OpenState {
  const stateFolder = mkdtempSync(join(tmpdir(), "tidegate-empty-"));
  return {
    stateFolder,
    isEmpty: true,
    isInCheckout: false,
    needsAgent: false,
    close: () => rmSync(stateFolder, { recursive: true, force: true }),
  };
}

function twoStates(old: string, stateFolder: string) {
  const { database } = statePaths(old);
  return {
    code: "state-damaged",
    message: `There are two states of this project: one in ${stateFolder}, and one from an earlier version in ${old}`,
    hint: `If the one in the checkout is not needed: mv ${shellWord(database)} ${shellWord(`${database}.old`)}`,
  } as const;
}

function noSuchState(id: string, count: number) {
  return {
    code: "bad-arguments",
    message: count === 0 ? `No state has the id ${id}` : `Several states have an id that begins with ${id}`,
    hint: "List them: tidegate state list",
  } as const;
}
