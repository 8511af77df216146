import { readFileSync, readlinkSync } from "node:fs";
import { basename } from "node:path";
import { readAgentRecord } from "../../agent/client/agent-record.ts";
import { observer } from "../../agent/drivers.ts";
import type { Project } from "../../definition/types.ts";
import { type Fact, type Held, known, unknownFact } from "../../environment/parity/facts.ts";
import type { Unknown } from "../../environment/parity/report.ts";
import { resourceSpec } from "../../environment/resource-specs.ts";
import { type DeploymentSpec, driverOf } from "../../environment/spec.ts";
import { projectGraph } from "../../graph/project-graph.ts";
import { findProgram, interpreterOf, programsOf } from "../../inputs/tools.ts";
import { pathWithNode } from "../../launcher/node-on-path.ts";
import { isBuiltIn } from "../../process/built-in.ts";
import { toArgv } from "../../process/command.ts";
import { readProcessTable } from "../../process/process-row.ts";
import { wantedVersion } from "../../resources/kinds.ts";
import { Providers, providerTable } from "../../resources/registry.ts";
import { nodeStanding } from "../project-node.ts";
import type { Session } from "../session.ts";
import { versionOf } from "./versions.ts";

const cannotTell: Unknown = { because: "driverCannotTell", observable: false };
const platform = known("runtime", "platform", `${process.platform} ${process.arch}`);

/** What a service is run by, here and now: on the path that its processes get. */
export async function runtimeToCome(session: Session, spec: DeploymentSpec): Promise<Fact[]> {
  if (driverOf(spec).kind !== "local") return unknowns(spec);
  const path = pathOfAgent(session);
  if (path === undefined) return [platform, ...unknowns(spec).slice(1)];
  return [platform, ...(await servicesOn(session, spec.services, path))];
}

/** What the processes that serve are: the programs that run, and not those that would be found now. */
export async function runtimeThatServes(session: Session, spec: DeploymentSpec): Promise<Fact[]> {
  if (driverOf(spec).kind !== "local") return unknowns(spec);
  const instances = await observer(session.stateFolder, session.store).observe(spec.environment);
  const found = instances.ok ? instances.value : [];
  const path = session.ports.env.PATH ?? "";
  const services = spec.services.map(async ({ name, run }): Promise<Fact> => {
    if (isBuiltIn(run)) return known("runtime", name, ofTidegate);
    if (isOfRelease(mainProgram(run))) return known("runtime", name, ofRelease);
    const running = found.find(({ service, state }) => service === name && state.state === "running");
    const pid = running?.state.state === "running" ? running.state.pid : undefined;
    return {
      dimension: "runtime",
      key: name,
      held: pid === undefined ? { is: "later" } : await runningProgram(pid, path),
    };
  });
  return [platform, ...(await Promise.all(services))];
}

/** What this machine runs services and tasks with: the laptop's column, or the CI's. */
export async function machineFacts(session: Session): Promise<Fact[]> {
  const { project, ports, folder } = session;
  const standing = nodeStanding({ folder, env: ports.env });
  const path = standing.stands === "there" ? standing.path : (ports.env.PATH ?? "");
  const named = Object.entries(project.services).map(([name, { run }]) => ({ name, run }));
  const services = await servicesOn(session, named, path);
  const tools = await toolsOf(project, folder);
  const facts = tools.map(async (tool): Promise<Fact> => {
    if (tool === "node" && standing.stands === "missing")
      return known("runtime", "tool node", notHere(standing.said.text));
    const file = findProgram(tool, path, folder);
    const version = file === undefined ? "(not found)" : ((await versionOf(file, tool, path)) ?? "(there)");
    return known("runtime", `tool ${tool}`, version);
  });
  const servers = await serversFor(project, folder);
  return [
    platform,
    known("runtime", "tidegate", ports.version),
    ...services,
    ...(await Promise.all(facts)),
    ...servers,
  ];
}

/** Whether this machine has the versions of resources that the project wants: the server of a database. */
async function serversFor({ resources = {} }: Project, folder: string): Promise<Fact[]> {
  const providers = new Providers(providerTable([folder]));
  const facts = new Map<string, Fact>();
  for (const [name, resource] of Object.entries(resources)) {
    const version = wantedVersion(resourceSpec(name, resource, folder));
    const key = `tool ${resource.resource} ${version}`;
    if (version === undefined || facts.has(key)) continue;
    const there = (await providers.of(resource.resource).versionsHere?.()) ?? [];
    facts.set(key, known("runtime", key, there.includes(version) ? "(there)" : "(not found)"));
  }
  return [...facts.values()];
}

