import { failed, type Result } from "../../errors/result.ts";
import type { RunResult } from "../../run/run.ts";
import { openPipeline } from "../open-pipeline.ts";
import type { Ports } from "../ports.ts";
import { LiveDefinition } from "./live-definition.ts";
import { type SessionOptions, WatchSession } from "./watch-session.ts";

export type WatchRequest = Omit<SessionOptions, "ports" | "definition">;

/**
 * Runs the pipeline after each change of what its tasks read, until the caller has enough. A failing task, a wrong
 * definition or one that does not load is told, and the next save waited for. See `WatchSession.toEnd` for what comes
 * back.
 */
export async function watchPipeline(ports: Ports, request: WatchRequest): Promise<Result<RunResult | undefined>> {
  const definition = await LiveDefinition.open(ports);
  if (definition !== undefined) {
    const session = await WatchSession.begin({ ports, definition, ...request });
    return await session.toEnd();
  }
  const opened = await openPipeline(ports);
  return opened.ok ? failed() : opened;
}
