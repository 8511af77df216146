import { askTests, type TestQuestion, type TestSummary } from "../../app/tests.ts";
import { exitCodes } from "../../errors/exit-code.ts";
import type { Failure } from "../../errors/failure.ts";
import { count, showDuration } from "../../errors/quantities.ts";
import { type Context, portsOf } from "../context.ts";
import { marks } from "../render/marks.ts";
import { reportFailures } from "../render/report-failures.ts";
import { safeLine } from "../render/safe-text.ts";
import { table, widthOf } from "../render/table.ts";
import { defineVerb } from "../verb.ts";

export const tests = defineVerb({
  name: "tests",
  summary: "Show how individual tests did over the last runs: flaky, slow, failing",
  usage: ["tests [task] [--flaky | --slow | --failed] [options]"],
  description:
    "A test is flaky if it gave different results for the same inputs, within a run or across several. What tests did\n" +
    "is read from the reports of tasks (`reports` in the definition) and kept for the last 200 times a task ran.",
  examples: [
    { command: "tidegate tests", explains: "tests that failed last time, then flaky ones, then the others" },
    { command: "tidegate tests --flaky", explains: "the flakiest first" },
    { command: "tidegate tests unit --slow --limit 10 --json", explains: "the ten slowest of the task unit, as JSON" },
  ],
  arguments: [{ name: "task", summary: "Only the tests of this task" }],
  options: {
    flaky: { kind: "flag", summary: "Only those that failed and passed for the same inputs" },
    slow: { kind: "flag", summary: "The slowest first" },
    failed: { kind: "flag", summary: "Only those that failed last time" },
    limit: { kind: "number", value: "N", summary: "How many", default: 50 },
  },
  run: async (context, { arguments: [task], options }) => {
    const chosen = (["flaky", "slow", "failed"] as const).filter((name) => options[name]);
    if (chosen.length > 1) return reportFailures(context, [oneOfThem()]);
    const [only] = chosen;
    const question = { limit: options.limit, ...(task !== undefined && { task }), ...(only && { only }) };
    const found = await askTests(portsOf(context), question);
    if (!found.ok) return reportFailures(context, found.failures);
    show(context, found.value, only);
    return exitCodes.done;
  },
});

function show(context: Context, found: readonly TestSummary[], only: TestQuestion["only"]): void {
  if (context.json) {
    for (const test of found) context.stdout.write(`${JSON.stringify({ type: "test", ...test })}\n`);
  } else if (found.length === 0) context.stderr.write(nothing(only));
  else context.stdout.write(`${table(found.map(row), "", widthOf(context.stdout)).join("\n")}\n`);
}

function nothing(only: TestQuestion["only"]): string {
  if (only === "flaky") return "No flaky test is known.\n";
  if (only === "failed") return "No test failed last time.\n";
  return "No test is known yet: give a task `reports`, and run it.\n";
}

function row({ task, name, file, last, runs, failures, flips, averageMs }: TestSummary): string[] {
  const mark = { passed: marks.done, failed: marks.failed, skipped: marks.skipped }[last];
  const where = file === "" || name.startsWith(file) ? "" : ` (${file})`;
  const past = [
    count(runs, "run"),
    ...(failures > 0 ? [`${failures} failed`] : []),
    ...(flips > 0 ? [`flaky ${flips === 1 ? "once" : `${flips} times`}`] : []),
  ];
  const time = averageMs === undefined ? "" : showDuration(averageMs);
  return [`${mark} ${task}`, time, past.join(", "), safeLine(`${name}${where}`)];
}

function oneOfThem(): Failure {
  const message = "--flaky, --slow and --failed cannot be used together";
  return { code: "bad-arguments", message, hint: "See: tidegate tests --help" };
}
