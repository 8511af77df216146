import { type DeployedKey, deployedKey } from "../../../app/config/deployed.ts";
import { type OpenConfig, openConfig } from "../../../app/config/open-config.ts";
import { declarationsOf } from "../../../config/declare.ts";
import { type ExplainedLayer, type Explanation, explainKey } from "../../../config/explain.ts";
import { givenBy } from "../../../config/resolve.ts";
import type { LayerName } from "../../../config/resolved.ts";
import { nearest } from "../../../definition/distance.ts";
import { exitCodes } from "../../../errors/exit-code.ts";
import type { Failure, Location } from "../../../errors/failure.ts";
import type { Context } from "../../context.ts";
import { optionValues } from "../../option-values.ts";
import { showLocation } from "../../render/failure.ts";
import { jsonValue, masked, showPlace, showStanding, showValue } from "../../render/lines/config-value.ts";
import { marks } from "../../render/marks.ts";
import { type Palette, palette } from "../../render/palette.ts";
import { reportFailures } from "../../render/report-failures.ts";
import { safeLine } from "../../render/safe-text.ts";
import { table } from "../../render/table.ts";
import { defineVerb } from "../../verb.ts";

export const explain = defineVerb({
  name: "explain",
  summary: "Show every layer's value of a key, which one wins, and where it is written",
  usage: ["config explain <key> [options]"],
  description:
    "The layers, the lowest first: the schema's default, the environment's own value (for keys declared differs), the secret's\n" +
    "source, what is set by hand for one deployment. The highest that has a value wins.",
  examples: [
    { command: "tidegate config explain LOG_LEVEL", explains: "in all environments" },
    { command: "tidegate config explain SESSION_KEY --env production", explains: "where a secret comes from" },
    {
      command: "tidegate config explain LOG_LEVEL --set LOG_LEVEL=debug",
      explains: "what a deployment with it would get",
    },
  ],
  arguments: [{ name: "key", summary: "The config key", required: true }],
  options: {
    env: { kind: "text", value: "NAME", summary: "Only this environment", short: "e" },
    set: { kind: "text", value: "KEY=VALUE", summary: "As if a deployment had it; again for more", many: true },
  },
  run: async (context, { arguments: [key = ""], options }) => {
    const environments = options.env === undefined ? [] : [options.env];
    const opened = await openConfig(context, { environments, set: optionValues(options.set) });
    if (!opened.ok) return reportFailures(context, opened.failures);
    const declaration = declarationsOf(opened.value.project).find((one) => one.key === key);
    if (declaration === undefined) return reportFailures(context, [unknownKey(opened.value, key)]);
    const told: Told[] = [];
    for (const { name, secrets } of opened.value.environments) {
      const given = givenBy(opened.value.project, name);
      const explanation = await explainKey(declaration, { environment: name, given, secrets, set: opened.value.set });
      const deployed = await deployedKey(opened.value, context, name, key);
      if (!deployed.ok) return reportFailures(context, deployed.failures);
      const locations = await locationsOf(opened.value, explanation);
      told.push({ explanation, locations, deployed: deployed.value });
    }
    if (context.json) for (const one of told) context.stdout.write(`${JSON.stringify(record(one))}\n`);
    else context.stdout.write(`${told.map((one) => lines(one, context).join("\n")).join("\n\n")}\n`);
    return exitCodes.done;
  },
});

interface Told {
  readonly explanation: Explanation;
  /** Where each layer is written in the definition; `undefined` where it is not. */
  readonly locations: readonly (Location | undefined)[];
  readonly deployed: DeployedKey | undefined;
}

async function locationsOf({ file }: OpenConfig, { layers }: Explanation): Promise<(Location | undefined)[]> {
  const { locateEach } = await import("../../../definition/load/locate.ts");
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
    hint: meant === undefined ? "See which there are: tidegate config show" : `Did you mean "${meant}"?`,
  };
}

