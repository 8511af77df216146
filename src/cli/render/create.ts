import { machineUser } from "../../app/who-asks.ts";
import { Stamp } from "../../events/envelope.ts";
import type { Context } from "../context.ts";
import type { Writer } from "../writer.ts";
import { gatheringWriter } from "./gathering-writer.ts";
import { jsonRenderer } from "./json.ts";
import { liveRenderer } from "./live.ts";
import { plainRenderer } from "./plain.ts";
import type { Renderer } from "./renderer.ts";

/**
 * The renderer that fits the call: JSON lines on standard output, or talk on standard error, redrawn where a person
 * watches. Close it before anything else is written.
 */
export function createRenderer(context: Context, { explain = false, quietHits = false } = {}): Renderer {
  const { now } = context;
  if (context.json)
    return gathered(context.stdout, (out) => jsonRenderer(out, new Stamp(now, machineUser(context.env))));
  const options = { now, explain, quietHits };
  if (context.live) return liveRenderer(context.stderr, options);
  return gathered(context.stderr, (out) => plainRenderer(out, options));
}

function gathered(writer: Writer, create: (out: Writer) => Renderer): Renderer {
  const out = gatheringWriter(writer);
  const renderer = create(out);
  const close = () => {
    renderer.close();
    out.release();
  };
  return { ...renderer, close };
}
