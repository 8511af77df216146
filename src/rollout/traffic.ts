import type { Address } from "../drivers/driver.ts";
import { environmentRoutes, type RoutedInstance } from "../environment/routes.ts";
import type { DeploymentSpec, Member } from "../environment/spec.ts";
import { ok, type Result } from "../errors/result.ts";
import type { Gateway } from "../gateway/gateway.ts";

export interface TrafficWorld {
  readonly environment: string;
  readonly gateway: Gateway;
  /** The fencing token of the environment's lease. */
  readonly token: () => number;
  /** `undefined` for a deployment that nobody knows any more. */
  readonly specOf: (deployment: number) => Promise<DeploymentSpec | undefined>;
  /** Counts the gateways there have been: another one may not have been told. */
  readonly gatewayEpoch?: () => number;
}

/** Who should get an environment's requests, and what the gateway was told of it. */
export class Traffic {
  readonly #world: TrafficWorld;
  /** Where a member can be reached now; `undefined` takes it out of the traffic. */
  readonly #addressOf: (member: Member) => Address | undefined;
  #routed: readonly Member[] = [];
  /** The deployment whose spec decides over address and routes; undefined while there is nothing to route. */
  #inCharge: number | undefined;
  /** What the gateway was last told, to tell it only what is new. */
  #told = "";
  /** Tables go out one after the other: an older one never overtakes. */
  #telling: Promise<unknown> = Promise.resolve();

  constructor(world: TrafficWorld, addressOf: (member: Member) => Address | undefined) {
    this.#world = world;
    this.#addressOf = addressOf;
  }

  /** Takes over what an earlier keeper left; the gateway is not told anything yet. */
  adopt(routed: readonly Member[], inCharge: number): void {
    this.#routed = routed;
    this.#inCharge = inCharge;
  }

  /** Exactly these get requests once it resolves. `deployment` has the say over address and routes. */
  switchTo(members: readonly Member[], deployment: number): Promise<Result<void>> {
    this.#inCharge = deployment;
    this.#routed = members;
    this.#told = "";
    return this.tell();
  }

  /** Takes the environment's address away: nothing answers there any more. */
  leave(): Promise<Result<void>> {
    this.#inCharge = undefined;
    this.#routed = [];
    this.#told = "";
    const { gateway, environment, token } = this.#world;
    return this.#inTurn(() => gateway.remove(environment, token()));
  }

  /** Tells the gateway what has changed, if anything. */
  tell(): Promise<Result<void>> {
    return this.#inTurn(() => this.#tellNow());
  }

  #inTurn(work: () => Promise<Result<void>>): Promise<Result<void>> {
    const told = this.#telling.then(work);
    this.#telling = told.catch(() => {});
    return told;
  }

  async #tellNow(): Promise<Result<void>> {
    const spec = this.#inCharge === undefined ? undefined : await this.#world.specOf(this.#inCharge);
    if (spec === undefined) return ok();
    const routes = environmentRoutes(spec, await this.#reachable(), this.#world.token());
    const text = `${this.#world.gatewayEpoch?.()} ${JSON.stringify(routes)}`;
    if (text === this.#told) return ok();
    const applied = await this.#world.gateway.apply(routes);
    if (!applied.ok) return applied;
    this.#told = text;
    return ok();
  }

  async #reachable(): Promise<RoutedInstance[]> {
    const reachable: RoutedInstance[] = [];
    for (const member of this.#routed) {
      const address = this.#addressOf(member);
      const spec = await this.#world.specOf(member.deployment);
      if (address !== undefined && spec !== undefined) reachable.push({ member, address, spec });
    }
    return reachable;
  }
}
