import type { Fate } from "./scenario.ts";
import { type Report, simulate } from "./simulate.ts";

/** Of one rollout: an agent dies at each of its writes, before it and after it, or loses its lease there and goes on. */
export async function* sweep(seed: number): AsyncGenerator<Report & { readonly death: string }> {
  const { writes } = await simulate(seed, { deaths: new Map() });
  for (let at = 1; at <= Math.min(writes, mostWrites); at += 1)
    for (const fate of ["before", "after", "zombie"] satisfies Fate[])
      yield { ...(await simulate(seed, { deaths: new Map([[at, fate]]) })), death: `dies at write ${at}, ${fate}` };
}

/** Of a long observation each look is a write like the one before. */
const mostWrites = 60;
