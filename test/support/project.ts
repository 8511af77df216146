import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterEach } from "vitest";
import { type CliOptions, type CliResult, type RunningCli, runCli, startCli } from "./cli.ts";
import { type Load, type LoadOptions, startLoad } from "./load.ts";
import { processesIn } from "./processes.ts";
import { removeTree } from "./remove-tree.ts";

export type EnvironmentName = "staging" | "production";

export interface ProjectOptions {
  /** The name of its folder. */
  readonly name?: string;
  /** Below what its temporary folder is made. Default: the system's. */
  readonly below?: string;
  /** As the definition has it, for all environments. Default: `rolling()`. */
  readonly strategy?: string;
  readonly replicas?: number;
  readonly healthTimeout?: string;
  readonly grace?: string;
  readonly hasMigration?: boolean;
  /** A service `api` behind `web`, which calls it; `replicas` is for both. */
  readonly hasApi?: boolean;
  readonly hasCheck?: boolean;
  /** More gates of production, as the definition has them. */
  readonly gates?: string;
  readonly hasSecret?: boolean;
  /** Folders that the service says it writes to. */
  readonly writes?: readonly string[];
  /** The service's main file, instead of `server.mjs`. */
  readonly server?: string;
  /** What environments run on, as the definition has it, by the address. Default: `local`. */
  readonly driver?: (url: string) => string;
  /** What Node is given to run in place of the program. */
  readonly program?: readonly string[];
  /** How previews are made, as the definition has it; default: there are none. */
  readonly previews?: string;
  /** More variables for every call. */
  readonly env?: Readonly<Record<string, string>>;
}

/** How a version of the service misbehaves; see `server/server.mjs`. A gate is opened by `TestProject.open`. */
export interface Version {
  /** Never healthy, anywhere or in one environment. */
  readonly isSick?: boolean;
  readonly sickIn?: EnvironmentName;
  /** `after gate`: when the gate opens; `once gone`: when it is started while the gate is open. */
  readonly crashes?: "at start" | "after gate" | "once gone";
  readonly crashGate?: string;
  /** Healthy once this gate is open. */
  readonly startsAfter?: string;
  /** Requests to /slow are answered once this gate is open. */
  readonly answersAfter?: string;
  /** Hears no SIGTERM. */
  readonly stubborn?: boolean;
  /** Has children and grandchildren that hear no SIGTERM. */
  readonly family?: boolean;
  /** Each so-many-th request is answered with 500. */
  readonly failsEvery?: number;
  /** The part of the requests that is answered with 500, by chance. */
  readonly failRate?: number;
  /** The median of the time that an answer takes. */
  readonly takesMs?: number;
  /** Prints its secret. */
  readonly tells?: boolean;
  /** false: fails; a gate: waits for it. */
  readonly migrate?: false | string;
  readonly check?: false | string;
}

export interface Status {
  readonly name: EnvironmentName;
  readonly state: string;
  readonly release?: string;
  readonly deployment?: number;
  readonly underWay?: {
    readonly deployment: number;
    readonly standing?: { readonly is: string; readonly share: number };
  };
  readonly quarantine?: string;
  readonly problems: readonly { readonly problem: string; readonly instance?: string }[];
  readonly instances: readonly {
    readonly id: string;
    readonly release: string;
    readonly pid?: number;
    readonly state: string;
    readonly healthy?: boolean;
    readonly routed: boolean;
  }[];
}

const projects: TestProject[] = [];
const server = join(import.meta.dirname, "server");
const token = "a token that must never be seen anywhere, whatever happens";

afterEach(async () => {
  const problems = await Promise.all(projects.splice(0).map((project) => project.close()));
  const leaks = problems.flat();
  if (leaks.length > 0) throw new Error(`left behind:\n${leaks.join("\n")}`);
});

/** A project with a service that needs no installation, staging and production; everything of it ends with the test. */
export async function testProject(options: ProjectOptions = {}): Promise<TestProject> {
  const ports = { staging: await freePort(), production: await freePort() };
  const project = new TestProject(options, ports);
  projects.push(project);
  return project;
}

export class TestProject {
  /** Holds everything of the test: the project, its gates, its runtime folder. */
  readonly parent: string;
  readonly folder: string;
  readonly ports: Readonly<Record<EnvironmentName, number>>;
  /** Set by a test that has ended everything itself, or made it impossible to do so with the program. */
  isGone = false;
  /** Set by a test that has removed what the runtime folder belongs to. */
  leavesRuntime = false;
  readonly #options: ProjectOptions;

