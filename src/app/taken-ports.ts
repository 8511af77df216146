import { basename, dirname, join } from "node:path";
import { observeGateway } from "../agent/observe.ts";
import { realPath } from "../agent/runtime/runtime-folder.ts";
import type { Problem } from "../definition/problem.ts";
import type { Environment, Project } from "../definition/types.ts";
import { environmentListen, environmentUrl } from "../definition/where.ts";
import { failed, ok, type Result } from "../errors/result.ts";
import { shellWord } from "../errors/shell-word.ts";
import { checkoutFolderOf } from "../files/state-paths.ts";
import { isListenedOn, type PortOwner, portOwner, showOwner } from "../gateway/embedded/listen/port-owner.ts";
import type { ProjectPlace } from "../state/find-state.ts";
import { type Place, readStateRecord } from "../state/known-states.ts";
import { peekState } from "../state/open-state.ts";
import type { Session } from "./session.ts";

/** Whose ports are looked at. */
export interface PortsOf {
  readonly project: Pick<Project, "environments">;
  /** Of the project; need not exist. */
  readonly stateFolder: string;
}

/** How many ports are tried for one to propose. */
const proposals = 20;

/**
 * The environments whose port somebody else has: a deployment there would migrate and start, and only then find out. Each
 * port is a problem once, at the first environment of those that are to be reached by it. The project's own gateway is nobody else,
 * also while nobody looks after it. Touches nothing; a port that is taken a moment later is told by the gateway.
 */
export async function takenPorts({ project, stateFolder }: PortsOf, names: readonly string[]): Promise<Problem[]> {
  const byPort = Map.groupBy(names, (name) => JSON.stringify(addressOf(project, name)));
  const problems = await Promise.all([...byPort.values()].map((sharing) => problemOf(project, stateFolder, sharing)));
  return problems.flatMap((problem) => problem ?? []);
}

/** The last gate, which can be asked first: nobody else has the port that an environment is to be reached by. */
export async function checkPorts(session: Session, targets: readonly string[]): Promise<Result<void>> {
  const problems = await takenPorts(session, targets);
  return problems.length === 0 ? ok() : failed(...(await session.locate(problems)));
}

/** Those of all environments of the definition, for whoever has not opened the state. */
export function portsTakenAt(place: ProjectPlace, project: PortsOf["project"]): Promise<Problem[]> {
  const state = peekState(place);
  // A version before had it in the checkout.
  const stateFolder = (state.ok ? state.value : undefined) ?? checkoutFolderOf(place.projectFolder);
  return takenPorts({ project, stateFolder }, Object.keys(project.environments));
}

function addressOf({ environments }: PortsOf["project"], name: string) {
  const { driver } = environments[name]!;
  return environmentListen(environmentUrl(name, driver), driver);
}

async function problemOf(
  project: PortsOf["project"],
  stateFolder: string,
  names: readonly string[],
): Promise<Problem | undefined> {
  const name = names[0]!;
  const { host, port } = addressOf(project, name);
  if (!(await isListenedOn(host, port))) return undefined;
  const owner = await portOwner(port);
  if (await isOwnGateway(stateFolder, owner, port)) return undefined;
  const environment = project.environments[name]!;
  // A preview has the port of the environment that it is made like.
  const at = environment.preview?.from ?? name;
  const { who, stop } = whoIs(owner);
  const setting = settingFor(at, project.environments[at] ?? environment, await freePortAfter(host, port));
  return {
    code: "port-in-use",
    path: ["environments", at, "driver"],
    message: `Port ${port}, where ${names.join(" and ")} ${names.length > 1 ? "are" : "is"} to be reached, is taken by ${who}`,
    hint: `${names.length > 1 ? `Give them another port, ${at} for example` : `Give ${at} another port`}: ${setting}\nOr stop whatever uses it${stop}`,
  };
}

/** What its driver would be given for another port. */
function settingFor(name: string, { driver }: Environment, port: number): string {
  if (driver.listen !== undefined) return `listen: "${driver.listen.replace(/\d+$/, String(port))}"`;
  const url = new URL(environmentUrl(name, driver));
  url.port = String(port);
  return `local({ url: "${url.href.replace(/\/$/, "")}" })`;
}

async function isOwnGateway(stateFolder: string, owner: PortOwner | undefined, port: number): Promise<boolean> {
  if (owner?.stateFolder !== undefined) return realPath(owner.stateFolder) === realPath(stateFolder);
  const gateway = await observeGateway(stateFolder);
  if (gateway === undefined) return false;
  if (owner !== undefined) return gateway.processes.some(({ pid }) => pid === owner.pid);
  const isHindered = (name: string) =>
    gateway.problems?.some((one) => one.about === "listen" && one.environment === name);
  return gateway.environments.some(({ environment, listen }) => listen.port === port && !isHindered(environment));
}

/** Who has a port, in a sentence, and how to end that, behind "stop what has it". */
function whoIs(owner: PortOwner | undefined): { readonly who: string; readonly stop: string } {
  if (owner === undefined) return { who: "a process that this user cannot see", stop: "." };
  const record = owner.stateFolder === undefined ? undefined : readStateRecord(owner.stateFolder);
  if (!record?.ok || record.value === undefined) return { who: showOwner(owner), stop: `: kill ${owner.pid}` };
  const { name, places } = record.value;
  const who = `the gateway of the project ${name} (process ${owner.pid})`;
  const [folder] = places.map(projectFolderOf);
  if (folder === undefined) return { who, stop: `: kill ${owner.pid}` };
  return { who: `${who}, ${folder}`, stop: `, in that project: cd ${shellWord(folder)} && tidegate env stop --all` };
}

function projectFolderOf(place: Place): string {
  if (place.kind === "folder") return place.path;
  return join(basename(place.path) === ".git" ? dirname(place.path) : place.path, place.project);
}

async function freePortAfter(host: string, taken: number): Promise<number> {
  for (let port = taken + 1; port <= Math.min(taken + proposals, 65_535); port += 1)
    if (!(await isListenedOn(host, port))) return port;
  return taken + 1;
}
