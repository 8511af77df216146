import { spawnSync } from "node:child_process";
import { cpus } from "node:os";

/** A Node process to time from its start to its end. */
export interface Contender {
  readonly name: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** At most this many times the base. */
  readonly goal?: number;
}

const rounds = 25;
const warmUps = 3;

/** Runs all of them in turn, so that a slow moment of the machine meets all alike, and prints medians and ratios. */
export function measure(base: Contender, others: readonly Contender[]): void {
  const all = [base, ...others];
  const times = new Map<Contender, number[]>(all.map((contender) => [contender, []]));
  for (let round = -warmUps; round < rounds; round += 1) {
    for (const contender of all) {
      const took = timeOnce(contender);
      if (round >= 0) times.get(contender)?.push(took);
    }
  }
  const baseMedian = median(times.get(base) ?? []);
  console.log(
    `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? "?"}, median of ${rounds} runs each, in turn\n`,
  );
  console.log(`${"".padEnd(36)}${"median".padStart(10)}${"ratio".padStart(8)}${"goal".padStart(8)}`);
  for (const contender of all) {
    const own = median(times.get(contender) ?? []);
    const ratio = own / baseMedian;
    const goal = contender.goal === undefined ? "" : `≤ ${contender.goal}`;
    const missed = contender.goal !== undefined && ratio > contender.goal ? "  missed" : "";
    console.log(
      `${contender.name.padEnd(36)}${`${own.toFixed(1)} ms`.padStart(10)}${ratio.toFixed(2).padStart(8)}${goal.padStart(8)}${missed}`,
    );
  }
}

function timeOnce({ name, args, cwd }: Contender): number {
  const begun = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { cwd, stdio: ["ignore", "ignore", "pipe"] });
  const took = performance.now() - begun;
  if (status !== 0) throw new Error(`${name} ended with ${status}:\n${stderr}`);
  return took;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}
