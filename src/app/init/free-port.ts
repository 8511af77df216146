import { existsSync, readdirSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { makeFolder } from "../../files/make-folder.ts";
import { readTextIfThere } from "../../files/read-if-there.ts";
import { stateHome } from "../../files/state-home.ts";
import { statePaths } from "../../files/state-paths.ts";
import { writeFileAtomic } from "../../files/write-atomic.ts";
import { isListenedOn } from "../../gateway/embedded/listen/port-owner.ts";
import { readStored } from "../../gateway/embedded/tables/stored-table.ts";
import type { Variables } from "../../git/ask-git.ts";
import { type KnownState, knownStates } from "../../state/known-states.ts";

/** Where gateways listen when nobody chooses. */
export const usualPort = 8080;
const tries = 100;

/**
 * A port for the project's environments that stays free: the one that it has already, else one that nobody listens on and
 * that no other project of this user has, whether that runs at the moment or not, or was only given one. Touches nothing.
 */
export async function freePort(folder: string, variables: Variables): Promise<number> {
  const home = stateHome(variables);
  const states = home.ok ? knownStates(home.value) : [];
  const real = realpathSync(folder);
  const [own] = states.filter((state) => isOf(state, real)).flatMap(portsOf);
  const given = home.ok ? givenPorts(home.value) : new Map<string, number>();
  const mine = own ?? given.get(real);
  if (mine !== undefined) return mine;
  const others = new Set([...states.flatMap(portsOf), ...given.values()]);
  for (let port = usualPort; port < usualPort + tries; port += 1)
    if (!others.has(port) && !(await isListenedOn("127.0.0.1", port))) return port;
  return usualPort;
}

/** Remembers which port a project was given: until it runs, nothing else says so. What cannot be written is not kept. */
export function keepPort(folder: string, port: number, variables: Variables): void {
  const home = stateHome(variables);
  if (!home.ok) return;
  const ports = new Map(givenPorts(home.value)).set(realpathSync(folder), port);
  try {
    makeFolder(home.value);
    writeFileAtomic(join(home.value, givenFile), `${JSON.stringify(Object.fromEntries([...ports].sort()), null, 1)}\n`);
  } catch {
    // Another project may be given the same port; check says so.
  }
}

const givenFile = "ports.json";

/** By the folders of the projects that are still there. */
function givenPorts(home: string): Map<string, number> {
  const content = contentOf(join(home, givenFile));
  const entries = typeof content === "object" && content !== null ? Object.entries(content) : [];
  return new Map(entries.filter((entry): entry is [string, number] => isPort(entry[1]) && existsSync(entry[0])));
}

function isPort(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) > 0 && Number(value) < 65_536;
}

function isOf({ places }: KnownState, folder: string): boolean {
  return places.some((place) =>
    place.kind === "folder" ? place.path === folder : join(dirname(place.path), place.project) === folder,
  );
}

/** The ports that a project's gateway listens on, or did when it last ran. */
function portsOf({ stateFolder }: KnownState): number[] {
  const { gateway } = statePaths(stateFolder);
  return namesIn(gateway).flatMap((name) => {
    const read = readStored(contentOf(join(gateway, name)));
    return "stored" in read && read.stored.table !== undefined ? [read.stored.table.listen.port] : [];
  });
}

/** `undefined` for what is no JSON: nothing is known of it. */
function contentOf(file: string): unknown {
  try {
    return JSON.parse(readTextIfThere(file) ?? "");
  } catch {
    return undefined;
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith(".json"));
  } catch {
    return [];
  }
}
