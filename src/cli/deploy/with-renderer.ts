import type { Context } from "../context.ts";
import { createRenderer } from "../render/create.ts";
import type { Renderer } from "../render/renderer.ts";

/** Shows what happens during the work; the terminal is given back before anything else is written. */
export async function withRenderer<T>(context: Context, work: (renderer: Renderer) => Promise<T>): Promise<T> {
  const renderer = createRenderer(context);
  try {
    return await work(renderer);
  } finally {
    renderer.close();
  }
}
