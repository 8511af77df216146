import { routes, type SeededCall } from "../../agent/protocol/protocol.ts";
import { aboutOf } from "../../environment/about.ts";
import type { Failure } from "../../errors/failure.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import { toArgv } from "../../process/command.ts";
import { connect } from "../connect.ts";
import type { Say } from "../notice.ts";
import type { Session } from "../session.ts";
import { execute } from "./exec.ts";

/**
 * Fills a preview with what the definition's seed makes, once: after the first deployment, when its migrations have run. One
 * that fails, or is killed, runs again after the next deployment. Does nothing for any other environment.
 */
export async function seedPreview(session: Session, environment: string, say: Say): Promise<Result<void>> {
  const record = await session.store.environment(environment);
  if (!record.ok) return record;
  const about = aboutOf(record.value);
  if (!about.ok) return about;
  const preview = about.value?.preview;
  if (about.value === undefined || preview === undefined || preview.seededAt !== undefined) return ok();
  if (typeof preview.data === "string") return ok();
  const seeded = await runSeed(
    session,
    { environment, seed: preview.data.seed, serving: record.value?.serving ?? 0 },
    say,
  );
  if (!seeded.ok) return seeded;
  return noteSeeded(session, { environment, createdAt: about.value.createdAt });
}

interface Seed {
  readonly environment: string;
  readonly seed: string | readonly [string, ...string[]];
  readonly serving: number;
}

async function runSeed(session: Session, { environment, seed, serving }: Seed, say: Say): Promise<Result<void>> {
  const { file, args } = toArgv(seed);
  const pieces: Uint8Array[] = [];
  const write = (_: string, bytes: Uint8Array) => void pieces.push(Uint8Array.from(bytes));
  const alone = { here: false, interactive: false, hearsTerminal: false };
  const ran = await execute(session, { environment, command: [file, ...args], ...alone, write });
  const text = Buffer.concat(pieces).toString("utf8").trimEnd();
  if (text !== "") say({ type: "jobOutput", environment, deployment: serving, job: "seed", text });
  const failures = ran.ok ? [ran.value.failure ?? []].flat() : ran.failures;
  return failures.length === 0 ? ok() : failed(...failures.map((failure) => ofSeed(environment, failure)));
}

function ofSeed(environment: string, failure: Failure): Failure {
  const again = `It runs again after the next deployment: tidegate deploy ${environment}`;
  // Whose variables are meant can be said on the command line alone.
  const hint = failure.code === "bad-arguments" ? `Use a different variable for each resource. ${again}` : again;
  return { ...failure, message: `The seed of ${environment}: ${failure.message}`, hint };
}

/** The seed may have taken minutes: whatever else became of the preview meanwhile stays. */
async function noteSeeded(session: Session, call: SeededCall): Promise<Result<void>> {
  const agent = await connect(session.ports, session);
  if (!agent.ok) return agent;
  return agent.value.call(routes.seeded, call, { signal: session.ports.signal });
}
