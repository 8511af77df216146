import { declarationsOf } from "../../config/declare.ts";
import { type Explanation, explainKey } from "../../config/explain.ts";
import { givenBy } from "../../config/resolve.ts";
import { nearest } from "../../definition/distance.ts";
import type { Failure, Location } from "../../errors/failure.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import type { Ports } from "../ports.ts";
import { type DeployedKey, deployedKey } from "./deployed.ts";
import { type OpenConfig, openConfig } from "./open-config.ts";

export interface ExplainRequest {
  readonly key: string;
  /** Default: all. */
  readonly environment?: string | undefined;
  /** As if a deployment had it: `KEY=VALUE`. */
  readonly set?: readonly string[];
}

/** A key of an environment, told in full. */
export interface ExplainedKey {
  readonly explanation: Explanation;
  /** Where each layer is written in the definition; `undefined` where it is not. */
  readonly locations: readonly (Location | undefined)[];
  readonly deployed: DeployedKey | undefined;
}

async function locationsOf({ file }: OpenConfig, { layers }: Explanation): Promise<(Location | undefined)[]> {
  const { locateEach } = await import("../../definition/load/locate.ts");
  return layers.map(({ place, state }) => {
    // What is not there is not written anywhere; the key's declaration always is.
    if (place?.in !== "definition" || (state === "none" && place.path[0] === "environments")) return undefined;
    return locateEach(file, [place])[0];
  });
}

function unknownKey({ project }: OpenConfig, key: string): Failure {
  const meant = nearest(key, Object.keys(project.config));
  return {
    code: "config-unknown",
    message: `The definition declares no config key ${JSON.stringify(key)}`,
    hint: meant === undefined ? "List them: tidegate config show" : `Did you mean "${meant}"?`,
  };
}

/** Every layer's value of a key, which one wins, and where it is written; in each environment asked for. */
export async function explainConfig(ports: Ports, request: ExplainRequest): Promise<Result<ExplainedKey[]>> {
  const { key, environment, set = [] } = request;
  const opened = await openConfig(ports, { environments: environment === undefined ? [] : [environment], set });
  if (!opened.ok) return opened;
  const declaration = declarationsOf(opened.value.project).find((one) => one.key === key);
  if (declaration === undefined) return failed(unknownKey(opened.value, key));
  const explained: ExplainedKey[] = [];
  for (const { name, secrets } of opened.value.environments) {
    const given = givenBy(opened.value.project, name);
    const explanation = await explainKey(declaration, { environment: name, given, secrets, set: opened.value.set });
    const deployed = await deployedKey(opened.value, ports, name, key);
    if (!deployed.ok) return deployed;
    const locations = await locationsOf(opened.value, explanation);
    explained.push({ explanation, locations, deployed: deployed.value });
  }
  return ok(explained);
}
