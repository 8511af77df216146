import type { Declaration as ConfigKey } from "../../config/declare.ts";
import { declarationsOf } from "../../config/declare.ts";
import { gateName } from "../../definition/gates.ts";
import type { Differs, Environment, External, Project, Resource, ServiceLimits } from "../../definition/types.ts";
import { canonicalJson, type JsonValue } from "../../files/canonical-json.ts";
import type { Declaration, Dimension } from "./report.ts";

/** What the definition says of differences: the rules that columns are compared by. */
export interface Policy {
  readonly declared: readonly DeclaredDifference[];
  /** By key. `shared`: why all have the same; absent: each has its own. `isOptional`: an environment may have none. */
  readonly secrets: Readonly<Record<string, { readonly shared?: string; readonly isOptional?: true }>>;
  /** Why what stands in an environment's block is as it is, where that is said. */
  readonly because: readonly Because[];
  /** By environment, the one that it comes after; by preview, the one that it was made like. */
  readonly after: Readonly<Record<string, string>>;
}

export interface Because {
  readonly environment: string;
  readonly dimension: Dimension;
  readonly key: string;
  readonly because: string;
}

/** One `differs(…)`. */
export interface DeclaredDifference extends Declaration {
  readonly dimension: "config" | "replicas" | "limits" | "resources";
  /** A config key, a service, a resource. */
  readonly key: string;
  /** The one in whose block it stands; absent: it is for all. */
  readonly environment?: string;
  /** Where it stands in the definition. */
  readonly path: readonly (string | number)[];
  /** There are environments that could differ, and all are the same. */
  readonly isNeedless: boolean;
  /** Its last day is over. */
  readonly isExpired: boolean;
}

/** What is known besides the definition. */
export interface PolicyInput {
  readonly project: Project;
  /** By config key declared `differs` and environment: the text that it has; `undefined`: none. Left out: not known. */
  readonly texts: ReadonlyMap<string, ReadonlyMap<string, string | undefined>>;
  /** Secrets that their schemas let be absent. */
  readonly optional: ReadonlySet<string>;
  /** `YYYY-MM-DD` by UTC. */
  readonly today: string;
}

export function policyOf(input: PolicyInput): Policy {
  const { project, optional } = input;
  const environments = Object.entries(project.environments).filter(isLasting);
  const previews = Object.entries(project.environments).flatMap(([name, { preview }]) =>
    preview === undefined ? [] : [[name, preview.from]],
  );
  const secrets = declarationsOf(project).filter((one): one is ConfigKey & { kind: "secret" } => one.kind === "secret");
  return {
    declared: declaredDifferences(input),
    secrets: Object.fromEntries(
      secrets.map(({ key, shared, only }) => [
        key,
        {
          ...(shared !== undefined && { shared }),
          // The URL of what is external is where that is.
          ...((optional.has(key) || only !== undefined) && { isOptional: true as const }),
        },
      ]),
    ),
    because: environments.flatMap(([name, one]) => reasonsOf(name, one)),
    after: Object.fromEntries([
      ...environments.flatMap(([name, { after }]) => (after === undefined ? [] : [[name, after]])),
      ...previews,
    ]),
  };
}

/** Previews have what the environment has that they are made like, and stand for nothing themselves. */
function isLasting([, { preview }]: readonly [string, Environment]): boolean {
  return preview === undefined;
}

/** Every `differs(…)` of the definition, in its order. */
export function declaredDifferences({ project, texts, today }: Omit<PolicyInput, "optional">): DeclaredDifference[] {
  const environments = Object.entries(project.environments).filter(isLasting);
  const isExpired = (until: string | undefined) => until !== undefined && today > until;
  const config = declarationsOf(project).flatMap((one): DeclaredDifference[] => {
    if (one.kind !== "differs") return [];
    const { key, reason, owner, until, isAddress } = one;
    const of = texts.get(key);
    const known = environments.flatMap(([name]) => (of?.has(name) ? [of.get(name)] : []));
    // Two environments with one address are refused elsewhere.
    const isNeedless =
      !isAddress && known.length > 1 && known.length === environments.length && new Set(known).size === 1;
    const says = { reason, ...(owner && { owner }), ...(until && { until }) };
    return [{ dimension: "config", key, ...says, path: ["config", key], isNeedless, isExpired: isExpired(until) }];
  });
  const overrides = overridesOf(project).flatMap(({ dimension, effective }) =>
    environments.flatMap(([environment, block]) =>
      Object.entries<Differs<unknown>>(block[dimension] ?? {}).map(([key, { reason, owner, until }]) => {
        const all = new Set(environments.map(([, one]) => effective(one, key)));
        const says = { reason, ...(owner && { owner }), ...(until && { until }) };
        const path = ["environments", environment, dimension, key];
        const isNeedless = environments.length > 1 && all.size === 1;
        return { dimension, key, environment, ...says, path, isNeedless, isExpired: isExpired(until) };
      }),
    ),
  );
  return [...config, ...overrides];
}

interface Override {
  readonly dimension: "replicas" | "limits" | "resources";
  /** What an environment has for it in the end, as a text that is equal when that is. */
  effective(environment: Environment, key: string): string;
}

function overridesOf({ services, resources = {} }: Project): Override[] {
  const json = (value: unknown) => canonicalJson((value ?? null) as JsonValue);
  const limits = (of: ServiceLimits | undefined) => json({ memory: of?.memory, cpu: of?.cpu });
  // Why it was chosen makes no difference.
  const resource = (of: Resource | External | undefined) => json({ ...of, because: undefined });
  return [
    {
      dimension: "replicas",
      effective: (one, key) => json(one.replicas?.[key]?.value ?? services[key]?.replicas ?? 1),
    },
    { dimension: "limits", effective: (one, key) => limits(one.limits?.[key]?.value ?? services[key]?.limits) },
    { dimension: "resources", effective: (one, key) => resource(one.resources?.[key]?.value ?? resources[key]) },
  ];
}

function reasonsOf(environment: string, { strategy, driver, gates = [] }: Environment): Because[] {
  const of = (dimension: Dimension, key: string, because: string | undefined): Because[] =>
    because === undefined ? [] : [{ environment, dimension, key, because }];
  return [
    ...of("strategy", "strategy", strategy.because),
    ...of("place", "driver", driver.because),
    ...gates.flatMap((gate) => of("gates", gateName(gate), gate.because)),
  ];
}
