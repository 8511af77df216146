import { ok, type Result } from "../../../errors/result.ts";
import type { Applied, EnvironmentRoutes, Gateway, GatewayObservation } from "../../gateway.ts";
import type { GatewayProcess } from "../start.ts";
import type { Switchboard } from "../switchboard.ts";
import { merged } from "./merged.ts";
import { Twin } from "./twin.ts";

/** Two processes as one gateway, in the first of them. What one refuses is taken back at the other. */
export class Pair implements Gateway {
  readonly #own: Switchboard;
  readonly #twin: Twin;
  /** Changes happen one after the other, and none while the twin is told what there is. */
  #changes: Promise<unknown> = Promise.resolve();

  constructor(own: Switchboard, twin: GatewayProcess) {
    this.#own = own;
    this.#twin = new Twin(twin, () => this.#inTurn(() => this.#bring()));
  }

  tend(report: (text: string) => void): void {
    void this.#twin.tend(report);
  }

  /** The twin is not looked after any more; once this resolves it is the caller's to end. */
  leave(): Promise<void> {
    return this.#twin.leave();
  }

  apply(routes: EnvironmentRoutes): Promise<Result<Applied>> {
    return this.#inTurn(async () => {
      const before = this.#own.tableOf(routes.environment);
      const applied = await this.#own.apply(routes);
      if (!applied.ok) return applied;
      const told = await this.#twin.apply(routes, applied.value.internal);
      if (told.ok) return applied;
      const { environment, token } = routes;
      if (before === undefined) await this.#own.remove(environment, token);
      else await this.#own.apply({ ...before, token });
      return told;
    });
  }

  remove(environment: string, token: number): Promise<Result<void>> {
    return this.#inTurn(async () => {
      const removed = await this.#own.remove(environment, token);
      if (!removed.ok) return removed;
      const told = await this.#twin.remove(environment, token);
      return told.ok ? ok() : told;
    });
  }

  async observe(): Promise<Result<GatewayObservation>> {
    const own = await this.#own.observe();
    const other = await this.#twin.observe();
    return own.ok ? ok(merged(own.value, other, this.#twin.lostAt)) : own;
  }

  async drain(
    instances: readonly string[],
    limitMs: number,
    environment?: string,
    signal?: AbortSignal,
  ): Promise<Result<{ readonly left: number }>> {
    const [own, left] = await Promise.all([
      this.#own.drain(instances, limitMs, environment, signal),
      this.#twin.drain(instances, limitMs, environment),
    ]);
    return own.ok ? ok({ left: own.value.left + left }) : own;
  }

  async #bring(): Promise<Result<unknown>> {
    const own = await this.#own.observe();
    if (!own.ok) return own;
    for (const { environment, token } of own.value.removed) {
      const told = await this.#twin.remove(environment, token);
      if (!told.ok) return told;
    }
    for (const table of own.value.environments) {
      const told = await this.#twin.apply(table, this.#own.internalOf(table.environment));
      if (!told.ok) return told;
    }
    return ok();
  }

  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const result = this.#changes.then(change);
    this.#changes = result.catch(() => {});
    return result;
  }
}
