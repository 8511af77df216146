import type { Writer } from "../../../src/cli/writer.ts";

/** A writer that keeps the text. */
export function textWriter(settings: Partial<Writer> = {}): Writer & { readonly text: () => string } {
  let text = "";
  const write: Writer["write"] = (more) => {
    text += more.toString();
  };
  return {
    write,
    verbatim: settings.write ?? write,
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
