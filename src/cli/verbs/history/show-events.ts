import { followHistory } from "../../../app/deploy/follow-history.ts";
import type { Session } from "../../../app/session.ts";
import { count } from "../../../errors/quantities.ts";
import { ok, type Result } from "../../../errors/result.ts";
import type { Context } from "../../context.ts";
import { createRenderer } from "../../render/create.ts";

/** Shows what happens until Ctrl-C, or until the reader has gone. */
export async function showEvents(
  context: Context,
  session: Session,
  after: number | undefined,
): Promise<Result<undefined>> {
  const renderer = createRenderer(context);
  const missed = (events: number) => {
    if (context.json) context.stdout.write(`${JSON.stringify({ type: "missed", events })}\n`);
    else renderer.note(`${count(events, "event")} before are no longer kept`);
  };
  const hangs = (pid: number) => {
    const text = `The agent, process ${pid}, does not answer: this continues with what is stored (to replace it: tidegate env start --all)`;
    if (context.json) context.stderr.write(`${text}\n`);
    else renderer.note(text);
  };
  const signal = AbortSignal.any([context.signal, context.stdout.gone]);
  const { take } = renderer;
  const followed = await followHistory(session, { after, take, missed, hangs, signal }).finally(() => renderer.close());
  return followed.ok ? ok(undefined) : followed;
}
