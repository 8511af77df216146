import { existsSync } from "node:fs";
import { join } from "node:path";
import { detect } from "../../app/init/detect.ts";
import type { Left } from "../../app/init/draft.ts";
import { ignoreStateFolder } from "../../app/init/ignore-state.ts";
import { printDefinition } from "../../app/init/print-definition.ts";
import { readRepository } from "../../app/init/repository.ts";
import { exitCodes } from "../../errors/exit-code.ts";
import type { Failure } from "../../errors/failure.ts";
import { count } from "../../errors/quantities.ts";
import { writeFileAtomic } from "../../files/write-atomic.ts";
import type { Context } from "../context.ts";
import { marks } from "../render/marks.ts";
import { palette } from "../render/palette.ts";
import { reportFailures } from "../render/report-failures.ts";
import { safeLine } from "../render/safe-text.ts";
import { defineVerb } from "../verb.ts";

const fileName = "tidegate.config.ts";

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
    const draft = await detect(readRepository(context.folder), context.folder);
    const text = printDefinition(draft);
    const file = join(context.folder, fileName);
    if (options.print) {
      context.stdout.write(context.json ? `${JSON.stringify({ type: "definition", file, text })}\n` : text);
      return exitCodes.done;
    }
    if (existsSync(file) && !options.force) return reportFailures(context, [fileExists(file)]);
    writeFileAtomic(file, text, 0o644);
    const ignored = ignoreStateFolder(context.folder);
    tell(context, { file, found: draft.found, ignored, left: draft.left ?? [] });
    return exitCodes.done;
  },
});

interface Written {
  readonly file: string;
  readonly found: readonly string[];
  readonly ignored: boolean;
  readonly left: readonly Left[];
}

function tell(context: Context, { file, found, ignored, left }: Written): void {
  if (context.json) {
    context.stdout.write(`${JSON.stringify({ type: "definitionWritten", file, found, ignored, left })}\n`);
    return;
  }
  const mark = palette(context.stderr.color).good(marks.done);
  const reason = found.length === 0 ? "no toolchain found, so it has one task to replace" : `found ${found.join(", ")}`;
  const lines = [
    `${mark} wrote ${fileName}: ${reason}`,
    ...(ignored ? [`${mark} added .tidegate/ to .gitignore`] : []),
    ...leftLines(left, context.stderr.color),
    "Next: npx tidegate check, then npx tidegate run",
  ];
  context.stderr.write(`${lines.join("\n")}\n`);
}

function fileExists(file: string): Failure {
  return {
    code: "file-exists",
    message: `There is already a ${fileName}`,
    cause: file,
    hint: "tidegate init --print shows what would be written, tidegate init --force replaces the file.",
  };
}

/** What the other tool's configuration says and the definition does not, each with the reason. */
function leftLines(left: readonly Left[], color: boolean): string[] {
  if (left.length === 0) return [];
  const title = `${palette(color).warn(marks.warning)} ${count(left.length, "thing")} could not be carried over (a comment in the file says the same):`;
  return [title, ...left.map(({ where, why }) => `  ${safeLine(where)}: ${safeLine(why)}`)];
}
