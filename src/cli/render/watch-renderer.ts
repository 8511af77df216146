import type { Event } from "../../events/event.ts";
import type { Context } from "../context.ts";
import { createRenderer } from "./create.ts";
import { palette } from "./palette.ts";
import type { Renderer } from "./renderer.ts";
import { paint } from "./row.ts";
import { TerminalRegion } from "./terminal-region.ts";
import { changedRow, waitingRow } from "./words/watch.ts";

/**
 * The renderer of runs, and what lies between them: on a terminal a status line that stands as long as nothing
 * happens, elsewhere a line.
 */
export function watchRenderer(context: Context, explain: boolean): Renderer {
  const runs = createRenderer(context, { explain, quietHits: true });
  if (context.json) return runs;
  const { stderr } = context;
  const colors = palette(stderr.color);
  const status = context.live ? new TerminalRegion(stderr) : undefined;
  let waiting: Extract<Event, { type: "watchWaiting" }> | undefined;
  const wait = () => {
    if (waiting === undefined) return;
    const row = waitingRow(waiting);
    if (status === undefined) runs.note(paint(row, colors));
    else status.draw([], [paint(row, colors, stderr.columns - 1)]);
  };
  const close = () => {
    status?.close();
    runs.close();
  };
  const emit = (event: Event) => {
    status?.close();
    if (event.type === "watchWaiting") {
      waiting = event;
      wait();
      return;
    }
    waiting = undefined;
    if (event.type === "watchChanged") runs.note(paint(changedRow(event), colors));
    else runs.emit(event);
  };
  const note = (line: string) => {
    status?.close();
    runs.note(line);
    if (status !== undefined) wait();
  };
  return { emit, take: ({ event }) => emit(event), note, close };
}
