import { followEvents } from "../../agent/follow-events.ts";
import { ok, type Result } from "../../errors/result.ts";
import { count } from "../render/quantities.ts";
import type { Session } from "./session.ts";
import { withRenderer } from "./with-renderer.ts";

/** Shows what happens in the project's environments until Ctrl-C, or until the reader has gone; both are a good end. */
export async function followHistory(session: Session, after: number | undefined): Promise<Result<undefined>> {
  const { context, store, stateFolder, project } = session;
  const from = after === undefined ? await newest(session) : ok(after);
  if (!from.ok) return from;
  const signal = AbortSignal.any([context.signal, context.stdout.gone]);
  const followed = await withRenderer(context, ({ take, note }) =>
    followEvents({
      stateFolder,
      store,
      project: project.name,
      after: from.value,
      take,
      missed: (events) => {
        if (context.json) context.stdout.write(`${JSON.stringify({ type: "missed", events })}\n`);
        else note(`${count(events, "event")} before are no longer kept`);
      },
      signal,
    }),
  );
  return followed.ok ? ok(undefined) : followed;
}

async function newest({ store }: Session): Promise<Result<number>> {
  const marks = await store.highWater();
  return marks.ok ? ok(marks.value.event) : marks;
}
