import type { Emit } from "../../events/event.ts";
import type { Context } from "../context.ts";
import { createRenderer } from "../render/create.ts";

/** Shows what happens during the work; the terminal is given back before anything else is written. */
export async function withRenderer<T>(context: Context, work: (emit: Emit) => Promise<T>): Promise<T> {
  const renderer = createRenderer(context);
  try {
    return await work(renderer.emit);
  } finally {
    renderer.close();
  }
}
