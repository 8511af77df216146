import { both, ok, type Result } from "../errors/result.ts";
import { servingIn } from "../store/serving.ts";
import { deploy } from "./deploy/deploy.ts";
import { changeEnvironments, namesOf, type WhichRequest } from "./environments/environments.ts";
import type { Say } from "./notice.ts";
import type { Session } from "./session.ts";

/**
 * What the start of the machine asks for: what should be running runs, what somebody had stopped stays so, and where the
 * secrets are lost the release that served is deployed again with those that are at hand. All are tried.
 */
export async function startAfterRestart(session: Session, request: WhichRequest, say: Say): Promise<Result<void>> {
  const names = await namesOf(session, request);
  if (!names.ok) return names;
  const results: Result<void>[] = [];
  for (const environment of names.value) results.push(await startAgain(session, environment, say));
  return both(...results);
}

async function startAgain(session: Session, environment: string, say: Say): Promise<Result<void>> {
  const record = await session.store.environment(environment);
  if (!record.ok) return record;
  if (record.value?.stopped || record.value?.serving === undefined) return ok();
  const started = await changeEnvironments(session, { what: "start", environment, all: false }, say);
  const areLost = !started.ok && started.failures.some(({ code }) => code === "secret-unreadable");
  const serving = areLost ? await servingIn(session.store, environment) : ok(undefined);
  if (!serving.ok) return serving;
  if (serving.value === undefined) return started;
  return deploy(session, { environment, release: serving.value.release, wait: true }, say);
}
