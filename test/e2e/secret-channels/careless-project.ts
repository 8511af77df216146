import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { thirty } from "../../secrets/redaction/samples.ts";
import type { CliResult } from "../../support/cli.ts";
import { shell, type TestProject, testProject } from "../../support/project.ts";

/** How the programs of the project misbehave, beside telling everything. */
export interface Carelessness {
  /** Tasks fail. */
  readonly fails?: boolean;
  /** The build writes the secrets into what is released. */
  readonly leaks?: boolean;
  readonly isSick?: boolean;
  /** The job that fails. */
  readonly refuses?: "migration" | "check";
}

/** In bytes: what the programs write at a time. */
const sizes = { a: 1, b: 7, c: 1021, d: 65_536 } as const;

/** A project in which everything that runs tells its thirty secrets, and all that was said about it. */
export class CarelessProject {
  readonly project: TestProject;
  /** What each call printed, by the call. */
  readonly said = new Map<string, Buffer>();
  /** Holds what the programs told, by their labels; outside of the project. */
  readonly raw: string;

  /** Made by `carelessProject`. */
  constructor(project: TestProject) {
    this.project = project;
    this.raw = join(project.parent, "raw");
    mkdirSync(this.raw);
    cpSync(join(import.meta.dirname, "careless.mjs"), join(project.folder, "src/careless.mjs"));
    const samples = join(import.meta.dirname, "../../secrets/redaction/samples.ts");
    this.#write("src/place.json", JSON.stringify({ samples, raw: this.raw }));
    this.version({});
    this.define("secret(z.string())");
  }

  version(how: Carelessness): void {
    this.#write("src/version.json", JSON.stringify(how));
  }

  /** Writes the definition; `declaration` is that of each of the thirty. */
  define(declaration: string): void {
    this.#write("tidegate.config.ts", definition(declaration, this.project.ports.staging));
  }

  /** Encrypts the secrets in the repository. */
  async encrypt(): Promise<void> {
    const file = join(this.project.parent, "clear.json");
    writeFileSync(file, JSON.stringify(variables()), { mode: 0o600 });
    await this.project.ok("secrets", "init", "--name", "ada");
    await this.project.ok("secrets", "import", file, "--env", "staging");
    rmSync(file);
  }

  /** Makes a commit whose subject is a secret. */
  commit(): void {
    const git = (...args: string[]) => shell("git", "-C", this.project.folder, ...args);
    git("init", "--quiet");
    const as = ["-c", "user.name=ada", "-c", "user.email=ada@localhost"];
    git(...as, "commit", "--quiet", "--allow-empty", "--message", thirty[3]!);
  }

  /** Runs it and keeps what it printed; it must end with the code. */
  async call(code: number, ...args: string[]): Promise<CliResult> {
    const result = await this.project.run(...args);
    const key = `${this.said.size + 1} ${args.join(" ")}`;
    this.said.set(`${key}: stdout`, Buffer.from(result.stdout));
    this.said.set(`${key}: stderr`, Buffer.from(result.stderr));
    if (result.code !== code) throw new Error(`${key} ended with ${result.code}, expected ${code}:\n${this.#end(key)}`);
    return result;
  }

  /** What a program told, as it wrote it. */
  told(label: string): Buffer {
    return readFileSync(join(this.raw, label));
  }

  #end(key: string): string {
    return ["stdout", "stderr"].map((stream) => this.said.get(`${key}: ${stream}`)?.subarray(-1_500)).join("\n");
  }

  #write(path: string, text: string): void {
    writeFileSync(join(this.project.folder, path), text);
  }
}

/** The tasks find the secrets in the environment of the caller; deployments take them from where they are declared. */
export async function carelessProject(): Promise<CarelessProject> {
  return new CarelessProject(await testProject({ env: variables() }));
}

function variables(): Record<string, string> {
  return Object.fromEntries(thirty.map((value, index) => [`SECRET_${index}`, value]));
}

function definition(declaration: string, port: number): string {
  const keys = JSON.stringify(Object.keys(variables()));
  return `import { check, defineProject, local, rolling, secret, service, task } from "tidegate";
import { z } from "zod";

const env = ${keys};
const run = (role: string, label: string, size: number, from = "src") => ["node", from + "/careless.mjs", role, label, String(size)];
const teller = (label: string, size: number, files: string[] = []) =>
  task({
    run: run("task", label, size),
    inputs: ["src/careless.mjs", "src/place.json", ...files],
    outputs: [],
    env,
    reports: { junit: "reports/" + label + ".xml", coverage: { lcov: "reports/" + label + ".info", minimum: 0 } },
  });
const build = task({ run: run("build", "build", 4096), inputs: ["src/**"], outputs: ["dist/"], env });
const web = service({
  run: run("serve", "service", 13, "dist"),
  files: ["dist/"],
  health: "/healthz",
  healthTimeout: "1500ms",
  grace: "2s",
  migrate: run("job", "migration", 1021, "dist"),
});
export const unused = [secret, z];
export default defineProject({
  name: "careless",
  pipeline: {
    build,
    a: teller("a", ${sizes.a}),
    b: teller("b", ${sizes.b}),
    c: teller("c", ${sizes.c}),
    d: teller("d", ${sizes.d}, ["src/version.json"]),
  },
  services: { web },
  config: ${declaration === "" ? "{}" : `Object.fromEntries(env.map((key) => [key, ${declaration}]))`},
  environments: {
    staging: {
      driver: local({ url: "http://127.0.0.1:${port}" }),
      strategy: rolling(),
      gates: [check("smoke", run("job", "check", 65536, "dist"))],
    },
  },
});
`;
}
