import type { InstanceLog } from "../../../app/logs/logs.ts";
import { type ExitCode, exitCodes } from "../../../errors/exit-code.ts";
import type { Context } from "../../context.ts";
import { reportFailures } from "../../render/report-failures.ts";
import { safeColoredLine, safeLine } from "../../render/safe-text.ts";

/** Prints what instances write. Following ends with Ctrl-C or when the reader has gone; both are a good end. */
export async function showInstanceLogs(context: Context, log: InstanceLog): Promise<ExitCode> {
  const { stdout } = context;
  const show = (line: string) => {
    if (context.json) return JSON.stringify({ type: "instanceLog", environment: log.environment, text: line });
    if (!stdout.isTTY) return line;
    return stdout.color ? safeColoredLine(line) : safeLine(line);
  };
  const write = (text: string) => {
    const lines = text.replace(/\n$/, "").split("\n");
    stdout.write(lines.map((line) => `${show(line)}\n`).join(""));
  };
  const done = await log.read(write, AbortSignal.any([context.signal, stdout.gone]));
  return done.ok ? exitCodes.done : reportFailures(context, done.failures);
}
