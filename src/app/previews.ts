import { setTimeout as wait } from "node:timers/promises";
import { readAgentRecord } from "../agent/client/agent-record.ts";
import { routes } from "../agent/protocol/protocol.ts";
import type { Project } from "../definition/types.ts";
import { type Preview, previewsOf, withPreviews } from "../environment/previews.ts";
import { failed, ok, type Result } from "../errors/result.ts";
import { unexpectedFailure } from "../errors/unexpected-failure.ts";
import { hasLocalBranch } from "../git/branch-gone.ts";
import type { Store } from "../store/store.ts";
import { connect } from "./connect.ts";
import type { Ports } from "./ports.ts";

/** What the previews of a project are found in. */
export interface PreviewPlace {
  readonly ports: Ports;
  readonly project: Project;
  readonly stateFolder: string;
  readonly store: Pick<Store, "environments">;
}

/** A command waits no longer than this for what it did not ask for. */
const longestMs = 3_000;

/**
 * The project with its previews, after those have gone that have ended: every command begins so. The agent is asked, which
 * knows whether the clock can be trusted and what is under way; where previews live one is started that ends them. That is
 * waited for a moment at most, and what goes wrong with it is told (`Ports.aside`) and keeps no command from its work: what
 * cannot be ended now stays, and is tried again.
 */
export async function projectWithPreviews(place: PreviewPlace): Promise<Result<Project>> {
  const records = await place.store.environments();
  if (!records.ok) return records;
  const previews = previewsOf(records.value);
  if (previews.length === 0) return ok(place.project);
  const isDue = await mayHaveEnded(place.ports, previews);
  if (!isDue && readAgentRecord(place.stateFolder) !== undefined) return ok(withPreviews(place.project, records.value));
  const swept = await inTime(ask(place, isDue), place.ports.signal);
  const left = isDue ? await place.store.environments() : records;
  if (!left.ok) return left;
  if (isDue) tellLeft(place.ports, previewsOf(left.value), swept);
  return ok(withPreviews(place.project, left.value));
}

/** `undefined`: it goes on. */
async function inTime(asked: Promise<Result<void>>, signal: AbortSignal): Promise<Result<void> | undefined> {
  const over = new AbortController();
  const limit = wait(longestMs, undefined, { signal: AbortSignal.any([over.signal, signal]) }).catch(() => undefined);
  const done = asked.catch((error) => failed(unexpectedFailure(error, "Ending previews")));
  return Promise.race([done, limit]).finally(() => over.abort());
}

/** Sees to it that there is an agent; if something is due, it is asked to end it. */
async function ask(place: PreviewPlace, isDue: boolean): Promise<Result<void>> {
  const { ports } = place;
  const agent = await connect(ports, place);
  if (!agent.ok || !isDue) return agent.ok ? ok() : agent;
  const signal = AbortSignal.any([ports.signal, AbortSignal.timeout(longestMs)]);
  return agent.value.call(routes.sweep, {}, { ...(ports.aside && { onEvent: ports.aside }), signal });
}

/** What should be gone and is not, and why. */
function tellLeft({ aside, signal }: Ports, previews: readonly Preview[], swept: Result<void> | undefined): void {
  if (aside === undefined || signal.aborted) return;
  const unended = previews.filter(({ about }) => about.preview.unended !== undefined);
  for (const { name, about } of unended)
    aside({ notice: "previewNotEnded", environment: name, unended: about.preview.unended! });
  const isSlow = swept === undefined || (!swept.ok && swept.failures.some(({ code }) => code === "interrupted"));
  const going = previews.filter(({ about }) => about.state === "destroying" && about.preview.unended === undefined);
  if (isSlow && going.length > 0) aside({ notice: "previewsEnding", environments: going.map(({ name }) => name) });
  if (isSlow || swept.ok || unended.length > 0) return;
  for (const failure of swept.failures) aside({ notice: "trouble", failure });
}

/** Whether one is past its time, or its branch is not among the local ones: the agent finds out the rest. */
async function mayHaveEnded(ports: Ports, previews: readonly Preview[]): Promise<boolean> {
  const now = ports.now();
  if (previews.some(({ about }) => about.preview.endsAt <= now || about.state === "destroying")) return true;
  for (const { about } of previews) {
    const { branch, folder } = about.preview;
    if (branch === undefined || folder === undefined) continue;
    if ((await hasLocalBranch(folder, branch, ports.env)) === false) return true;
  }
  return false;
}
