import { withSession as openSession, type Session } from "../app/session.ts";
import { type ExitCode, exitCodes } from "../errors/exit-code.ts";
import type { Result } from "../errors/result.ts";
import { type Context, portsOf } from "./context.ts";
import { reportFailures } from "./render/report-failures.ts";

/** Opens the project and its state for the work, closes the state behind it, and tells how it went. */
export async function withSession(
  context: Context,
  purpose: "look" | "make",
  work: (session: Session) => Promise<Result<ExitCode | undefined>>,
): Promise<ExitCode> {
  const done = await openSession(portsOf(context), purpose, work);
  return done.ok ? (done.value ?? exitCodes.done) : reportFailures(context, done.failures);
}
