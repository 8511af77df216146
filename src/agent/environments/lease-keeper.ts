import { ok, type Result } from "../../errors/result.ts";
import type { Lease } from "../../store/store.ts";
import type { AgentWorld } from "../world.ts";

/*
 * A lease lives for `ttlMs` of the store's clock and is renewed three times in that. An agent that cannot renew (a store that
 * does not answer) goes on: the lease may be taken by another agent then, whose token is higher, and the next write under the
 * old one is refused. So a lease that ran out is no reason to stop looking after what runs; one that was taken is.
 */

const ttlMs = 15_000;
const renewEveryMs = 5_000;

/** Takes the lease of an environment for this agent. A dead agent's lease is taken over at once. */
export function takeLease(world: AgentWorld, environment: string): Promise<Result<Lease>> {
  const { holder, isGone, store } = world;
  return store.acquireLease({ environment, holder, ttlMs, isGone });
}

const lookAgainMs = 250;

/**
 * Opens an environment; where another living writer has its lease, as soon as that has run out: such a writer hangs. One
 * that renews it is at work, and what opening failed with is given back.
 */
export async function openOnceFree<T>(
  { store, clock }: Pick<AgentWorld, "store" | "clock">,
  environment: string,
  open: () => Promise<Result<T>>,
): Promise<Result<T>> {
  const until = clock.monotonic() + ttlMs + renewEveryMs;
  const renewedUntil = async () => {
    const record = await store.environment(environment);
    return record.ok ? record.value?.lease?.expiresAt : undefined;
  };
  const first = await renewedUntil();
  for (;;) {
    const opened = await open();
    const isBusy = !opened.ok && opened.failures.some(({ code }) => code === "environment-busy");
    if (!isBusy || clock.monotonic() > until || (await renewedUntil()) !== first) return opened;
    await clock.wait(lookAgainMs);
  }
}

/** Keeps the lease until aborted; resolves early when somebody else has it. */
export async function keepLease(world: AgentWorld, lease: Lease, signal: AbortSignal): Promise<Result<void>> {
  while (!signal.aborted) {
    await world.clock.wait(renewEveryMs, signal);
    if (signal.aborted) break;
    const renewed = await world.store.renewLease(lease, ttlMs);
    if (!renewed.ok && renewed.failures.some((failure) => failure.code === "stale-writer")) return renewed;
  }
  return ok();
}
