import type { Say } from "../app/notice.ts";
import { withSession as openSession, type Session } from "../app/session.ts";
import { exitCodes } from "../errors/exit-code.ts";
import { ok, type Result } from "../errors/result.ts";
import type { Event } from "../events/event.ts";
import { type Context, portsOf } from "./context.ts";
import { reportFailures } from "./render/report-failures.ts";
import { withRenderer } from "./render/with-renderer.ts";
import { showEnd } from "./render/words/made.ts";
import { noticeLine } from "./render/words/notice.ts";

/** Opens the project and its state for the work, closes the state behind it, and tells how it went. */
export async function withSession(
  context: Context,
  purpose: "look" | "make",
  work: (session: Session) => Promise<Result<number | undefined>>,
): Promise<number> {
  const done = await openSession(
    { ...portsOf(context), ...(!context.json && { aside: asideTo(context) }) },
    purpose,
    work,
  );
  return done.ok ? (done.value ?? exitCodes.done) : reportFailures(context, done.failures);
}

/** What happens beside the work is talk, a line each. */
function asideTo({ stderr }: Context): Say {
  return (said) => {
    const line = "notice" in said ? noticeLine(said) : "event" in said ? endLine(said.event) : endLine(said);
    if (line !== undefined) stderr.write(`${line}\n`);
  };
}

function endLine(event: Event): string | undefined {
  return event.type === "previewEnded" ? `${event.environment} | ${showEnd(event)}` : undefined;
}

/** The same for work that takes a while: what happens is shown, and is all that there is to show. */
export function withShownSession(
  context: Context,
  purpose: "look" | "make",
  work: (session: Session, say: Say) => Promise<Result<unknown>>,
): Promise<number> {
  return withSession(context, purpose, async (session) => {
    const done = await withRenderer(context, (say) => work(session, say));
    return done.ok ? ok(undefined) : done;
  });
}
