import type { Context } from "../context.ts";
import { jsonRenderer } from "./json.ts";
import { liveRenderer } from "./live.ts";
import { plainRenderer } from "./plain.ts";
import type { Renderer } from "./renderer.ts";

/**
 * The renderer that fits the call: JSON lines on standard output, or talk on standard error, redrawn where a person
 * watches. Close it before anything else is written.
 */
export function createRenderer(context: Context, { explain = false } = {}): Renderer {
  const { now } = context;
  if (context.json) return jsonRenderer(context.stdout, now);
  const options = { now, explain };
  return context.live ? liveRenderer(context.stderr, options) : plainRenderer(context.stderr, options);
}
