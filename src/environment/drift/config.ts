import type { DeploymentSpec } from "../spec.ts";

/** How what was deployed is not what the definition says. Secrets are never among them. */
export type FromDefinition =
  /** It was set by hand for the deployment that serves; the definition does not have it. */
  | { readonly drift: "setByHand"; readonly key: string; readonly deployed: string }
  /** The definition says something else by now; the next deployment brings it. */
  | {
      readonly drift: "notDeployed";
      readonly key: string;
      readonly deployed: string | undefined;
      readonly declared: string | undefined;
    };

/** What config was set by hand, and what the definition says by now (absent: not known) and was not deployed; by key. */
export function configFromDefinition(
  spec: Pick<DeploymentSpec, "config" | "set">,
  declared?: Readonly<Record<string, string>>,
): FromDefinition[] {
  return [...setByHand(spec), ...(declared === undefined ? [] : notDeployed(spec, declared))];
}

function setByHand({ set = [], config }: Pick<DeploymentSpec, "config" | "set">): FromDefinition[] {
  return set.map((key) => ({ drift: "setByHand", key, deployed: config[key] ?? "" }));
}

function notDeployed(
  { config, set }: Pick<DeploymentSpec, "config" | "set">,
  declared: Readonly<Record<string, string>>,
): FromDefinition[] {
  const byHand = new Set(set);
  const keys = [...new Set([...Object.keys(config), ...Object.keys(declared)])].sort();
  return keys.flatMap((key): FromDefinition[] => {
    const [was, is] = [valueIn(config, key), valueIn(declared, key)];
    return was === is || byHand.has(key) ? [] : [{ drift: "notDeployed", key, deployed: was, declared: is }];
  });
}

/** Own keys only: `constructor` may be the name of a variable. */
export function valueIn(record: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