function record({ explanation: { standing, layers }, locations, deployed }: Told): object {
  const { declaration, environment, state } = standing;
  const isShown = state === "set" && declaration.kind !== "secret";
  return {
    type: "configExplanation",
    key: declaration.key,
    kind: declaration.kind,
    environment,
    state,
    ...(isShown && { value: jsonValue(standing.resolved.value) }),
    layers: layers.map((layer, index) => layerRecord(layer, locations[index])),
    ...(declaration.kind === "differs" && { reason: declaration.reason }),
    ...(declaration.kind === "secret" && declaration.shared !== undefined && { shared: declaration.shared }),
    ...("problems" in standing && { problems: standing.problems.map(({ code, message }) => ({ code, message })) }),
    ...(deployed !== undefined && { deployed }),
  };
}

function layerRecord({ layer, state, won, value, place, failure, hint }: ExplainedLayer, location?: Location): object {
  return {
    layer,
    state,
    won,
    ...(value !== undefined && { value: jsonValue(value) }),
    ...(location !== undefined && { file: location.file, line: location.line, column: location.column }),
    ...(place?.in === "source" && { origin: place.origin }),
    ...(failure !== undefined && { failure: { code: failure.code, message: failure.message } }),
    ...(hint !== undefined && { hint }),
  };
}

function lines({ explanation: { standing, layers }, locations, deployed }: Told, { stdout, cwd }: Context): string[] {
  const colors = palette(stdout.color);
  const { declaration, environment } = standing;
  const rows = layers.map((layer, index) => layerRow(layer, locations[index], cwd));
  const hints = layers.flatMap(({ hint, failure }) => hint ?? failure?.hint ?? []);
  const problems = "problems" in standing ? standing.problems : [];
  return [
    `${colors.strong(declaration.key)} in ${environment}: ${colors.strong(showStanding(standing))}`,
    ...table(rows, "  ").map((line, index) => (layers[index]!.won ? line : colors.faint(line))),
    ...problems.map(({ message }) => `  ${colors.bad(marks.failed)} ${safeLine(message)}`),
    ...hints.map((hint) => `  ${safeLine(hint)}`),
    ...declared(declaration),
    ...deployedLines(standing, deployed, colors),
  ];
}

const names: Readonly<Record<LayerName, string>> = {
  default: "default",
  environment: "environment",
  secret: "secret",
  set: "set by hand",
};

function layerRow(layer: ExplainedLayer, location: Location | undefined, cwd: string): string[] {
  const place = layer.place === undefined ? "" : showPlace(layer.place, location && showLocation(location, cwd), cwd);
  return [layer.won ? marks.done : " ", names[layer.layer], layerValue(layer), place];
}

function layerValue({ layer, state, value }: ExplainedLayer): string {
  switch (state) {
    case "value":
      return layer === "secret" ? masked : showValue(value);
    case "none":
      return "(none)";
    case "closed":
      return marks.skipped;
    case "unreadable":
      return "(unreadable)";
    default:
      return state satisfies never;
  }
}

function declared(declaration: Explanation["standing"]["declaration"]): string[] {
  if (declaration.kind === "differs") return [`  declared to differ: ${safeLine(declaration.reason)}`];
  if (declaration.kind === "secret" && declaration.shared !== undefined) {
    return [`  shared by all environments: ${safeLine(declaration.shared)}`];
  }
  return [];
}

function deployedLines(
  { declaration }: Explanation["standing"],
  deployed: DeployedKey | undefined,
  colors: Palette,
): string[] {
  if (deployed === undefined) return [];
  const value = declaration.kind === "secret" && deployed.state === "set" ? masked : showDeployed(deployed);
  const byHand = deployed.isSet ? `, ${colors.warn("set by hand")}` : "";
  return [`  deployed with: ${value} (deployment ${deployed.deployment}${byHand})`];
}

function showDeployed({ value }: DeployedKey): string {
  return value === undefined ? "(none)" : showValue(value);
}