function unknowns({ services }: DeploymentSpec): Fact[] {
  return ["platform", ...services.map(({ name }) => name)].map((key) => unknownFact("runtime", key, cannotTell));
}

interface Named {
  readonly name: string;
  readonly run: string | readonly [string, ...string[]];
  /** The Node that its release says, as a range. */
  readonly node?: string;
}

function notHere(node: string): string {
  return `node ${node} (not found)`;
}

function servicesOn({ folder, ports }: Session, services: readonly Named[], path: string): Promise<Fact[]> {
  return Promise.all(
    services.map(async ({ name, run, node }): Promise<Fact> => {
      if (isBuiltIn(run)) return known("runtime", name, ofTidegate);
      const program = mainProgram(run);
      if (isOfRelease(program)) return known("runtime", name, ofRelease);
      const found = node === undefined ? undefined : pathWithNode(node, { ...ports.env, PATH: path }, folder);
      if (found?.was === "missing" && program === "node") return known("runtime", name, notHere(node!));
      const own = found === undefined || found.was === "missing" ? path : found.path;
      return { dimension: "runtime", key: name, held: await programToCome(program, own, folder) };
    }),
  );
}

/** What a shell does by itself: `cd web && node server.js` runs node. */
const ofShell = new Set([":", ".", "cd", "exec", "exit", "export", "set", "test", "true", "ulimit", "umask", "unset"]);

/** The first that is no shell, and nothing that a shell does by itself. */
export function mainProgram(run: Named["run"]): string {
  const argv = toArgv(run);
  return programsOf(argv).find((name) => !isShell(name) && !ofShell.has(name)) ?? argv.file;
}

const ofRelease = "of the release";
const ofTidegate = "of Tidegate";

function isOfRelease(program: string): boolean {
  return program.includes("/") && !program.startsWith("/");
}

/**
 * What will run when this program is started: of a script its interpreter, as the process will be one. A program that is not
 * known may become another one (`env`, a version manager), so nothing is said of it.
 */
async function programToCome(program: string, path: string, folder: string): Promise<Held> {
  const file = findProgram(program, path, folder);
  if (file === undefined) return { is: "text", text: `${program} (not found)` };
  const interpreter = interpreterOf(file);
  if (interpreter !== undefined && !isShell(interpreter)) return programToCome(interpreter, path, folder);
  const version = await versionOf(file, program, path);
  return version === undefined ? { is: "unknown", unknown: cannotTell } : { is: "text", text: version };
}

function isShell(name: string): boolean {
  return /^(ba|da|z|k|a)?sh$/.test(basename(name));
}

/** Asked of the file that runs, also when another one has its name by now. */
async function runningProgram(pid: number, path: string): Promise<Held> {
  const program = [pid, ...descendantsOf(pid)].map(programAt).find((one) => one !== undefined && !isShell(one.name));
  if (program === undefined) return { is: "unknown", unknown: cannotTell };
  const version = await versionOf(program.file, program.name, path);
  return { is: "text", text: version ?? program.name };
}

/** Only Linux tells which file a process runs. */
function programAt(pid: number): { readonly file: string; readonly name: string } | undefined {
  const file = `/proc/${pid}/exe`;
  try {
    return { file, name: basename(readlinkSync(file).replace(/ \(deleted\)$/, "")) };
  } catch {
    return undefined;
  }
}

function descendantsOf(pid: number): number[] {
  const found = [pid];
  const table = readProcessTable();
  for (const one of found) found.push(...table.filter(({ parent }) => parent === one).map((row) => row.pid));
  return found.slice(1);
}

/** The path that processes would get: the agent's, which starts them; of one that is yet to start, the caller's. */
function pathOfAgent({ stateFolder, ports }: Session): string | undefined {
  const agent = readAgentRecord(stateFolder);
  if (agent === undefined) return ports.env.PATH ?? "";
  try {
    const variables = readFileSync(`/proc/${agent.pid}/environ`, "utf8").split("\0");
    return variables.find((one) => one.startsWith("PATH="))?.slice("PATH=".length);
  } catch {
    return undefined;
  }
}

/** Programs that tasks name, without those of the project itself. */
async function toolsOf(project: Project, folder: string): Promise<string[]> {
  const { graph } = await projectGraph(project, folder);
  const programs = [...graph.values()].flatMap(({ task }) => programsOf(toArgv(task.run)));
  return [...new Set(programs)].filter((name) => !name.includes("/") && !isShell(name)).sort();
}
