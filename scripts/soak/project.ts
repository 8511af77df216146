import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";
import { processesIn } from "../../test/support/processes.ts";

/** An environment for each strategy. */
export const environments = ["rolling", "recreate"] as const;
export type EnvironmentName = (typeof environments)[number];

export const victims = ["agent", "gateway", "instance", "cli"] as const;
export type Victim = (typeof victims)[number];

export interface Call {
  readonly child: ChildProcess;
  /** The types of the events that it told, and when. */
  readonly told: readonly { readonly type: string; readonly at: number }[];
  readonly ended: Promise<{ readonly code: number | null; readonly talk: string }>;
}

interface Instance {
  readonly pid?: number;
  readonly routed: boolean;
}

export interface Status {
  readonly state: string;
  readonly release?: string;
  readonly instances: readonly Instance[];
}

const bin = join(import.meta.dirname, "../../dist/bin.js");
const callLimitMs = 120_000;

/** A project of two environments in a temporary folder, run by the built program. Nothing of it is left after `close`. */
export class SoakProject {
  readonly #parent = mkdtempSync(join(realpathSync(tmpdir()), "tidegate-soak-"));
  readonly #folder = join(this.#parent, "project");
  readonly #ports: Readonly<Record<EnvironmentName, number>>;
  readonly #environment: NodeJS.ProcessEnv;

  constructor(ports: Readonly<Record<EnvironmentName, number>>) {
    this.#ports = ports;
    for (const name of ["run", "home", "project/src"]) mkdirSync(join(this.#parent, name), { recursive: true });
    chmodSync(join(this.#parent, "run"), 0o700);
    cpSync(join(import.meta.dirname, "../../test/support/server/server.mjs"), join(this.#folder, "src/server.mjs"));
    writeFileSync(join(this.#folder, "tidegate.config.ts"), definition(ports));
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

  /** What the service answers from now on, once it is shipped. */
  version(label: string): void {
    writeFileSync(join(this.#folder, "src/version.json"), JSON.stringify({ label }));
  }

  call(...args: readonly string[]): Call {
    const child = spawn(process.execPath, [bin, ...args, "--json"], {
      cwd: this.#folder,
      env: this.#environment,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const limit = setTimeout(() => child.kill("SIGKILL"), callLimitMs);
    const told: { type: string; at: number }[] = [];
    createInterface({ input: child.stdout! }).on("line", (line) => {
      const type = typeOf(line);
      if (type !== undefined) told.push({ type, at: Date.now() });
    });
    let talk = "";
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
    const child = spawn(process.execPath, [bin, "status", environment, "--json"], {
      cwd: this.#folder,
      env: this.#environment,
      stdio: ["ignore", "pipe", "inherit"],
    });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
    await new Promise((resolve) => child.once("close", resolve));
    const status = output
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line))
      .find((line) => line.name === environment);
    if (status === undefined) throw new Error(`status of ${environment}: ${output}`);
    return status;
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

function typeOf(line: string): string | undefined {
  try {
    const { event, type } = JSON.parse(line);
    return event?.type ?? type;
  } catch {
    return undefined;
  }
}

function definition(ports: Readonly<Record<EnvironmentName, number>>): string {
  const one = (name: EnvironmentName, replicas: number) =>
    `${name}: { driver: local({ url: "http://127.0.0.1:${ports[name]}" }), strategy: ${name}(), replicas: { web: differs(${replicas}, "as its strategy needs") }, protected: false },`;
  return `import { defineProject, differs, local, recreate, rolling, service, task } from "tidegate";

const build = task({ run: "mkdir -p dist && cp src/* dist/", inputs: ["src/**"], outputs: ["dist/"] });
const web = service({ run: "node dist/server.mjs", files: ["dist/"], health: "/healthz", grace: "2s" });

export default defineProject({
  name: "soak",
  pipeline: { build },
  services: { web },
  environments: {
    ${one("rolling", 2)}
    ${one("recreate", 1)}
  },
});
`;
}

/** A port of this machine that nobody listens on. */
export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
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
