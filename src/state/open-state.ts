import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { failed, ok, type Result } from "../errors/result.ts";
import { fileFailure } from "../files/file-failure.ts";
import { guardDisk } from "../files/guard-disk.ts";
import { makeFolder } from "../files/make-folder.ts";
import { takeProcessLock } from "../process/process-lock.ts";
import { isPlaceOf, isSamePlace, stillBelongs } from "./checkout.ts";
import { findState, goneFailure, type ProjectPlace, type Standing, unclaimedFailure } from "./find-state.ts";
import { writeBelonging } from "./id-file.ts";
import { type KnownState, type Place, writeStateRecord } from "./known-states.ts";
import { leftRunning, withLeftRunning } from "./left-running.ts";

/** The state that a command works on. */
export interface OpenState {
  readonly stateFolder: string;
  /** There is no state yet, and the command makes none: this one is empty and goes with `close`. */
  readonly isEmpty: boolean;
  close(): void;
}

/**
 * The state of a checkout, for a command that looks or one that makes something. `make`: where there is none, and no
 * project of this name is known on the machine, a new one. What is known of the place is brought up to date.
 *
 * Fails with `state-unclaimed`, `state-missing`, `state-unknown`, or as the disk does.
 */
export function openState(project: ProjectPlace, purpose: "look" | "make"): Promise<Result<OpenState>> {
  return guardDisk(async () => {
    const found = findState(project);
    if (!found.ok) return found;
    const standing = found.value;
    if (standing.is === "none" && purpose === "look") return ok(emptyState());
    if (standing.is === "own" && isUpToDate(standing, project.name)) return ok(openOf(standing.state));
    // Two commands at the same moment: the second one finds what the first one made.
    if (standing.is === "gone") return failed(await missing(standing, project));
    return withHomeLock(standing.home, () => settle(project, purpose));
  });
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

/** With what still runs: nothing is hidden. */
async function missing({ id, state, home }: Extract<Standing, { is: "gone" }>, { variables }: ProjectPlace) {
  return withLeftRunning(goneFailure(id, state, home), await leftRunning(state, variables));
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

/**
 * The folder first, then the id in the checkout: killed in between, the state has the place in its list, and is found
 * by it.
 */
function makeState(standing: Standing, name: string): Result<KnownState> {
  const id = randomBytes(6).toString("hex");
  const stateFolder = join(standing.home, id);
  mkdirSync(stateFolder, { mode: 0o700 });
  return belong(standing, { id, name, places: [], stateFolder }, name);
}

/** Both sides say that they belong to each other. Places that are gone, or belong elsewhere by now, leave the list. */
function belong({ checkout }: Standing, state: KnownState, name: string): Result<KnownState> {
  const others = state.places.filter((place) => !isPlaceOf(place, checkout) && stillBelongs(place, state.id));
  const value: KnownState = { ...state, name, places: [...others, checkout.place] };
  writeStateRecord(state.stateFolder, value);
  const written = writeBelonging(checkout.idFile, checkout.project, { id: state.id, state: state.stateFolder });
  return written.ok ? ok(value) : written;
}

/** A checkout that cannot be written can be looked at. */
function tryToBelong(standing: Extract<Standing, { is: "own" }>, name: string): void {
  try {
    belong(standing, standing.state, name);
  } catch (error) {
    if (fileFailure(error) === undefined) throw error;
  }
}

function isUpToDate({ checkout, state }: Extract<Standing, { is: "own" }>, name: string): boolean {
  const { belonging, place } = checkout;
  const says = belonging?.id === state.id && belonging.state === state.stateFolder;
  return says && state.name === name && state.places.some((one: Place) => isSamePlace(one, place, true));
}

function openOf({ stateFolder }: KnownState): OpenState {
  return { stateFolder, isEmpty: false, close: () => {} };
}

function emptyState(): OpenState {
  const stateFolder = mkdtempSync(join(tmpdir(), "tidegate-empty-"));
  return { stateFolder, isEmpty: true, close: () => rmSync(stateFolder, { recursive: true, force: true }) };
}

const lockMs = 10_000;
const lookEveryMs = 20;

/** One command at a time decides what belongs to whom. */
export async function withHomeLock<T>(home: string, work: () => Result<T>): Promise<Result<T>> {
  try {
    makeFolder(home);
  } catch (error) {
    const failure = fileFailure(error, home);
    if (failure === undefined) throw error;
    return failed({
      ...failure,
      hint: "Make it writable for this user, or have the state elsewhere: TIDEGATE_STATE=<folder>",
    });
  }
  const path = join(home, "lock");
  const deadline = performance.now() + lockMs;
  let lock = takeProcessLock(path);
  while (lock === undefined && performance.now() < deadline) {
    await wait(lookEveryMs);
    lock = takeProcessLock(path);
  }
  if (lock === undefined) return failed(busy(path));
  try {
    return work();
  } finally {
    lock.release();
  }
}

function busy(path: string) {
  return {
    code: "state-busy",
    message: "Another command of Tidegate is at work on the states of this machine",
    hint: `Wait for it. If none is: fuser -v ${JSON.stringify(path)}`,
  } as const;
}

function noSuchState(id: string, count: number) {
  return {
    code: "bad-arguments",
    message: count === 0 ? `No state has the id ${id}` : `Several states have an id that begins with ${id}`,
    hint: "See which there are: tidegate state list",
  } as const;
}
