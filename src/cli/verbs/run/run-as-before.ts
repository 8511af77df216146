import { realpathSync } from "node:fs";
import { dirname } from "node:path";
import { StillStanding, type Telling } from "../../../cache/standing/replay-standing.ts";
import type { RestoreCall } from "../../../cache/standing/restore-missing.ts";
import { findDefinition } from "../../../definition/load/find.ts";
import { type ExitCode, exitCodes } from "../../../errors/exit-code.ts";
import { checkoutFolderOf } from "../../../files/state-paths.ts";
import type { Context } from "../../context.ts";
import { createRenderer } from "../../render/create.ts";
import { reportFailures } from "../../render/report-failures.ts";
import { type RunCall, runOptions } from "./run-options.ts";

/** Options that change how a run is shown, and not what it is. */
const shownOnly = new Set(["concurrency", "explain"]);

/**
 * A run in which nothing has to be done but to restore outputs that are gone, told without loading the definition or the
 * pipeline; `undefined` when that is not certain: then it has to be looked at in full.
 */
export async function runAsBefore(context: Context, call: RunCall): Promise<ExitCode | undefined> {
  if (!isPlainCall(call, context)) return undefined;
  const found = findDefinition(context.folder);
  if (found === undefined) return undefined;
  const startedAt = context.now();
  const projectFolder = dirname(found);
  const place = { projectFolder, stateFolder: checkoutFolderOf(projectFolder), definition: realpathSync(found) };
  const standingCall = { ...place, madeBy: `${context.version} ${process.version}`, environment: context.env };
  const standing = StillStanding.find(standingCall);
  if (standing === undefined) return undefined;
  const restored = await restoredOutputs(standing, { ...standingCall, signal: context.signal });
  return restored && tell(context, call, standing, { startedAt, now: context.now, restored });
}

/** Loaded only when something has to be restored. */
async function restoredOutputs(standing: StillStanding, call: RestoreCall) {
  if (standing.missing.length === 0) return new Map<string, number>();
  const { restoreMissing } = await import("../../../cache/standing/restore-missing.ts");
  const records = standing.records();
  const missing = standing.missing.map(({ task, bases = [] }) => ({ task, bases, record: records[task]! }));
  return restoreMissing(call, missing);
}

function tell(
  context: Context,
  { options: { concurrency, explain } }: RunCall,
  standing: StillStanding,
  telling: Telling,
): ExitCode | undefined {
  const renderer = createRenderer(context, { explain });
  try {
    const told = standing.replay(renderer.emit, { ...telling, concurrency });
    renderer.close();
    if (!told.ok) return undefined;
    return told.value.length === 0 ? exitCodes.done : reportFailures(context, told.value);
  } finally {
    renderer.close();
  }
}

/** Whether it is about all tasks, as they are, and nobody else is to be told of it. */
export function isPlainCall({ arguments: tasks, options }: RunCall, { env }: Context): boolean {
  if (tasks.length > 0 || env.OTEL_EXPORTER_OTLP_ENDPOINT || env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT) return false;
  const asked = options as Readonly<Record<string, unknown>>;
  return Object.keys(runOptions).every((name) => shownOnly.has(name) || !asked[name]);
}
