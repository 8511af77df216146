import type { Standing } from "../../../config/standing.ts";
import type { Context } from "../../context.ts";
import { palette } from "../palette.ts";
import { table, widthOf } from "../table.ts";
import { jsonValue, showStanding } from "./config-value.ts";

export function tellJson({ stdout }: Context, columns: readonly (readonly Standing[])[]): void {
  for (const standing of columns.flat()) stdout.write(`${JSON.stringify(standingRecord(standing))}\n`);
}

/** A key of an environment as a line of `--json`. */
function standingRecord(standing: Standing): object {
  const { declaration, environment, state } = standing;
  const isShown = state === "set" && declaration.kind !== "secret";
  const layer = "resolved" in standing ? standing.resolved.layers.find(({ won }) => won)?.layer : undefined;
  return {
    type: "config",
    environment,
    key: declaration.key,
    kind: declaration.kind,
    state,
    ...(layer !== undefined && { layer }),
    ...(isShown && { value: jsonValue(standing.resolved.value) }),
    ...("problems" in standing && { problems: standing.problems.map(({ code, message }) => ({ code, message })) }),
  };
}

export function tell(
  { stdout, stderr }: Context,
  names: readonly string[],
  columns: readonly (readonly Standing[])[],
): void {
  const [first] = columns;
  if (first === undefined) stderr.write("The definition has no environments.\n");
  else if (first.length === 0) stderr.write("The definition declares no config.\n");
  else {
    const colors = palette(stdout.color);
    const rows = first.map(({ declaration }, index) => [
      declaration.key,
      ...columns.map((standings) => showStanding(standings[index]!)),
    ]);
    const [head, ...lines] = table([["", ...names], ...rows], "", widthOf(stdout));
    stdout.write(`${[colors.strong(head ?? ""), ...lines].join("\n")}\n`);
  }
}
