import { cacheStatusOf, pruneCache, verifyCacheOf } from "../../app/cache.ts";
import { type ExitCode, exitCodes } from "../../errors/exit-code.ts";
import { type Context, portsOf } from "../context.ts";
import { damageFailure, showCollection, statusLines, verificationLines } from "../render/lines/cache-lines.ts";
import { tellNotices } from "../render/progress-line.ts";
import { reportFailures } from "../render/report-failures.ts";
import { defineVerb } from "../verb.ts";

const status = defineVerb({
  name: "status",
  summary: "Show how many results are kept, how large they are, and the limits",
  usage: ["cache status"],
  examples: [
    { command: "tidegate cache status", explains: "size, limits, and the tasks with the largest results" },
    { command: "tidegate cache status --json | jq .bytes", explains: "the size alone" },
  ],
  options: {},
  run: async (context) => {
    const found = await cacheStatusOf(portsOf(context));
    if (!found.ok) return reportFailures(context, found.failures);
    print(context, { type: "cacheStatus", ...found.value }, statusLines(found.value, context.now()));
    return exitCodes.done;
  },
});

const prune = defineVerb({
  name: "prune",
  summary: "Bring the cache within its limits now, or empty it",
  usage: ["cache prune [--all]"],
  description:
    "Runs do this automatically, about once a day. The current results of the project's tasks stay, unless\n" +
    "all are removed. Waits for a run that is in progress.",
  examples: [
    { command: "tidegate cache prune", explains: "removes what is too old, then what has been unused for longest" },
    { command: "tidegate cache prune --all", explains: "removes every result: everything runs again" },
  ],
  options: { all: { kind: "flag", summary: "Remove every result" } },
  run: async (context, { options }) => {
    const done = await pruneCache(portsOf(context), options, tellNotices(context));
    if (!done.ok) return reportFailures(context, done.failures);
    print(context, { type: "cachePruned", ...done.value }, showCollection(done.value));
    return exitCodes.done;
  },
});

const verify = defineVerb({
  name: "verify",
  summary: "Read every byte of the cache, and remove what is damaged",
  usage: ["cache verify"],
  description:
    "Runs check what they restore in any case, so that damage never harms a result. What is damaged is removed, and\n" +
    "its tasks run again. Safe to use while a run is in progress.",
  examples: [{ command: "tidegate cache verify", explains: "after a power cut, or on a disk that you do not trust" }],
  options: {},
  run: async (context) => {
    const found = await verifyCacheOf(portsOf(context), tellNotices(context));
    if (!found.ok) return reportFailures(context, found.failures);
    print(context, { type: "cacheVerified", ...found.value }, verificationLines(found.value));
    return verdict(context, damageFailure(found.value));
  },
});

export const cache = defineVerb({
  name: "cache",
  summary: "Show, prune and verify the cache of task results",
  usage: ["cache status|prune|verify"],
  examples: [{ command: "tidegate cache status", explains: "its size and its limits" }],
  options: {},
  verbs: [status, prune, verify],
});

function verdict(context: Context, damage: ReturnType<typeof damageFailure>): ExitCode {
  if (context.signal.aborted)
    return reportFailures(context, [{ code: "interrupted", message: "Not everything was verified" }]);
  return damage === undefined ? exitCodes.done : reportFailures(context, [damage]);
}

function print(context: Context, record: object, lines: readonly string[]): void {
  context.stdout.write(context.json ? `${JSON.stringify(record)}\n` : `${lines.join("\n")}\n`);
}
