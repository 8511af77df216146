import type { Address } from "../drivers/driver.ts";
import { environmentRoutes, type PlacedInstance } from "../environment/routes.ts";
import type { DeploymentSpec } from "../environment/spec.ts";
import { ok, type Result } from "../errors/result.ts";
import type { Traffic } from "../events/traffic.ts";
import type { EnvironmentRoutes, Gateway } from "../gateway/gateway.ts";
import { addressVariable } from "../records/service.ts";
import type { Fleet, Member } from "../strategies/fleet.ts";

export interface TableWorld {
  readonly environment: string;
  readonly gateway: Gateway;
  /** The fencing token of the environment's lease. */
  readonly token: () => number;
  /** `undefined` for a deployment that nobody knows any more. */
  readonly specOf: (deployment: number) => Promise<DeploymentSpec | undefined>;
  /** Counts the gateways there have been: another one may not have been told. */
  readonly gatewayEpoch?: () => number;
}

/** Variables by which a process finds the services that its own needs: `API_URL`. */
export type Links = Readonly<Record<string, string>>;

/** Everything that should run, and where it is now; without an address it gets no requests. */
export type Whereabouts = () => readonly { readonly member: Member; readonly address: Address | undefined }[];

/**
 * Who should get an environment's requests, from outside and from its other services, and what the gateway was told of
 * it. Tables go out one after the other, each made when it is its turn: an older one never overtakes, and none is older
 * than the call that it answers.
 */
export class GatewayTable {
  readonly #world: TableWorld;
  readonly #whereabouts: Whereabouts;
  #routed: readonly Member[] = [];
  #traffic: Traffic = [];
  /** The deployment whose spec decides over address and routes; undefined while there is nothing to route. */
  #inCharge: number | undefined;
  /** What the gateway was last told, to tell it only what is new. */
  #told = "";
  #telling: Promise<unknown> = Promise.resolve();
  /** Where the gateway has internal routes, by deployment and service. */
  #internal: ReadonlyMap<string, string> = new Map();

  constructor(world: TableWorld, whereabouts: Whereabouts) {
    this.#world = world;
    this.#whereabouts = whereabouts;
  }

  /** Takes over what an earlier keeper left; the gateway is not told anything yet. */
  adopt({ routed, traffic }: Fleet, inCharge: number): void {
    this.#routed = routed;
    this.#traffic = traffic;
    this.#inCharge = inCharge;
  }

  /** Whether it would get requests once it is up. */
  isRouted({ id }: Member): boolean {
    return this.#routed.some((one) => one.id === id);
  }

