import { parseArgs } from "node:util";
import { simulate } from "../test/rollout/simulation/simulate.ts";
import { sweep } from "../test/rollout/simulation/sweep.ts";

/*
 *     npm run simulate -- --seeds 100000 [--first 1] [--sweeps 20]
 *     npm run simulate -- --seed 4711
 *
 * Rollouts in a simulated world, as test/rollout/simulation.test.ts has them, as many as one likes. `--sweeps`: of so many
 * seeds every write is one at which an agent dies, before and after it. `--seed`: one of them, with everything that happens.
 * Exit code 1 when a promise was broken.
 */

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "1000" },
    first: { type: "string", default: "1" },
    sweeps: { type: "string", default: "0" },
    seed: { type: "string" },
  },
});

const tellEachMs = 10_000;

async function replayOne(seed: number): Promise<number> {
  const { violations, ...report } = await simulate(seed, { trace: (line) => console.log(line) });
  console.log(JSON.stringify(report));
  for (const violation of violations) console.log(`BROKEN: ${violation}`);
  return violations.length;
}

async function many(first: number, seeds: number, sweeps: number): Promise<number> {
  const outcomes: Record<string, number> = {};
  let broken = 0;
  let toldAt = 0;
  const tell = (seed: number, { violations }: { readonly violations: readonly string[] }, more = "") => {
    if (violations.length === 0) return;
    broken += 1;
    console.log(`BROKEN: seed ${seed}${more}: ${violations.join("; ")}\n  npm run simulate -- --seed ${seed}`);
  };
  for (let seed = first; seed < first + seeds; seed += 1) {
    const report = await simulate(seed);
    outcomes[report.outcome] = (outcomes[report.outcome] ?? 0) + 1;
    tell(seed, report);
    if (seed - first < sweeps) for await (const { death, ...swept } of sweep(seed)) tell(seed, swept, `, ${death}`);
    if (Date.now() - toldAt < tellEachMs) continue;
    toldAt = Date.now();
    console.log(`${seed - first + 1} of ${seeds}: ${JSON.stringify(outcomes)}, ${broken} broken`);
  }
  console.log(`${seeds} rollouts: ${JSON.stringify(outcomes)}, ${broken} broken`);
  return broken;
}

const broken =
  values.seed === undefined
    ? await many(Number(values.first), Number(values.seeds), Number(values.sweeps))
    : await replayOne(Number(values.seed));
process.exit(broken > 0 ? 1 : 0);
