import type { Say } from "../../app/notice.ts";
import type { Context } from "../context.ts";
import { createRenderer } from "./create.ts";
import type { Renderer } from "./renderer.ts";
import { noticeLine } from "./words/notice.ts";

/** Shows what happens during the work; the terminal is given back before anything else is written. */
export async function withRenderer<T>(context: Context, work: (say: Say) => Promise<T>): Promise<T> {
  const renderer = createRenderer(context);
  try {
    return await work(sayTo(renderer));
  } finally {
    renderer.close();
  }
}

/** How a use case speaks to a renderer. */
export function sayTo({ emit, take, note }: Renderer): Say {
  return (said) => {
    if ("event" in said) take(said);
    else if (!("notice" in said)) emit(said);
    else {
      const line = noticeLine(said);
      if (line !== undefined) note(line);
    }
  };
}