  /** Whether its deployment would get more of the requests than it has. */
  gains({ deployment }: Member, traffic: Traffic): boolean {
    const shareIn = (shares: Traffic) => shares.find((share) => share.deployment === deployment)?.share ?? 0;
    return shareIn(traffic) > shareIn(this.#traffic);
  }

  /**
   * Has the gateway keep what it has, under this keeper's token: an earlier writer is refused from now on, and internal
   * addresses are known, before anything else is known.
   */
  keep(): Promise<Result<void>> {
    const { gateway, environment, token } = this.#world;
    return this.#inTurn(async () => {
      const observed = await gateway.observe();
      // One that does not answer may have it all: what we would tell it instead is less.
      if (!observed.ok) return observed;
      const table = observed.value.environments.find((one) => one.environment === environment);
      return table === undefined ? ok() : this.#apply({ ...table, token: token() });
    });
  }

  /** Exactly these get requests once it resolves. `deployment` has the say over address and routes. */
  switchTo(members: readonly Member[], traffic: Traffic, deployment: number): Promise<Result<void>> {
    this.#inCharge = deployment;
    this.#routed = members;
    this.#traffic = traffic;
    return this.tellAgain();
  }

  /** Takes the environment's address away: nothing answers there any more. */
  leave(): Promise<Result<void>> {
    this.#inCharge = undefined;
    this.#routed = [];
    this.#traffic = [];
    this.#told = "";
    this.#internal = new Map();
    const { gateway, environment, token } = this.#world;
    return this.#inTurn(() => gateway.remove(environment, token()));
  }

  /** Tells the gateway all of it, also when it was told before: somebody else may have told it something. */
  tellAgain(): Promise<Result<void>> {
    return this.#inTurn(() => {
      // Not before: a table that is on its way now would be noted after this.
      this.#told = "";
      return this.#tellNow();
    });
  }

  /** Tells the gateway what has changed, if anything; and not if `mayTell` says no by the time that it is its turn. */
  tell(mayTell: () => boolean = () => true): Promise<Result<void>> {
    return this.#inTurn(() => this.#tellNow(mayTell));
  }

  /**
   * The variables by which a service of a deployment finds those that it needs: `API_URL`. They stay the same for as long
   * as the deployment has instances. What came up until now can be reached there once it resolves, if `mayTell`; otherwise
   * the gateway is told something only if it has to be.
   */
  async linksFor(service: string, deployment: number, mayTell: boolean): Promise<Result<Links>> {
    const spec = await this.#world.specOf(deployment);
    const needs = spec?.services.find(({ name }) => name === service)?.needs ?? [];
    if (needs.length === 0) return ok({});
    this.#inCharge ??= deployment;
    const addressOf = (need: string) => this.#internal.get(`${deployment} ${need}`);
    const isMissing = () => needs.some((need) => addressOf(need) === undefined);
    if (!mayTell && isMissing()) {
      const kept = await this.keep();
      if (!kept.ok) return kept;
    }
    // A gateway that does not have what we took over has lost it all: there is nothing to keep.
    const told = mayTell || isMissing() ? await this.tell() : ok();
    if (!told.ok) return told;
    const links = needs.flatMap((need) => {
      const address = addressOf(need);
      return address === undefined ? [] : [[addressVariable(need), `http://${address}`]];
    });
    return ok(Object.fromEntries(links));
  }

  #inTurn(work: () => Promise<Result<void>>): Promise<Result<void>> {
    const told = this.#telling.then(work);
    this.#telling = told.catch(() => {});
    return told;
  }

  async #tellNow(mayTell: () => boolean = () => true): Promise<Result<void>> {
    const { specOf, token, gatewayEpoch } = this.#world;
    const spec = this.#inCharge === undefined ? undefined : await specOf(this.#inCharge);
    if (spec === undefined) return ok();
    const routed = new Set(this.#routed.map(({ id }) => id));
    const fleet = await this.#placed();
    const routes = environmentRoutes({ spec, fleet, routed, traffic: this.#traffic, token: token() });
    const text = `${gatewayEpoch?.()} ${JSON.stringify(routes)}`;
    if (text === this.#told || !mayTell()) return ok();
    const applied = await this.#apply(routes);
    if (!applied.ok) return applied;
    this.#told = text;
    // The call may have started the gateway, or outlived one: whoever waits for it gets what the one of now was told.
    return this.#tellNow(mayTell);
  }

  async #apply(routes: EnvironmentRoutes): Promise<Result<void>> {
    const applied = await this.#world.gateway.apply(routes);
    if (!applied.ok) return applied;
    this.#internal = new Map(
      applied.value.internal.map(({ deployment, service, address }) => [`${deployment} ${service}`, address]),
    );
    return ok();
  }

  async #placed(): Promise<PlacedInstance[]> {
    const deployments = new Set(this.#whereabouts().map(({ member }) => member.deployment));
    const specs = new Map<number, DeploymentSpec>();
    for (const deployment of deployments) {
      const spec = await this.#world.specOf(deployment);
      if (spec !== undefined) specs.set(deployment, spec);
    }
    return this.#whereabouts().flatMap(({ member, address }) => {
      const spec = specs.get(member.deployment);
      return spec === undefined ? [] : [{ member, spec, ...(address === undefined ? {} : { address }) }];
    });
  }
}
