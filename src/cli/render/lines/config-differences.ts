import type { Difference, Side } from "../../../config/compare.ts";
import type { Context } from "../../context.ts";
import { marks } from "../marks.ts";
import { type Palette, palette } from "../palette.ts";
import { safeLine } from "../safe-text.ts";
import { table, widthOf } from "../table.ts";
import { jsonValue, showValue } from "./config-value.ts";

export function record({ first, second, ...rest }: Difference, [a, b]: readonly string[]): object {
  return { type: "configDifference", ...rest, first: side(first, a), second: side(second, b) };
}

function side({ state, value }: Side, environment: string | undefined): object {
  return { environment, state, ...(value !== undefined && { value: jsonValue(value) }) };
}

export function tell({ stdout, stderr }: Context, names: readonly string[], differences: readonly Difference[]): void {
  if (differences.length === 0) {
    stderr.write(`${names.join(" and ")} have the same config.\n`);
    return;
  }
  const colors = palette(stdout.color);
  const [head, ...lines] = table([["", ...names, ""], ...differences.map(row)], "", widthOf(stdout));
  const marked = lines.map((line, index) => tone(differences[index]!, colors)(line));
  stdout.write(`${[colors.strong(head ?? ""), ...marked].join("\n")}\n`);
}

function tone({ isUndeclared, state }: Difference, colors: Palette): (text: string) => string {
  if (isUndeclared) return colors.bad;
  return state === "unknown" ? colors.warn : (text) => text;
}

function row(difference: Difference): string[] {
  const { key, kind, first, second, reason } = difference;
  const isSecret = kind === "secret";
  const shown = [first, second].map((one) => showSide(one, isSecret));
  const words = [isSecret ? secretWords(difference) : "", reason === undefined ? "" : safeLine(reason)];
  return [key, ...shown, words.filter((word) => word !== "").join(": ")];
}

function showSide({ state, value }: Side, isSecret: boolean): string {
  if (state === "set") return isSecret ? "[secret]" : showValue(value);
  return state === "absent" ? "(none)" : `(${state})`;
}

function secretWords({ state, isUndeclared }: Difference): string {
  const words = { equal: "the same", different: "different", unknown: "cannot be compared" } as const;
  const word = words[state as keyof typeof words] ?? "";
  return isUndeclared ? `${marks.failed} ${word}, which is not declared` : word;
}
