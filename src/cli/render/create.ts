import { machineUser } from "../../app/who-asks.ts";
import { Stamp } from "../../events/envelope.ts";
import type { Context } from "../context.ts";
import type { Writer } from "../writer.ts";
import { gatheringWriter } from "./gathering-writer.ts";
import { jsonRenderer } from "./json.ts";
import { liveRenderer } from "./live.ts";
import { plainRenderer } from "./plain.ts";
import type { Renderer } from "./renderer.ts";
import { safeColoredLine, safeLine } from "./safe-text.ts";
import { taskGroups } from "./task-groups.ts";

/**
 * The renderer that fits the call: JSON lines on standard output, or talk on standard error, redrawn where a person
 * watches. Close it before anything else is written.
 */
export function createRenderer(context: Context, options: { explain?: boolean; quietHits?: boolean } = {}): Renderer {
  const plain = rendererFor(context, options);
  const { github, json } = context;
  if (github === undefined) return plain;
  const show = context.stderr.color ? safeColoredLine : safeLine;
  const renderer = json ? plain : taskGroups(plain, { group: (title, lines) => github.group(title, lines), show });
  const emit: Renderer["emit"] = (event) => {
    github.event(event);
    renderer.emit(event);
  };
  const take: Renderer["take"] = (told) => {
    github.event(told.event);
    renderer.take(told);
  };
  return { ...renderer, emit, take };
}

function rendererFor(context: Context, { explain = false, quietHits = false }): Renderer {
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
