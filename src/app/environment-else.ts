import type { FailureCode } from "../errors/codes.ts";
import { type Failed, ok, type Result } from "../errors/result.ts";
import { findEnvironment } from "./find-environment.ts";
import type { Ports } from "./ports.ts";
import { withSession } from "./session.ts";

const notFound: ReadonlySet<FailureCode> = new Set(["unknown-task", "unknown-run"]);

/**
 * The environment of that name, previews included, where no task has it: `otherwise` says how that was not found. Fails with why
 * the environment is gone when it is, and else with `otherwise`.
 */
export async function environmentElse(ports: Ports, name: string, otherwise: Failed): Promise<Result<string>> {
  if (!otherwise.failures.every(({ code }) => notFound.has(code))) return otherwise;
  const there = await withSession(ports, "look", async (session) => {
    const isKnown = Object.hasOwn(session.project.environments, name) || session.gone.has(name);
    return ok(isKnown ? findEnvironment(session, name) : otherwise);
  });
  return there.ok ? there.value : otherwise;
}
