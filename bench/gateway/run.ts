import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { freePort } from "../../scripts/demo/stage.ts";
import { startInstance } from "./instances.ts";
import { loadProgram, type Measured } from "./load.ts";
import { megabytes, processorSeconds } from "./programs.ts";
import { type Contender, caddy, haproxy, nginx, type Running, tidegate } from "./proxies.ts";
import { type Round, showMemory, showRounds } from "./table.ts";

/**
 * The embedded gateway, HAProxy, nginx and Caddy before the same instances under the same load, in turn, in short rounds, so
 * that a slow moment of the machine meets all of them.
 *
 *     npm run bench:gateway -- --rounds 7 --seconds 3 --sizes 1024,102400 --before CHECKOUT
 *
 * `--before`: the gateway of another checkout of Tidegate, as one more.
 */
const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "7" },
    seconds: { type: "string", default: "3" },
    "warm-up": { type: "string", default: "10" },
    sizes: { type: "string", default: "1024,102400" },
    proxies: { type: "string", default: "Tidegate,before,HAProxy,nginx,Caddy" },
    before: { type: "string" },
    "no-memory": { type: "boolean", default: false },
  },
});
const rounds = Number(values.rounds);
const chosen = values.proxies.split(",");
const before = values.before === undefined ? [] : [tidegate("before", values.before)];
const all = [tidegate("Tidegate", join(import.meta.dirname, "../..")), ...before, haproxy, nginx, caddy];

interface Started {
  readonly proxy: Contender;
  readonly port: number;
  readonly running: Running;
}

const folder = mkdtempSync(join(tmpdir(), "tidegate-bench-"));
const ended = new AsyncDisposableStack();
ended.defer(() => rmSync(folder, { recursive: true, force: true }));
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, () => void ended.disposeAsync().then(() => process.exit(130)));

try {
  const load = loadProgram(folder);
  const contenders = await startAll(await startInstances(2));
  const versions = contenders.map(({ proxy }) => `${proxy.name} ${proxy.version}`);
  console.log(`${cpus().length} × ${cpus()[0]?.model ?? "?"}; ${[...versions, load.name].join(", ")}\n`);
  for (const size of values.sizes.split(",").map(Number)) {
    const measured = await measure(contenders, ({ port }, seconds) =>
      load.run({ port, size, connections: 64, seconds }),
    );
    console.log(showRounds(`${size / 1024} KiB, 64 connections, median of ${rounds} rounds`, measured));
  }
  if (!values["no-memory"]) console.log(showMemory(await measureMemory(contenders)));

  async function measureMemory(those: readonly Started[]): Promise<Map<string, number>> {
    const memory = new Map<string, number>();
    for (const { proxy, port, running } of those) {
      const under = load.run({ port, size: 1024, connections: 1_000, seconds: 4 });
      const peak = await highest(() => megabytes(running.pids), under);
      memory.set(proxy.name, peak);
    }
    return memory;
  }
} finally {
  await ended.disposeAsync();
}

async function startInstances(count: number): Promise<number[]> {
  const ports: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const port = await freePort();
    const own = join(folder, `instance-${index}`);
    mkdirSync(own);
    ended.use(await startInstance({ folder: own, port, instances: [] }));
    ports.push(port);
  }
  return ports;
}

async function startAll(instances: readonly number[]): Promise<Started[]> {
  const contenders: Started[] = [];
  for (const proxy of all.filter(({ name }) => chosen.includes(name))) {
    if (proxy.version === undefined) {
      console.log(`${proxy.name} is left out: it is not installed.`);
      continue;
    }
    const port = await freePort();
    const own = join(folder, proxy.name);
    mkdirSync(own);
    const running = await proxy.start({ folder: own, port, instances });
    ended.use(running);
    contenders.push({ proxy, port, running });
  }
  return contenders;
}

/** Code that is compiled as it runs has had its time before anything counts. */
async function measure(
  contenders: readonly Started[],
  once: (contender: Started, seconds: number) => Promise<Measured>,
): Promise<Round[]> {
  const measured: Round[] = [];
  for (const contender of contenders) await once(contender, Number(values["warm-up"]));
  for (let round = 0; round < rounds; round += 1) {
    const results = new Map<string, Measured & { readonly processorMs: number }>();
    for (const contender of contenders) {
      const { pids } = contender.running;
      const used = processorSeconds(pids);
      const result = await once(contender, Number(values.seconds));
      const processorMs = ((processorSeconds(pids) - used) * 1000) / result.requests;
      results.set(contender.proxy.name, { ...result, processorMs });
    }
    measured.push(results);
  }
  return measured;
}

async function highest(look: () => number, until: Promise<unknown>): Promise<number> {
  let most = 0;
  const timer = setInterval(() => {
    most = Math.max(most, look());
  }, 250);
  await until;
  clearInterval(timer);
  return most;
}
