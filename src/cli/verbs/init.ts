import {
  draftDefinition,
  hasDefinition,
  type WrittenDefinition,
  init as writeDefinition,
} from "../../app/init/init.ts";
import { ownCommand } from "../../app/own-command.ts";
import { exitCodes } from "../../errors/exit-code.ts";
import { count } from "../../errors/quantities.ts";
import { ask, mayAsk } from "../ask/ask.ts";
import { type Context, portsOf } from "../context.ts";
import { marks } from "../render/marks.ts";
import { palette } from "../render/palette.ts";
import { reportFailures } from "../render/report-failures.ts";
import { safeLine } from "../render/safe-text.ts";
import { table } from "../render/table.ts";
import { defineVerb } from "../verb.ts";

export const init = defineVerb({
  name: "init",
  summary: "Write a tidegate.config.ts that fits this repository",
  usage: ["init [options]"],
  description:
    "Looks for Node (npm, pnpm, yarn, bun), Python, Go, Rust, Java (Maven, Gradle) and a Dockerfile, and writes\n" +
    "their usual commands down as tasks. What turbo, nx or wireit are told is taken over; what has no counterpart is\n" +
    "listed, with the reason. Python and Go are asked what they have; nothing of the project is run, and nothing is installed,\n" +
    "unless you ask for it: with --try the pipeline runs twice in a copy of the repository, its services are started there,\n" +
    "and what the definition lacks is told as lines for it. A definition that is there is tried as it stands. On a terminal\n" +
    "you are asked whether to try it now, unless you say --yes.",
  examples: [
    { command: "tidegate init", explains: "writes tidegate.config.ts" },
    { command: "tidegate init --print", explains: "only shows what it would write" },
    { command: "tidegate init --try --yes", explains: "also runs it in a copy, and writes down what that showed" },
  ],
  options: {
    print: { kind: "flag", summary: "Print the file instead of writing it" },
    force: { kind: "flag", summary: "Replace a file that is there" },
    try: { kind: "flag", summary: "Run it in a copy of the repository, and tell what to correct" },
    yes: { kind: "flag", summary: "Ask nothing; with --try, correct the definition where it is as init wrote it" },
  },
  run: async (context, { options }) => {
    if (options.print) {
      const { file, text } = await draftDefinition(portsOf(context));
      context.stdout.verbatim(context.json ? `${JSON.stringify({ type: "definition", file, text })}\n` : text);
      return exitCodes.done;
    }
    const isTried = options.try && !options.force && hasDefinition(context.folder);
    const written = isTried ? undefined : await writeDefinition(portsOf(context), options);
    if (written?.ok === false) return reportFailures(context, written.failures);
    if (written !== undefined) tell(context, written.value, options.try);
    const isWanted = options.try || (!options.yes && mayAsk(context) && (await ask(context, tryNow, "no")));
    if (!isWanted) return context.signal.aborted ? exitCodes.interrupted : exitCodes.done;
    const { tryDefinition } = await import("./init-try.ts");
    return tryDefinition(context, options.yes);
  },
});

/** It takes as long as the project's pipeline, and then some. */
const tryNow = "Try it in a copy now (runs the pipeline twice, starts the services)?";

function tell(context: Context, written: WrittenDefinition, isTried: boolean): void {
  const { path, found, ignored, left, notes } = written;
  if (context.json) {
    context.stdout.write(`${JSON.stringify({ type: "definitionWritten", ...written })}\n`);
    return;
  }
  const colors = palette(context.stderr.color);
  const mark = colors.good(marks.done);
  const reason = found.length === 0 ? "no toolchain found, so it has one task to replace" : `found ${found.join(", ")}`;
  const own = ownCommand(context.folder, context.env, process.argv[1]);
  const lines = [
    `${mark} wrote ${path}: ${reason}`,
    ...ignored.map(({ file, added }) => `${mark} added ${added.join(", ")} to ${file}`),
    ...leftLines(left, context.stderr.color),
    ...notes.map((note) => `${colors.warn(marks.warning)} ${safeLine(note)}`),
    ...(isTried ? [] : ["", "Next:", ...nextLines(own)]),
    ...afterwards(written, own),
  ];
  context.stderr.write(`${lines.join("\n")}\n`);
}

function nextLines(own: string): string[] {
  const rows = [
    [`${own} init --try`, "runs it in a copy, and tells what to correct"],
    [`${own} check`, "finds what is wrong without running anything"],
    [`${own} run`, "runs the pipeline"],
  ];
  return table(rows, "  ");
}

/** What brings a service to production, and what it lacks there, as lines that can be pasted. */
function afterwards(written: WrittenDefinition, own: string): string[] {
  const { path, services, port, dotenv } = written;
  if (services.length === 0) return [];
  const [file] = dotenv;
  const health = services.filter(({ isStatic, hasHealth }) => !isStatic && !hasHealth);
  const config =
    file !== undefined
      ? [
          `  ${own} config import ${file}`,
          `    prints config for ${path}: its keys with their types, and which are secrets`,
        ]
      : configLines(written);
  return [
    "",
    `Then, to http://staging.localhost:${port} and http://production.localhost:${port}:`,
    `  ${own} ship`,
    "",
    `Before real users come, in ${path}:`,
    ...config,
    ...health.map(({ name }) => `  health: "/", // in ${name}: a path that answers 2xx once it can take requests`),
    `  driver: local({ url: "https://www.example.org", listen: "127.0.0.1:${port}" }), // in production: its address`,
  ];
}

/** At most as many as can be looked over. */
function configLines({ variables, hasConfig }: WrittenDefinition): string[] {
  if (variables.length === 0) return [];
  const shown = variables.slice(0, 12);
  const more = variables.length - shown.length;
  return [
    ...(shown.some(({ isSecret }) => isSecret) ? ['  import { secret } from "tidegate";'] : []),
    ...(hasConfig ? [] : ['  import { z } from "zod";']),
    hasConfig
      ? "  // into config, too: what else the sources read of their environment"
      : "  config: { // what the sources read of their environment",
    ...shown.map(({ name, isSecret }) => `    ${name}: ${isSecret ? "secret(z.string())" : "z.string().optional()"},`),
    ...(more > 0 ? [`    // and ${more} more`] : []),
    ...(hasConfig ? [] : ["  },"]),
  ];
}

/** What the other tool's configuration says and the definition does not, each with the reason. */
function leftLines(left: WrittenDefinition["left"], color: boolean): string[] {
  if (left.length === 0) return [];
  const title = `${palette(color).warn(marks.warning)} ${count(left.length, "thing")} could not be carried over (a comment in the file says the same):`;
  return [title, ...left.map(({ where, why }) => `  ${safeLine(where)}: ${safeLine(why)}`)];
}
