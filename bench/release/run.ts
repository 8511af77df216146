import { spawnSync } from "node:child_process";
import { lstatSync, mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { removeTree } from "../../src/files/remove-tree.ts";
import { makeApp, server } from "./app.ts";

/**
 * What a release of an application costs that has 300 MB of packages for its development: its size, a change of one line through
 * staging and production, the way back, and the disk of ten releases. `--before <checkout>`: another Tidegate, built, to be
 * asked the same in the same run, in turn with this one.
 */
const { values } = parseArgs({ options: { before: { type: "string" }, releases: { type: "string", default: "10" } } });
const releases = Number(values.releases);
/** Two say what there is to know of a Tidegate that copies everything for each. */
const releasesBefore = 2;

class Contender {
  readonly name: string;
  readonly #bin: string;
  readonly #folder = mkdtempSync(join(tmpdir(), "tidegate-bench-"));
  readonly #env: NodeJS.ProcessEnv;
  readonly ships: number[] = [];
  readonly rollbacks: number[] = [];
  readonly disk: number[] = [];
  release = { files: 0, bytes: 0 };

  constructor(name: string, checkout: string, port: number) {
    this.name = name;
    this.#bin = join(checkout, "dist/bin.js");
    const homes = ["STATE_HOME", "CONFIG_HOME", "CACHE_HOME", "RUNTIME_DIR"];
    const own = homes.map((home) => [`XDG_${home}`, join(this.#folder, home)]);
    this.#env = { ...process.env, ...Object.fromEntries(own) };
    makeApp(this.#project, port);
  }

  get #project(): string {
    return join(this.#folder, "project");
  }

  /** How many seconds it took. */
  ship(change: number): number {
    writeFileSync(join(this.#project, "src/server.js"), server(change));
    const took = this.#time("ship");
    const newest = JSON.parse(this.#call("release", "list", "--json").split("\n")[0] ?? "");
    this.release = { files: newest.files, bytes: newest.bytes };
    this.disk.push(sizeOf(join(this.#folder, "STATE_HOME"), new Set()));
    return took;
  }

  rollback(): number {
    return this.#time("rollback", "production");
  }

  /** Its agent ends by itself when nothing is left to look after. */
  async end(): Promise<void> {
    const ended = ["production", "staging"].map((name) => this.#run("env", "destroy", name, "--yes"));
    for (const { status, stderr } of ended) if (status !== 0) console.error(stderr);
    await removeTree(this.#folder);
  }

  #time(...args: readonly string[]): number {
    const begun = performance.now();
    this.#call(...args);
    return (performance.now() - begun) / 1000;
  }

  #call(...args: readonly string[]): string {
    const { status, stdout, stderr } = this.#run(...args);
    if (status !== 0) throw new Error(`${this.name}: ${args.join(" ")} ended with ${status}:\n${stdout}${stderr}`);
    return stdout;
  }

  #run(...args: readonly string[]) {
    const options = { cwd: this.#project, env: this.#env, encoding: "utf8" } as const;
    return spawnSync(process.execPath, [this.#bin, ...args], options);
  }
}

/** What is on the disk, in bytes: each file once, however many names it has. */
function sizeOf(folder: string, seen: Set<number>): number {
  return readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
    const path = join(folder, entry.name);
    const { ino, blocks } = lstatSync(path);
    const below = entry.isDirectory() ? sizeOf(path, seen) : 0;
    if (seen.has(ino)) return sum + below;
    seen.add(ino);
    return sum + below + blocks * 512;
  }, 0);
}

const contenders = [
  ...(values.before === undefined ? [] : [new Contender("before", values.before, 18_180)]),
  new Contender("now", join(import.meta.dirname, "../.."), 18_190),
];
try {
  for (let change = 1; change <= releases; change += 1)
    for (const contender of contenders) {
      if (contender.name === "before" && change > releasesBefore) continue;
      const took = contender.ship(change);
      console.error(`${contender.name}: release ${change} in ${took.toFixed(1)} s`);
      // The first one installs, and starts the agent.
      if (change > 1) contender.ships.push(took);
    }
  for (const contender of contenders) contender.rollbacks.push(contender.rollback());
  print();
} finally {
  for (const contender of contenders) await contender.end();
}

function print(): void {
  const row = (name: string, of: (one: Contender) => number, unit: string) => {
    const [first, last] = [contenders[0]!, contenders.at(-1)!];
    const ratio = contenders.length > 1 ? (of(first) / of(last)).toFixed(1) : "";
    console.log(`| ${[name, ...contenders.map((one) => `${of(one).toFixed(1)} ${unit}`), ratio].join(" | ")} |`);
  };
  const megabyte = 1_000_000;
  console.log(
    `| | ${contenders.map(({ name }) => name).join(" | ")} | ratio |\n|---|${"---|".repeat(contenders.length + 1)}`,
  );
  row("release", ({ release }) => release.bytes / megabyte, "MB");
  row("files in it", ({ release }) => release.files, "");
  row("a change of one line, to staging and production (median)", ({ ships }) => median(ships), "s");
  row("rollback of production", ({ rollbacks }) => median(rollbacks), "s");
  row(`disk after ${releasesBefore} releases`, ({ disk }) => (disk[releasesBefore - 1] ?? 0) / megabyte, "MB");
  console.log(
    `\nDisk after ${releases} releases, now: ${((contenders.at(-1)?.disk.at(-1) ?? 0) / megabyte).toFixed(1)} MB`,
  );
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
