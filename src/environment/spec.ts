import type { ApprovalRule } from "../definition/access.ts";
import type { WindowSpec } from "../definition/window.ts";
import type { DriverSpec } from "../drivers/driver-kind.ts";
import { localSpec } from "../drivers/registry.ts";
import { ok, type Result } from "../errors/result.ts";
import type { DeploymentKind } from "../events/event.ts";
import { deploymentSpecCodec, type gates } from "../records/deployment-spec.ts";
import type { ResourceSpec } from "../records/resource.ts";
import { fleetCodec } from "../records/rollout.ts";
import type { ServiceRecord } from "../records/service.ts";
import { emptyFleet, type Fleet, type Member } from "../strategies/fleet.ts";
import type { StrategySpec } from "../strategies/strategies.ts";

/**
 * Everything that has to be known to bring a release to an environment: plain data, resolved from the definition, the
 * release and the config. It is stored with the deployment, so that a rollback needs none of the three again.
 */
export interface DeploymentSpec {
  readonly environment: string;
  readonly release: string;
  readonly kind: DeploymentKind;
  readonly strategy: StrategySpec;
  /** Who runs it. Absent: the `local` driver, the only one there was. */
  readonly driver?: DriverSpec;
  /** Where the environment answers. */
  readonly url: string;
  /** Where the gateway takes its requests, and whom it believes. Absent: at 127.0.0.1 and the port of `url`, nobody. */
  readonly listen?: { readonly host: string; readonly port: number; readonly trustProxies?: readonly string[] };
  readonly services: readonly ServiceSpec[];
  readonly checks: readonly CheckSpec[];
  /** When it must not begin. Absent: it may at any time. */
  readonly window?: WindowSpec;
  /** Who has to agree before it begins. Absent: nobody. */
  readonly approval?: ApprovalRule;
  /** Who may deploy there. Absent: everybody. */
  readonly operators?: readonly string[];
  /** The environment that the release must have been through. */
  readonly after?: string;
  /** Environment variables of the services, without the secret ones. */
  readonly config: Readonly<Record<string, string>>;
  /** Keyed digests of the secret environment variables; the values are sealed beside the store, never in it. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Config keys whose text is JSON: a number, a boolean, a list, an object. Sorted; absent: none. */
  readonly typed?: readonly string[];
  /** Config keys that were set by hand for this deployment. Sorted; absent: none. */
  readonly set?: readonly string[];
  /** What its services use, and what is made before they start. Absent: nothing. */
  readonly resources?: readonly ResourceSpec[];
  /** It is a preview made like `from`. `off`: services of the release that do not run there, in its order. */
  readonly preview?: { readonly from: string; readonly off: readonly string[] };
  /** It is a rehearsal of what is going to be done there: what serves is proven at each turn, and all of it is thrown away. */
  readonly rehearses?: string;
  /** Its rehearsal has failed, and the definition says why that is accepted: what fails from its migration on is left as it stands. */
  readonly irreversible?: { readonly because: string; readonly services: readonly string[] };
  /** The environment must not be destroyed. */
  readonly protected?: true;
  /** The deployment that went wrong and that this one remedies. */
  readonly remediates?: number;
  /** It was made because of an incident. */
  readonly unplanned?: true;
  /** Gates that were set aside for it. Absent: none. */
  readonly overrides?: readonly Override[];
  /** Which releases are kept from now on. Absent: `defaultRetention`. */
  readonly retention?: RetentionLimits;
  /** Who is told what needs a person. Absent: nobody. */
  readonly alerts?: readonly AlertChannel[];
  /** Which address is called, and how often, to say that this machine is there. */
  readonly heartbeat?: { readonly url: string; readonly everyMs: number };
  /** What it passed before it came to the agent. Absent: a rollback, or a deployment of before there were stamps. */
  readonly stamp?: Stamp;
}

/**
 * Says that a deployment came through the door. It guards against callers that forgot it, not against those who forge it:
 * whoever can reach the agent is its user, and may do what its user may.
 */
export interface Stamp {
  /** Of the files that the definition is made of. */
  readonly definition: string;
  /** What it was made for; it holds for nothing else. */
  readonly environment: string;
  readonly release: string;
  readonly passed: readonly (typeof gates)[number][];
  /** Of the report of how it compares with the environment before. Absent: it comes after none. */
  readonly parity?: string;
  /** The e-mail addresses of those who wrote its commits, as far as git knows; absent: not known, or not of interest. */
  readonly authors?: readonly string[];
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** What a deployment brought, without what was of that one alone: how it was let in, and what it was made for. */
export function broughtBy(deployed: DeploymentSpec): DeploymentSpec {
  const { after, stamp, window, approval, operators, overrides, irreversible, remediates, unplanned, ...brought } =
    deployed;
  return brought;
}

/** A gate that somebody sets aside for one deployment, and why. */
export interface Override {
  readonly gate: string;
  readonly reason: string;
}

/** `url` and `secret` name secrets of the deployment. */
export type AlertChannel =
  | { readonly kind: "webhook"; readonly url: string; readonly secret: string }
  | { readonly kind: "command"; readonly run: readonly [string, ...string[]] };

/** The secrets that nobody but the agent needs: where alerts go, and what they are signed with. */
export function alertSecrets({ alerts = [], heartbeat }: Pick<DeploymentSpec, "alerts" | "heartbeat">): string[] {
  const named = alerts.flatMap((channel) => (channel.kind === "webhook" ? [channel.url, channel.secret] : []));
  return [...named, ...(heartbeat === undefined ? [] : [heartbeat.url])];
}

export interface ServiceSpec extends ServiceRecord {
  readonly name: string;
}

export interface CheckSpec {
  readonly name: string;
  readonly run: string | readonly [string, ...string[]];
  readonly timeoutMs: number;
}

/** How much is kept beyond what is needed. */
export interface RetentionLimits {
  /** The newest releases of each environment. */
  readonly keep: number;
  /** Releases that were made no longer ago; milliseconds. */
  readonly maxAgeMs: number;
}

/** The spec that a store has kept with a deployment. Fails with `state-newer` or `state-damaged`. */
export function specOf({ id, spec }: { readonly id: number; readonly spec: unknown }): Result<DeploymentSpec> {
  return deploymentSpecCodec.decode(spec, `The spec of deployment ${id}`);
}

/**
 * What a store has kept that the environment should run; empty when nothing was ever kept. Fails with `state-newer` or
 * `state-damaged`: what is not understood is not "nothing".
 */
export function fleetOf(environment: { readonly name: string; readonly members: unknown } | undefined): Result<Fleet> {
  const members = environment?.members;
  if (members === undefined || (Array.isArray(members) && members.length === 0)) return ok(emptyFleet);
  return fleetCodec.decode(members, `What ${environment?.name} should run`);
}

/** Who runs a deployment. */
export function driverOf({ driver }: DeploymentSpec): DriverSpec {
  return driver ?? localSpec;
}

/** The instances that a deployment wants, in the order of its services. */
export function membersOf(spec: DeploymentSpec, deployment: number): Member[] {
  return spec.services.flatMap((service) =>
    Array.from({ length: service.replicas }, (_, index) => ({
      id: `d${deployment}-${service.name}-${index + 1}`,
      service: service.name,
      release: spec.release,
      deployment,
      ...(service.needs === undefined || service.needs.length === 0 ? {} : { needs: service.needs }),
      ...requestsOf(service),
    })),
  );
}

function requestsOf({ route }: ServiceSpec): Pick<Member, "requests"> {
  if (route === false) return { requests: "none" };
  return route === "internal" ? { requests: "internal" } : {};
}
