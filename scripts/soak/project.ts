import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";
import { processesIn } from "../../test/support/processes.ts";

/** An environment for each strategy: how it stands in the definition, and how many instances it needs. */
const chosen = {
  rolling: { strategy: "rolling()", replicas: 2 },
  recreate: { strategy: "recreate()", replicas: 1 },
  "blue-green": { strategy: 'blueGreen({ keep: "1h" })', replicas: 1 },
  canary: { strategy: 'canary({ steps: [50], hold: "1s", bake: "1h" })', replicas: 2 },
} as const;

export type EnvironmentName = keyof typeof chosen;
export const environments = Object.keys(chosen) as readonly EnvironmentName[];

export interface Call {
  readonly child: ChildProcess;
  /** The events that it told. */
  readonly told: readonly Told[];
  readonly ended: Promise<{ readonly code: number | null; readonly talk: string }>;
}

/** See `test/support/server/server.mjs`. */
export interface Behaviour {
  /** The part of the requests that is answered with 500, by chance. */
  readonly failRate?: number;
  /** The median of the time that an answer takes. */
  readonly takesMs?: number;
}

/** A fact of `--json`, with what is asked of it here. */
interface Fact {
  readonly type: string;
  /** By whoever it happened to; absent: it does not say. */
  readonly happenedAt?: number;
  readonly verdict?: string;
  readonly figures?: { readonly candidate: { readonly requests: number } };
  /** Of a failure. */
  readonly message?: string;
  readonly hint?: string;
}

interface Told extends Fact {
  /** When it was heard. */
  readonly at: number;
}

interface Instance {
  readonly id: string;
  readonly release: string;
  readonly pid?: number;
  readonly routed: boolean;
}

export interface Status {
  readonly name: string;
  readonly state: string;
  readonly release?: string;
  readonly underWay?: { readonly release: string; readonly standing?: { readonly is: string } };
  readonly instances: readonly Instance[];
}

const bin = join(import.meta.dirname, "../../dist/bin.js");
const usualCallLimitMs = 300_000;

export interface SoakOptions {
  /** As the definition has it, instead of its own. */
  readonly canary?: string;
  /** After which a command is taken for hanging, and killed. */
  readonly callLimitMs?: number;
}

/** A project of an environment for each strategy in a temporary folder, run by the built program. Nothing of it is left after `close`. */
export class SoakProject {
  readonly #parent = mkdtempSync(join(realpathSync(tmpdir()), "tidegate-soak-"));
  readonly #folder = join(this.#parent, "project");
  readonly #ports: Readonly<Record<EnvironmentName, number>>;
  readonly #environment: NodeJS.ProcessEnv;

  readonly #callLimitMs: number;

