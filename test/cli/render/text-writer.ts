import type { Writer } from "../../../src/cli/writer.ts";

/** A writer that keeps the text. */
export function textWriter(settings: Partial<Writer> = {}): Writer & { readonly text: () => string } {
  let text = "";
  return {
    write: (more) => {
      text += more.toString();
    },
    isTTY: false,
    columns: 80,
    rows: 24,
    color: false,
    gone: new AbortController().signal,
    flush: async () => undefined,
    ...settings,
    text: () => text,
  };
}
