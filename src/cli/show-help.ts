import { type ExitCode, exitCodes } from "../errors/exit-code.ts";
import type { Context } from "./context.ts";
import { globalOptions } from "./global-options.ts";
import { palette } from "./render/palette.ts";
import { table, widthOf } from "./render/table.ts";
import { textWidth, wrapText } from "./render/text-width.ts";
import type { Argument, Option, OptionTable, Verb, VerbEntry } from "./verb.ts";
import { version } from "./version.ts";

const exitMeanings: Readonly<Record<ExitCode, string>> = {
  [exitCodes.done]: "done",
  [exitCodes.failed]: "your task, check or deployment failed",
  [exitCodes.wrong]: "the definition or the call is wrong",
  [exitCodes.refused]: "a gate refused",
  [exitCodes.broken]: "Tidegate or the machine failed",
  [exitCodes.interrupted]: "interrupted",
};

/** Prints the list of verbs. */
export function showVerbs(context: Context, entries: readonly VerbEntry[]): void {
  if (context.json) {
    const verbs = entries.map(({ name, summary }) => ({ name, summary }));
    context.stdout.write(`${JSON.stringify({ version: version(), verbs })}\n`);
    return;
  }
  const title = headings(context);
  const lines = [
    `tidegate ${version()}: from commit to production with one typed file`,
    "",
    title("Usage"),
    "  tidegate <verb> [options]",
    "",
    title("Verbs"),
    ...table(
      entries.map(({ name, summary }) => [name, summary]),
      "  ",
    ),
    "",
    title("Options of every verb"),
    ...optionLines(globalOptions),
    "",
    title("Begin with"),
    ...table(
      [
        ["tidegate init", "write a tidegate.config.ts"],
        ["tidegate run", "run its pipeline"],
        ["tidegate help run", "how run is used"],
      ],
      "  ",
    ),
  ];
  context.stdout.write(`${lines.join("\n")}\n`);
}

/** Prints how a verb is used. `path` is its whole name: `release list`. */
export function showHelp(context: Context, verb: Verb, path: string): void {
  if (context.json) context.stdout.write(`${JSON.stringify(helpRecord(verb, path))}\n`);
  else context.stdout.write(`${helpLines(verb, path, headings(context), widthOf(context.stdout)).join("\n")}\n`);
}

type Heading = (text: string) => string;

function headings(context: Context): Heading {
  return palette(context.stdout.color).strong;
}

function helpLines(verb: Verb, path: string, title: Heading, width: number): string[] {
  return [
    `tidegate ${path}: ${verb.summary}`,
    ...section(
      title("Usage"),
      verb.usage.map((form) => `  tidegate ${form}`),
    ),
    ...(verb.description === undefined ? [] : ["", ...paragraphs(verb.description, width)]),
    ...section(
      title("Verbs"),
      table(
        (verb.verbs ?? []).map((inner) => [inner.name, inner.summary]),
        "  ",
      ),
    ),
    ...section(title("Arguments"), table((verb.arguments ?? []).map(argumentCells), "  ")),
    ...section(title("Options"), optionLines({ ...verb.options, ...globalOptions })),
    ...section(
      title("Examples"),
      verb.examples.flatMap(({ command, explains }) => [`  ${command}`, `      ${explains}`]),
    ),
    ...section(
      title("Exit codes"),
      table(
        Object.entries(exitMeanings).map(([code, meaning]) => [code, meaning]),
        "  ",
      ),
    ),
  ];
}

/** Descriptions are written in lines of 120 cells; where there are fewer, each paragraph is folded anew. */
function paragraphs(text: string, width: number): string[] {
  const lines = text.split("\n");
  if (lines.every((line) => textWidth(line) <= width)) return lines;
  return text
    .replace(/(?<=\S)\n(?=\S)/g, " ")
    .split("\n")
    .flatMap((line) => wrapText(line, width));
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ["", title, ...lines];
}

function argumentCells(argument: Argument): string[] {
  return [`${argument.name}${argument.many ? "…" : ""}`, argument.summary];
}

function optionLines(options: OptionTable): string[] {
  return table(
    Object.entries(options).map(([name, option]) => [optionName(name, option), optionText(option)]),
    "  ",
  );
}

function optionName(name: string, option: Option): string {
  const short = option.short === undefined ? "    " : `-${option.short}, `;
  return `${short}--${name}${option.kind === "flag" ? "" : ` ${option.value}`}`;
}

function optionText(option: Option): string {
  if (option.kind === "flag") return option.summary;
  const choices = option.kind === "text" && option.choices !== undefined ? `: ${option.choices.join(", ")}` : "";
  const standard = option.default === undefined ? "" : ` (default: ${option.default})`;
  return `${option.summary}${choices}${standard}`;
}

function helpRecord(verb: Verb, path: string): unknown {
  const { summary, usage, description, examples, verbs = [] } = verb;
  return {
    verb: path,
    summary,
    usage: usage.map((form) => `tidegate ${form}`),
    description,
    arguments: verb.arguments ?? [],
    options: { ...verb.options, ...globalOptions },
    verbs: verbs.map((inner) => ({ name: inner.name, summary: inner.summary })),
    examples,
  };
}
