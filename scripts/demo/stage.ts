import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

/** A temporary folder in which the real program is run and shown; whatever it started is ended with it. */
export class Stage {
  readonly folder: string;
  /** The states of what is shown, apart from the user's. */
  readonly #states: string;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #bin = join(import.meta.dirname, "../../dist/bin.js");
  readonly #begun = performance.now();

  constructor(name: string, environment: Readonly<Record<string, string>>) {
    this.folder = mkdtempSync(join(tmpdir(), `tidegate-${name}-`));
    this.#states = mkdtempSync(join(tmpdir(), `tidegate-${name}-state-`));
    this.#environment = { ...process.env, TIDEGATE_STATE: this.#states, ...environment };
  }

  /** A headline. */
  say(text: string): void {
    const seconds = ((performance.now() - this.#begun) / 1000).toFixed(1);
    console.log(`\n━━━ ${text}  (${seconds} s)`);
  }

  /** Runs `tidegate …` as a user would see it; ends the demo unless it exits with the code expected. */
  async tidegate(args: readonly string[], expected = 0): Promise<void> {
    console.log(`$ tidegate ${args.join(" ")}`);
    const child = spawn(process.execPath, [this.#bin, ...args], {
      cwd: this.folder,
      env: this.#environment,
      stdio: ["ignore", "inherit", "inherit"],
    });
    const code = await ended(child);
    if (code !== expected) throw new Error(`tidegate ${args[0]} ended with ${code}, expected ${expected}`);
    if (expected !== 0) console.log(`(exit code ${code})`);
  }

  /** The same without showing it; its standard output. */
  tidegateQuietly(args: readonly string[]): Promise<string> {
    const child = spawn(process.execPath, [this.#bin, ...args], {
      cwd: this.folder,
      env: this.#environment,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const output = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const) {
      child[name].setEncoding("utf8").on("data", (text: string) => {
        output[name] += text;
      });
    }
    return ended(child).then((code) => {
      if (code === 0) return output.stdout;
      throw new Error(`tidegate ${args.join(" ")} ended with ${code}:\n${output.stderr}`);
    });
  }

  /** Runs another program to its end, quietly. */
  run(file: string, ...args: readonly string[]): string {
    const { status, stdout, stderr } = spawnSync(file, args, {
      cwd: this.folder,
      env: this.#environment,
      encoding: "utf8",
    });
    if (status !== 0) throw new Error(`${file} ${args.join(" ")} ended with ${status}:\n${stderr}`);
    return stdout;
  }

  commit(message: string): void {
    this.run("git", "add", "--all");
    this.run(
      "git",
      "-c",
      "user.name=demo",
      "-c",
      "user.email=demo@localhost",
      "commit",
      "--quiet",
      "--message",
      message,
    );
  }

  /** What below the state is named so, but for the numbers that refuse late orders. */
  filesNamed(name: string): string[] {
    const entries = readdirSync(this.#states, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile() && entry.name !== ".token" && entry.name !== `${name}.json`)
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((path) => path.includes(name));
  }

  /** Ends everything that was started and removes the folder. */
  async close(): Promise<void> {
    await this.tidegate(["env", "stop", "--all"]).catch((error: Error) => console.error(error.message));
    const runs = () => readdirSync(this.#states).some((id) => existsSync(join(this.#states, id, "agent.json")));
    for (let tries = 0; tries < 100 && runs(); tries += 1) await wait(100);
    // What runs from a release cannot change it: its files are read-only.
    spawnSync("chmod", ["-R", "u+w", this.#states]);
    for (const folder of [this.folder, this.#states]) rmSync(folder, { recursive: true, force: true });
  }
}

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.once("close", resolve));
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
