import type { Event } from "../../events/event.ts";
import type { Writer } from "../writer.ts";
import { LiveModel } from "./live-model.ts";
import { palette } from "./palette.ts";
import type { HumanOptions, Renderer } from "./renderer.ts";
import { TerminalRegion } from "./terminal-region.ts";

/** 12 times a second: smooth, and cheap. */
const redrawMs = 80;

/** For a terminal: what goes on is redrawn in place, what has ended scrolls away above it. */
export function liveRenderer(out: Writer, options: HumanOptions): Renderer {
  const model = new LiveModel(palette(out.color), options);
  const region = new TerminalRegion(out);
  let ended: string[] = [];
  let timer: NodeJS.Timeout | undefined;
  const draw = () => {
    // The last column stays free, some terminals wrap when it is written; and so does a line for the shell's prompt.
    region.draw(ended, model.lines(options.now(), out.columns - 1, out.rows - 2));
    ended = [];
  };
  const close = () => {
    clearInterval(timer);
    timer = undefined;
    region.close();
    ended.push(...model.leave(options.now()));
    if (ended.length > 0) out.write(`${ended.join("\n")}\n`);
    ended = [];
  };
  const emit = (event: Event) => {
    ended.push(...model.apply(event, options.now()));
    if (model.isIdle) close();
    else timer ??= setInterval(draw, redrawMs);
  };
  const note = (line: string) => {
    if (timer === undefined) out.write(`${line}\n`);
    else ended.push(line);
  };
  return { emit, take: ({ event }) => emit(event), note, close };
}
