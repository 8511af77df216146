import type { Event } from "../../events/event.ts";
import type { Writer } from "../writer.ts";
import { type Palette, palette } from "./palette.ts";
import { DeploymentNotes } from "./plain-deployment.ts";
import { RunNotes } from "./plain-run.ts";
import type { HumanOptions, Renderer } from "./renderer.ts";

/** A line per fact, in the order of the facts; nothing is ever redrawn. For pipes, logs and dumb terminals. */
export function plainRenderer(out: Writer, options: HumanOptions): Renderer {
  const colors: Palette = palette(out.color);
  const run = new RunNotes(colors, options);
  const deployments = new DeploymentNotes(colors);
  const write = (lines: readonly string[]) => {
    if (lines.length > 0) out.write(`${lines.join("\n")}\n`);
  };
  const emit = (event: Event) => write([...run.linesOf(event), ...deployments.linesOf(event)]);
  return {
    emit,
    take: ({ event }) => emit(event),
    note: (line) => write([line]),
    close: () => undefined,
  };
}
