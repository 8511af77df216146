import { openPipeline } from "../../app/open-pipeline.ts";
import { type Collection, collect, collectAll } from "../../cache/collect/collect.ts";
import { limitsOf } from "../../cache/collect/limits.ts";
import { cacheStatus } from "../../cache/collect/status.ts";
import { writeTidied } from "../../cache/collect/tidy.ts";
import { verifyCache } from "../../cache/collect/verify.ts";
import { type ExitCode, exitCodes } from "../../errors/exit-code.ts";
import type { Result } from "../../errors/result.ts";
import { pipelinePaths } from "../../files/state-folder.ts";
import { withCacheLock } from "../../run/cache-lock.ts";
import type { Context } from "../context.ts";
import { damageFailure, showCollection, statusLines, verificationLines } from "../render/lines/cache-lines.ts";
import { marks } from "../render/marks.ts";
import { progressLine } from "../render/progress-line.ts";
import { reportFailures } from "../render/report-failures.ts";
import { defineVerb } from "../verb.ts";

const status = defineVerb({
  name: "status",
  summary: "Show how many results are kept, how large they are, and what they may be",
  usage: ["cache status"],
  examples: [
    { command: "tidegate cache status", explains: "size, limits, and the tasks with the largest results" },
    { command: "tidegate cache status --json | jq .bytes", explains: "the size alone" },
  ],
  options: {},
  run: async (context) => {
    const opened = await openPipeline(context);
    if (!opened.ok) return reportFailures(context, opened.failures);
    const limits = limitsOf(opened.value.project.cache);
    const found = await cacheStatus(pipelinePaths(opened.value.checkoutFolder), limits);
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
    "Runs do this by themselves, about once a day. Results that the project's tasks have at the moment stay, unless\n" +
    "all are removed. A run that is under way is waited for.",
  examples: [
    { command: "tidegate cache prune", explains: "removes what is too old, then what was not used for longest" },
    { command: "tidegate cache prune --all", explains: "removes every result: everything runs again" },
  ],
  options: { all: { kind: "flag", summary: "Remove every result" } },
  run: async (context, { options }) => {
    const opened = await openPipeline(context);
    if (!opened.ok) return reportFailures(context, opened.failures);
    const paths = pipelinePaths(opened.value.checkoutFolder);
    const limits = limitsOf(opened.value.project.cache);
    const done: Result<Collection> = await withCacheLock(
      {
        paths,
        environment: context.env,
        signal: context.signal,
        onWaiting: () => note(context, `${marks.waiting} a run of this project is under way: waiting for its end`),
      },
      async () => {
        const collection = options.all ? await collectAll(paths) : await collect(paths, limits, context.now());
        if (collection.ok) writeTidied(paths, { at: context.now(), bytes: collection.value.bytesLeft });
        return collection;
      },
    );
    if (!done.ok) return reportFailures(context, done.failures);
    print(context, { type: "cachePruned", ...done.value }, showCollection(done.value));
    return exitCodes.done;
  },
});

const verify = defineVerb({
  name: "verify",
  summary: "Read every byte of the cache, and take out what is damaged",
  usage: ["cache verify"],
  description:
    "Runs check what they restore in any case, so that damage never harms a result. What is damaged is removed, and\n" +
    "its tasks run again. May be used while a run is under way.",
  examples: [{ command: "tidegate cache verify", explains: "after a power cut, or on a disk that is not trusted" }],
  options: {},
  run: async (context) => {
    const opened = await openPipeline(context);
    if (!opened.ok) return reportFailures(context, opened.failures);
    const paths = pipelinePaths(opened.value.checkoutFolder);
    const progress = progressLine(context);
    const found = await verifyCache(paths, ({ blobs, of }) => progress.show("verified", blobs, of), context.signal);
    progress.clear();
    if (!found.ok) return reportFailures(context, found.failures);
    print(context, { type: "cacheVerified", ...found.value }, verificationLines(found.value));
    return verdict(context, damageFailure(found.value));
  },
});

export const cache = defineVerb({
  name: "cache",
  summary: "Look at the cache of task results, prune it, verify it",
  usage: ["cache status|prune|verify"],
  examples: [{ command: "tidegate cache status", explains: "how large it is and what it may be" }],
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

function note(context: Context, text: string): void {
  if (!context.json) context.stderr.write(`${text}\n`);
}
