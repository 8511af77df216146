import { randomBytes } from "node:crypto";
import { openConfig, standings } from "../../../app/config/open-config.ts";
import { compareStandings, type Difference, type Side } from "../../../config/compare.ts";
import { exitCodes } from "../../../errors/exit-code.ts";
import { ProjectKey } from "../../../secrets/project-key.ts";
import type { Context } from "../../context.ts";
import { jsonValue, showValue } from "../../render/lines/config-value.ts";
import { marks } from "../../render/marks.ts";
import { type Palette, palette } from "../../render/palette.ts";
import { reportFailures } from "../../render/report-failures.ts";
import { safeLine } from "../../render/safe-text.ts";
import { table } from "../../render/table.ts";
import { defineVerb } from "../../verb.ts";

export const diff = defineVerb({
  name: "diff",
  summary: "Compare the config of two environments",
  usage: ["config diff <first> <second> [options]"],
  description:
    "Shows what is not the same, and why it may be. Of secrets only whether they are equal, by keyed digests: equal, different,\n" +
    "or unreadable when that cannot be known here.",
  examples: [
    { command: "tidegate config diff staging production", explains: "what differs" },
    { command: "tidegate config diff staging production --all", explains: "and what is equal" },
  ],
  arguments: [
    { name: "first", summary: "An environment", required: true },
    { name: "second", summary: "Another one", required: true },
  ],
  options: { all: { kind: "flag", summary: "Show also what is equal", short: "a" } },
  run: async (context, call) => {
    const opened = await openConfig(context, { environments: call.arguments });
    if (!opened.ok) return reportFailures(context, opened.failures);
    const [first, second] = await Promise.all(opened.value.environments.map((one) => standings(opened.value, one)));
    // For this comparison alone: nothing is kept, so looking at config leaves no state behind.
    const key = new ProjectKey(randomBytes(32));
    const differences = compareStandings(first!, second!, (value) => key.digest(value));
    const shown = call.options.all ? differences : differences.filter(isToTell);
    if (context.json) for (const one of shown) context.stdout.write(`${JSON.stringify(record(one, call.arguments))}\n`);
    else tell(context, call.arguments, shown);
    return exitCodes.done;
  },
});

function isToTell({ state, isUndeclared }: Difference): boolean {
  return isUndeclared || (state !== "equal" && state !== "unset");
}

function record({ first, second, ...rest }: Difference, [a, b]: readonly string[]): object {
  return { type: "configDifference", ...rest, first: side(first, a), second: side(second, b) };
}

function side({ state, value }: Side, environment: string | undefined): object {
  return { environment, state, ...(value !== undefined && { value: jsonValue(value) }) };
}

function tell({ stdout, stderr }: Context, names: readonly string[], differences: readonly Difference[]): void {
  if (differences.length === 0) {
    stderr.write(`${names.join(" and ")} have the same config.\n`);
    return;
  }
  const colors = palette(stdout.color);
  const [head, ...lines] = table([["", ...names, ""], ...differences.map(row)]);
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
