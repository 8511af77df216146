import type { ExitCode } from "../../errors/exit-code.ts";
import { exitOf } from "../../errors/exit-of.ts";
import type { Failure } from "../../errors/failure.ts";
import type { Context } from "../context.ts";
import { renderFailures } from "./failure.ts";
import { failureRecord } from "./json.ts";

type Reporting = Pick<Context, "json" | "stdout" | "stderr" | "cwd" | "now" | "github">;

/** Tells the caller of failures, as JSON lines or for people, and returns the exit code that says the same. */
export function reportFailures(context: Reporting, failures: readonly Failure[]): ExitCode {
  context.github?.failures(failures);
  if (context.json) {
    for (const failure of failures) context.stdout.write(`${JSON.stringify(failureRecord(failure, context.now()))}\n`);
  } else {
    const { color, columns } = context.stderr;
    context.stderr.write(renderFailures(failures, { color, columns, cwd: context.cwd }));
  }
  return exitOf(failures);
}