  constructor(options: ProjectOptions, ports: Readonly<Record<EnvironmentName, number>>) {
    this.#options = options;
    this.ports = ports;
    this.parent = mkdtempSync(join(realpathSync(options.below ?? tmpdir()), "tidegate-e2e-"));
    this.folder = join(this.parent, options.name ?? "project");
    for (const folder of ["run", "gates", "home"]) mkdirSync(join(this.parent, folder), { mode: 0o700 });
    mkdirSync(join(this.folder, "src"), { recursive: true });
    cpSync(server, join(this.folder, "src"), { recursive: true });
    this.define(["staging", "production"]);
    this.version("one");
  }

  /** `.tidegate`: the cache and the logs of runs. */
  get checkoutFolder(): string {
    return join(this.folder, ".tidegate");
  }

  /** Holds the states of this test's projects. */
  get stateHome(): string {
    return join(this.parent, "states");
  }

  /** The one state that there is, once something was released or deployed. */
  get stateFolder(): string {
    const [id, ...others] = readdirSync(this.stateHome).filter((name) => /^[0-9a-f]{12}$/.test(name));
    if (id === undefined || others.length > 0) throw new Error(`not one state in ${this.stateHome}: ${id} ${others}`);
    return join(this.stateHome, id);
  }

  get env(): Record<string, string> {
    const secrets = this.#options.hasSecret ? { STAGING_TOKEN: `${token} (s)`, PRODUCTION_TOKEN: `${token} (p)` } : {};
    return {
      XDG_RUNTIME_DIR: join(this.parent, "run"),
      HOME: join(this.parent, "home"),
      TIDEGATE_STATE: this.stateHome,
      ...secrets,
      ...this.#options.env,
    };
  }

  get #call(): CliOptions {
    const { program } = this.#options;
    return { cwd: this.folder, env: this.env, ...(program && { program }) };
  }

  /** What no file and no output may contain. */
  get secret(): string {
    return token;
  }

  /** Writes the definition with these environments; `changes`: what is otherwise than in the options, this time. */
  define(environments: readonly EnvironmentName[], changes: ProjectOptions = {}): void {
    const options = { ...this.#options, ...changes };
    writeFileSync(join(this.folder, "tidegate.config.ts"), definition(options, this.ports, environments));
  }

  /** Changes the service. */
  version(label: string, how: Version = {}): void {
    const gates = join(this.parent, "gates");
    writeFileSync(join(this.folder, "src", "version.json"), JSON.stringify({ label, gates, ...how }));
  }

  /** Opens a gate. */
  open(gate: string): void {
    writeFileSync(join(this.parent, "gates", gate), "");
  }

  run(...args: string[]): Promise<CliResult> {
    return runCli(args, this.#call);
  }

  /** Runs it and expects success. */
  async ok(...args: string[]): Promise<CliResult> {
    const result = await this.run(...args);
    if (result.code !== 0)
      throw new Error(`tidegate ${args.join(" ")}: ${result.code}\n${result.stdout}\n${result.stderr}`);
    return result;
  }

  start(...args: string[]): RunningCli {
    return startCli(args, this.#call);
  }

  async json<T>(...args: string[]): Promise<T[]> {
    const { stdout } = await this.run(...args, "--json");
    return stdout
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as T);
  }

  async status(name: EnvironmentName = "staging"): Promise<Status> {
    const [status] = await this.json<Status>("status", name);
    if (status === undefined || !("state" in status))
      throw new Error(`no status of ${name}: ${JSON.stringify(status)}`);
    return status;
  }

  /** The status once it is as wanted. */
  async until(name: EnvironmentName, test: (status: Status) => boolean): Promise<Status> {
    return eventually(async () => {
      const status = await this.status(name);
      if (!test(status)) throw new Error(`it is ${JSON.stringify(status, null, 1)}`);
      return status;
    });
  }

  url(name: EnvironmentName = "staging", path = "/"): string {
    return `http://127.0.0.1:${this.ports[name]}${path}`;
  }

  async label(name: EnvironmentName = "staging"): Promise<string> {
    const response = await fetch(this.url(name), { headers: { connection: "close" } });
    return response.ok ? response.text() : `status ${response.status}`;
  }

  load(name: EnvironmentName = "staging", connections = 4, check?: LoadOptions["check"]): Load {
    return startLoad({ url: this.url(name), connections, paced: 10, ...(check === undefined ? {} : { check }) });
  }

  /** The process number of the agent, if one runs. */
  get agent(): number | undefined {
    const pids = processesIn(this.parent).filter(({ output }) => output.endsWith("/agent.log"));
    return pids[0]?.pid;
  }

  get agents(): number[] {
    return processesIn(this.parent)
      .filter(({ output }) => output.endsWith("/agent.log"))
      .map(({ pid }) => pid);
  }

  /** The first of its processes. */
  get gateway(): number | undefined {
    return this.gateways[0];
  }

  /** Both processes, in the order in which they were started. */
  get gateways(): number[] {
    const found = processesIn(this.parent).filter(({ output }) => output.endsWith("/gateway.log"));
    return found.map(({ pid }) => pid).sort((one, other) => one - other);
  }

  /** Ends the gateway as a crash of all of it would; the first process first, which would start the second again. */
  async killGateway(): Promise<void> {
    while (this.gateways.length > 0) await this.kill(this.gateway);
  }

  /** Ends a process as a crash would, and waits until it is gone. */
  async kill(pid: number | undefined): Promise<void> {
    if (pid === undefined) throw new Error("there is no such process");
    process.kill(pid, "SIGKILL");
    await eventually(() => {
      if (processesIn(this.parent).some((one) => one.pid === pid)) throw new Error(`${pid} still runs`);
    });
  }

  /** Ends everything and removes it; what was left behind. */
  async close(): Promise<string[]> {
    const destroyed = this.isGone ? undefined : await this.run("env", "destroy", "--all", "--yes");
    const problems = destroyed && destroyed.code !== 0 ? [`env destroy: ${destroyed.code}\n${destroyed.stderr}`] : [];
    for (let tries = 0; tries < 3_000 && processesIn(this.parent).length > 0; tries += 1) await wait(20);
    for (const { pid, command, output } of processesIn(this.parent)) {
      problems.push(`process ${pid}: ${command} (${output})`);
      process.kill(pid, "SIGKILL");
    }
    if (!this.leavesRuntime)
      problems.push(...filesIn(join(this.parent, "run")).map((file) => `in the runtime folder: ${file}`));
    removeTree(this.parent);
    return problems;
  }
}

function filesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name));
}

