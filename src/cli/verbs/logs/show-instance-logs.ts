import { type LogsCall, routes } from "../../../agent/protocol.ts";
import { connect } from "../../../app/connect.ts";
import { type OpenProject, placeOf } from "../../../app/open-project.ts";
import { type ExitCode, exitCodes } from "../../../errors/exit-code.ts";
import { openState } from "../../../state/open-state.ts";
import type { Context } from "../../context.ts";
import { reportFailures } from "../../render/report-failures.ts";
import { safeColoredLine, safeLine } from "../../render/safe-text.ts";

/**
 * Prints what instances wrote, secrets redacted by the agent, which has them. Following ends with Ctrl-C or when the
 * reader has gone; both are a good end.
 */
export async function showInstanceLogs(context: Context, opened: OpenProject, call: LogsCall): Promise<ExitCode> {
  const state = await openState(placeOf(opened, context), "look");
  if (!state.ok) return reportFailures(context, state.failures);
  if (state.value.isEmpty) {
    state.value.close();
    return exitCodes.done;
  }
  const agent = await connect(context, { stateFolder: state.value.stateFolder, project: opened.project });
  if (!agent.ok) return reportFailures(context, agent.failures);
  const { stdout } = context;
  const show = (line: string) => {
    if (context.json) return JSON.stringify({ type: "instanceLog", environment: call.environment, text: line });
    if (!stdout.isTTY) return line;
    return stdout.color ? safeColoredLine(line) : safeLine(line);
  };
  const done = await agent.value.call(routes.logs, call, {
    onText: (text) =>
      stdout.write(
        text
          .replace(/\n$/, "")
          .split("\n")
          .map((line) => `${show(line)}\n`)
          .join(""),
      ),
    signal: AbortSignal.any([context.signal, stdout.gone]),
  });
  const isOver = context.signal.aborted || stdout.gone.aborted;
  return done.ok || (call.follow && isOver) ? exitCodes.done : reportFailures(context, done.failures);
}
