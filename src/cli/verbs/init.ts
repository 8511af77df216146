import {
  definitionName,
  draftDefinition,
  type WrittenDefinition,
  init as writeDefinition,
} from "../../app/init/init.ts";
import { exitCodes } from "../../errors/exit-code.ts";
import { count } from "../../errors/quantities.ts";
import { type Context, portsOf } from "../context.ts";
import { marks } from "../render/marks.ts";
import { palette } from "../render/palette.ts";
import { reportFailures } from "../render/report-failures.ts";
import { safeLine } from "../render/safe-text.ts";
import { defineVerb } from "../verb.ts";

export const init = defineVerb({
  name: "init",
  summary: "Write a tidegate.config.ts that fits this repository",
  usage: ["init [options]"],
  description:
    "Looks for Node (npm, pnpm, yarn, bun), Python, Go, Rust, Java (Maven, Gradle) and a Dockerfile, and writes\n" +
    "their usual commands down as tasks. What turbo, nx or wireit are told is taken over; what has no counterpart is\n" +
    "listed, with the reason. Nothing is run and nothing is installed.",
  examples: [
    { command: "tidegate init", explains: "writes tidegate.config.ts" },
    { command: "tidegate init --print", explains: "only shows what it would write" },
  ],
  options: {
    print: { kind: "flag", summary: "Print the file instead of writing it" },
    force: { kind: "flag", summary: "Replace a file that is there" },
  },
  run: async (context, { options }) => {
    if (options.print) {
      const { file, text } = await draftDefinition(portsOf(context));
      context.stdout.write(context.json ? `${JSON.stringify({ type: "definition", file, text })}\n` : text);
      return exitCodes.done;
    }
    const written = await writeDefinition(portsOf(context), options);
    if (!written.ok) return reportFailures(context, written.failures);
    tell(context, written.value);
    return exitCodes.done;
  },
});

function tell(context: Context, { file, found, ignored, left }: WrittenDefinition): void {
  if (context.json) {
    context.stdout.write(`${JSON.stringify({ type: "definitionWritten", file, found, ignored, left })}\n`);
    return;
  }
  const mark = palette(context.stderr.color).good(marks.done);
  const reason = found.length === 0 ? "no toolchain found, so it has one task to replace" : `found ${found.join(", ")}`;
  const lines = [
    `${mark} wrote ${definitionName}: ${reason}`,
    ...(ignored ? [`${mark} added .tidegate/ to .gitignore`] : []),
    ...leftLines(left, context.stderr.color),
    "Next: npx tidegate check, then npx tidegate run",
  ];
  context.stderr.write(`${lines.join("\n")}\n`);
}

/** What the other tool's configuration says and the definition does not, each with the reason. */
function leftLines(left: WrittenDefinition["left"], color: boolean): string[] {
  if (left.length === 0) return [];
  const title = `${palette(color).warn(marks.warning)} ${count(left.length, "thing")} could not be carried over (a comment in the file says the same):`;
  return [title, ...left.map(({ where, why }) => `  ${safeLine(where)}: ${safeLine(why)}`)];
}