function definition(
  options: ProjectOptions,
  ports: Readonly<Record<EnvironmentName, number>>,
  environments: readonly EnvironmentName[],
): string {
  const { driver = (url: string) => `local({ url: "${url}" })` } = options;
  const { strategy = "rolling()", replicas = 1, healthTimeout = "10s", grace = "2s" } = options;
  const more = {
    staging: "",
    production: [
      "protected: false,",
      environments.includes("staging") ? `after: "staging",` : "",
      `gates: [${[options.hasCheck ? `check("smoke", "node dist/job.mjs check")` : "", options.gates ?? ""].filter(Boolean).join(", ")}],`,
    ].join(" "),
  };
  const one = (name: EnvironmentName) =>
    `${name}: { driver: ${driver(`http://127.0.0.1:${ports[name]}`)}, strategy: ${strategy}, ${more[name]} },`;
  return `import { check, defineProject, local, recreate, rolling, secret, service, task } from "tidegate";
import { approval, blueGreen, canary, window } from "tidegate";
import { z } from "zod";

const build = task({ run: "mkdir -p dist && cp src/* dist/", inputs: ["src/**"], outputs: ["dist/"] });
const common = {
  files: ["dist/"],
  health: "/healthz",
  healthTimeout: "${healthTimeout}",
  grace: "${grace}",
  replicas: ${replicas},
  ${options.writes ? `writes: ${JSON.stringify(options.writes)},` : ""}
  ${options.hasMigration ? `migrate: "node dist/job.mjs migrate",` : ""}
} as const;
${
  options.hasApi
    ? `const api = service({ ...common, run: "node dist/server.mjs", route: "internal" });
const web = service({ ...common, run: "node dist/front.mjs", needs: [api] });`
    : `const web = service({ ...common, run: "node dist/${options.server ?? "server.mjs"}" });`
}
export const unused = [blueGreen, canary, check, recreate, rolling, secret, z];
export default defineProject({
  name: "small",
  pipeline: { build },
  services: { ${options.hasApi ? "api, web" : "web"} },
  config: { ${options.hasSecret ? "TOKEN: secret(z.string().min(10))" : ""} },
  environments: { ${environments.map(one).join(" ")} },
  ${options.previews ? `previews: ${options.previews},` : ""}
});
`;
}

/** Looks until it no longer throws; its last error after a while. */
export async function eventually<T>(look: () => T | Promise<T>, limitMs = 120_000): Promise<T> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    try {
      return await look();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await wait(20);
    }
  }
}

let nextPort = 21_000 + (Number(process.env.VITEST_POOL_ID ?? 1) % 10) * 800 + (process.pid % 400) * 2;

/** Below the range from which the system gives ports: no instance can get it meanwhile. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = nextPort++;
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });
}

/** Runs a program of the machine. */
export function shell(file: string, ...args: readonly string[]): string {
  return execFileSync(file, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}
