import type { Instance } from "../drivers/driver.ts";
import type { DeploymentSpec } from "./spec.ts";

/** How the config of what runs is not what one would expect. Secrets are told by their keys alone. */
export type ConfigDrift =
  /** It was set by hand for the deployment that serves; the definition does not have it. */
  | { readonly drift: "setByHand"; readonly key: string; readonly deployed: string }
  /** The definition says something else by now; the next deployment brings it. */
  | {
      readonly drift: "notDeployed";
      readonly key: string;
      readonly deployed: string | undefined;
      readonly declared: string | undefined;
    }
  /** An instance was started with something else than what was deployed. */
  | { readonly drift: "startedOtherwise"; readonly key: string; readonly instance: string };

export interface DriftRequest {
  /** Of the deployment that serves. */
  readonly spec: DeploymentSpec;
  /** Those that should run. */
  readonly instances: readonly Instance[];
  /** What the definition says now, by key, without secrets; absent: not known. */
  readonly declared?: Readonly<Record<string, string>>;
  /** The digest that instances and specs have of a value. */
  readonly digest: (value: string) => string;
}

/** Everything that drifted, by kind and key. */
export function configDrift(request: DriftRequest): ConfigDrift[] {
  const { spec, declared, instances } = request;
  const expected = expectedDigests(request);
  return [
    ...setByHand(spec),
    ...(declared === undefined ? [] : notDeployed(spec, declared)),
    ...instances.flatMap((instance) => startedOtherwise(spec, expected, instance)),
  ];
}

function setByHand({ set = [], config }: DeploymentSpec): ConfigDrift[] {
  return set.map((key) => ({ drift: "setByHand", key, deployed: config[key] ?? "" }));
}

function notDeployed(spec: DeploymentSpec, declared: Readonly<Record<string, string>>): ConfigDrift[] {
  const byHand = new Set(spec.set);
  return keysOf(spec.config, declared).flatMap((key): ConfigDrift[] => {
    const [was, is] = [valueIn(spec.config, key), valueIn(declared, key)];
    return was === is || byHand.has(key) ? [] : [{ drift: "notDeployed", key, deployed: was, declared: is }];
  });
}

/** What instances of the spec say they were started with, if all is well. */
function expectedDigests({ spec, digest }: DriftRequest): Readonly<Record<string, string>> {
  const config = Object.entries(spec.config).map(([key, value]) => [key, digest(value)]);
  return { ...Object.fromEntries(config), ...spec.secrets };
}

/** Only the keys of the config: what the driver and the agent add is of no interest. */
function startedOtherwise(
  spec: DeploymentSpec,
  expected: Readonly<Record<string, string>>,
  { id, service, startedWith }: Instance,
): ConfigDrift[] {
  if (startedWith === undefined || isFileOnly(spec, service)) return [];
  return keysOf(expected, {})
    .filter((key) => valueIn(startedWith, key) !== valueIn(expected, key))
    .map((key) => ({ drift: "startedOtherwise", key, instance: id }));
}

function isFileOnly({ services }: DeploymentSpec, service: string): boolean {
  return services.find(({ name }) => name === service)?.configFile === "only";
}

function keysOf(...records: readonly Readonly<Record<string, string>>[]): string[] {
  return [...new Set(records.flatMap((record) => Object.keys(record)))].sort();
}

function valueIn(record: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
