import type { DeployedKey } from "../../../app/config/deployed.ts";
import type { ExplainedKey } from "../../../app/config/explain.ts";
import type { DifferingKey } from "../../../config/declare.ts";
import type { ExplainedLayer, Explanation } from "../../../config/explain.ts";
import type { LayerName } from "../../../config/resolved.ts";
import type { Location } from "../../../errors/failure.ts";
import type { Context } from "../../context.ts";
import { showLocation } from "../failure.ts";
import { marks } from "../marks.ts";
import { type Palette, palette } from "../palette.ts";
import { safeLine } from "../safe-text.ts";
import { table, widthOf } from "../table.ts";
import { jsonValue, masked, showPlace, showStanding, showValue } from "./config-value.ts";

export function record({ explanation: { standing, layers }, locations, deployed }: ExplainedKey): object {
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
    ...(declaration.kind === "differs" && differenceRecord(declaration)),
    ...(declaration.kind === "secret" && declaration.shared !== undefined && { shared: declaration.shared }),
    ...("problems" in standing && { problems: standing.problems.map(({ code, message }) => ({ code, message })) }),
    ...(deployed !== undefined && { deployed }),
  };
}

function differenceRecord({ reason, until, owner }: DifferingKey): object {
  return { reason, ...(until !== undefined && { until }), ...(owner !== undefined && { owner }) };
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

export function lines(
  { explanation: { standing, layers }, locations, deployed }: ExplainedKey,
  { stdout, cwd }: Context,
): string[] {
  const colors = palette(stdout.color);
  const { declaration, environment } = standing;
  const rows = layers.map((layer, index) => layerRow(layer, locations[index], cwd));
  const hints = layers.flatMap(({ hint, failure }) => hint ?? failure?.hint ?? []);
  const problems = "problems" in standing ? standing.problems : [];
  return [
    `${colors.strong(declaration.key)} in ${environment}: ${colors.strong(showStanding(standing))}`,
    ...table(rows, "  ", widthOf(stdout)).map((line, index) => (layers[index]!.won ? line : colors.faint(line))),
    ...problems.map(({ message }) => `  ${colors.bad(marks.failed)} ${safeLine(message)}`),
    ...hints.map((hint) => `  ${safeLine(hint)}`),
    ...declared(declaration),
    ...deployedLines(standing, deployed, colors),
  ];
}

function difference({ reason, until, owner }: DifferingKey): string {
  const terms = [...(until === undefined ? [] : [`until ${until}`]), ...(owner === undefined ? [] : [safeLine(owner)])];
  return `${safeLine(reason)}${terms.length === 0 ? "" : ` (${terms.join(", ")})`}`;
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
  if (declaration.kind === "differs") return [`  declared to differ: ${difference(declaration)}`];
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