  constructor(ports: Readonly<Record<EnvironmentName, number>>, options: SoakOptions = {}) {
    this.#ports = ports;
    this.#callLimitMs = options.callLimitMs ?? usualCallLimitMs;
    for (const name of ["run", "home", "project/src"]) mkdirSync(join(this.#parent, name), { recursive: true });
    chmodSync(join(this.#parent, "run"), 0o700);
    cpSync(join(import.meta.dirname, "../../test/support/server/server.mjs"), join(this.#folder, "src/server.mjs"));
    writeFileSync(join(this.#folder, "tidegate.config.ts"), definition(ports, options));
    this.#environment = {
      ...process.env,
      XDG_RUNTIME_DIR: join(this.#parent, "run"),
      HOME: join(this.#parent, "home"),
      TIDEGATE_STATE: join(this.#parent, "states"),
    };
  }

  url(environment: EnvironmentName): string {
    return `http://127.0.0.1:${this.#ports[environment]}/`;
  }

  /** What the service answers from now on, once it is shipped, and how. */
  version(label: string, how: Behaviour = {}): void {
    writeFileSync(join(this.#folder, "src/version.json"), JSON.stringify({ label, ...how }));
  }

  /** Hears of everything from now on; whoever calls it ends its `child`. */
  follow(): Call {
    return this.#start(["history", "--follow"], undefined);
  }

  call(...args: readonly string[]): Call {
    return this.#start(args, this.#callLimitMs);
  }

  #start(args: readonly string[], limitMs: number | undefined): Call {
    const child = spawn(process.execPath, [bin, ...args, "--json"], {
      cwd: this.#folder,
      env: this.#environment,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const limit = limitMs === undefined ? undefined : setTimeout(() => child.kill("SIGKILL"), limitMs);
    const told: Told[] = [];
    let talk = "";
    createInterface({ input: child.stdout! }).on("line", (line) => {
      const fact = factOf(line);
      if (fact === undefined) return;
      told.push({ ...fact, at: Date.now() });
      const { message, hint } = fact;
      if (message !== undefined) talk = `${talk}${message} ${hint ?? ""}\n`.slice(-4000);
    });
    child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      talk = (talk + text).slice(-4000);
    });
    const ended = new Promise<{ code: number | null; talk: string }>((resolve) =>
      child.once("close", (code) => {
        clearTimeout(limit);
        resolve({ code, talk });
      }),
    );
    return { child, told, ended };
  }

  async status(environment: EnvironmentName): Promise<Status> {
    const [status] = await this.statuses(environment);
    if (status?.name !== environment) throw new Error(`no status of ${environment}`);
    return status;
  }

  /** Of one environment, or of all. */
  async statuses(...environment: readonly EnvironmentName[]): Promise<Status[]> {
    const child = spawn(process.execPath, [bin, "status", ...environment, "--json"], {
      cwd: this.#folder,
      env: this.#environment,
      stdio: ["ignore", "pipe", "inherit"],
    });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
    await new Promise((resolve) => child.once("close", resolve));
    const lines = output.split("\n").filter((line) => line !== "");
    return lines.map((line) => JSON.parse(line)).filter(({ state }) => state !== undefined);
  }

  /** Which release answers; `undefined`: none does. */
  async answering(environment: EnvironmentName): Promise<{ release: string | null; label: string } | undefined> {
    try {
      const answer = await fetch(this.url(environment), { headers: { connection: "close" } });
      const label = await answer.text();
      return answer.ok ? { release: answer.headers.get("x-release"), label } : undefined;
    } catch {
      return undefined;
    }
  }

  /** Process numbers of the agent or of the gateway. */
  processes(of: "agent" | "gateway"): number[] {
    return processesIn(this.#parent)
      .filter(({ output }) => output.endsWith(`/${of}.log`))
      .map(({ pid }) => pid);
  }

  /** Processes of the service that are no instance of an environment. */
  orphans(all: readonly Status[]): string[] {
    const known = new Set(all.flatMap(({ instances }) => instances.flatMap(({ pid }) => pid ?? [])));
    const strangers = processesIn(this.#parent).filter(({ pid, command }) => {
      return command.includes("server.mjs") && !known.has(groupOf(pid) ?? pid) && !known.has(pid);
    });
    return strangers.map(({ pid, command }) => `${pid} ${command} runs, and is no instance`);
  }

  /** What was left running, which it ends. */
  async close(): Promise<string[]> {
    await this.call("env", "stop", "--all").ended;
    for (let tries = 0; tries < 250 && processesIn(this.#parent).length > 0; tries += 1) await wait(40);
    const left = processesIn(this.#parent);
    for (const { pid } of left) process.kill(pid, "SIGKILL");
    spawnSync("chmod", ["-R", "u+w", this.#parent]);
    rmSync(this.#parent, { recursive: true, force: true });
    return left.map(({ pid, command }) => `${pid} ${command}`);
  }
}

/** An event, or a failure. */
function factOf(line: string): Fact | undefined {
  try {
    const { event, at, ...rest } = JSON.parse(line);
    const fact = event === undefined ? rest : { ...event, happenedAt: at };
    return fact.type === undefined ? undefined : fact;
  } catch {
    return undefined;
  }
}

function definition(ports: Readonly<Record<EnvironmentName, number>>, { canary }: SoakOptions): string {
  const one = (name: EnvironmentName) => {
    const { strategy: own, replicas } = chosen[name];
    const strategy = name === "canary" && canary !== undefined ? canary : own;
    return `"${name}": { driver: local({ url: "http://127.0.0.1:${ports[name]}" }), strategy: ${strategy}, replicas: { web: differs(${replicas}, "as its strategy needs") }, protected: false },`;
  };
  return `import { blueGreen, canary, defineProject, differs, local, recreate, rolling, service, task } from "tidegate";

const build = task({ run: "mkdir -p dist && cp src/* dist/", inputs: ["src/**"], outputs: ["dist/"] });
const web = service({ run: "node dist/server.mjs", files: ["dist/"], health: "/healthz", grace: "2s" });

export default defineProject({
  name: "soak",
  pipeline: { build },
  services: { web },
  environments: {
    ${environments.map(one).join("\n    ")}
  },
});
`;
}

/** A port for each environment that nobody listens on. */
export async function freePorts(): Promise<Record<EnvironmentName, number>> {
  const ports = new Set<number>();
  while (ports.size < environments.length) ports.add(await freePort());
  return Object.fromEntries(environments.map((name, index) => [name, [...ports][index]])) as Record<
    EnvironmentName,
    number
  >;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

function groupOf(pid: number): number | undefined {
  try {
    return Number(readFileSync(`/proc/${pid}/stat`, "latin1").split(") ")[1]!.split(" ")[2]);
  } catch {
    return undefined;
  }
}

/** Whether a process that was told of is there, and is killed now. */
export function killNow(pid: number | undefined): boolean {
  if (pid === undefined) return false;
  try {
    return process.kill(pid, "SIGKILL");
  } catch {
    return false;
  }
}
