import { observer } from "../../agent/drivers.ts";
import type { Failure } from "../../errors/failure.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import { verifyRelease } from "../../release/verify.ts";
import type { Ports } from "../ports.ts";
import { type Session, withSession } from "../session.ts";
import { nothingHere } from "./states.ts";

/** What was looked through, and everything that is wrong with it. */
export interface StateCheck {
  readonly stateFolder: string;
  readonly releases: number;
  readonly blobs: number;
  readonly problems: readonly Failure[];
}

/** Reads everything: the store, every stored file, every release, every record of an instance. Changes nothing. */
export function checkWholeState(
  ports: Ports,
  onProgress: (done: number, of: number) => void,
): Promise<Result<StateCheck>> {
  return withSession(ports, "look", async (session) => {
    if (session.isEmpty) return failed(nothingHere);
    const { store, blobs, outdated, stateFolder } = session;
    const found = await store.check();
    if (!found.ok) return found;
    const problems: Failure[] = found.value.map((cause) => damaged("The store is damaged", cause));
    if (outdated !== undefined) problems.push(outdated);
    const stored = await blobs.list();
    if (!stored.ok) return stored;
    for (const [index, { digest }] of stored.value.entries()) {
      if (ports.signal.aborted) return failed({ code: "interrupted", message: "Not everything was checked" });
      const whole = await blobs.verify(digest);
      if (!whole.ok) return whole;
      if (!whole.value) problems.push(damaged(`A stored file is damaged: ${digest}`));
      onProgress(index + 1, stored.value.length);
    }
    const releases = await store.releases();
    if (!releases.ok) return releases;
    for (const { digest } of releases.value) {
      const verified = await verifyRelease(digest, blobs);
      // One whose files were collected is told of by the history alone, and that is as it should be.
      if (!verified.ok) problems.push(...verified.failures.filter(({ code }) => code !== "release-collected"));
    }
    problems.push(...(await recordProblems(session)));
    return ok({ stateFolder, releases: releases.value.length, blobs: stored.value.length, problems });
  });
}

async function recordProblems({ store, stateFolder }: Session): Promise<readonly Failure[]> {
  const environments = await store.environments();
  if (!environments.ok) return environments.failures;
  const driver = observer(stateFolder, store);
  const observed = await Promise.all(environments.value.map(({ name }) => driver.observe(name)));
  return observed.flatMap((one) => (one.ok ? [] : one.failures));
}

function damaged(message: string, cause?: string): Failure {
  const hint = "Restore a backup: tidegate state restore <file>";
  return { code: "state-damaged", message, hint, ...(cause !== undefined && { cause }) };
}
