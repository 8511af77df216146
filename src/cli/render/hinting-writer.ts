import { stripVTControlCharacters } from "node:util";
import type { Writer } from "../writer.ts";

/** A command of ours in a hint, which says it as one that is on the PATH. */
const command = /(?<![\w./@-])tidegate (?=[a-z-])/g;
/** A hint, and what belongs to it on the lines below. */
const begins = /^\s*hint: /;
const goesOn = /^ {8}/;

/**
 * A writer whose hints can be followed as they stand: where Tidegate is one of the project's packages, no shell finds it by
 * its name alone. `called`: what people type for it there; `undefined` where its name is enough. It is asked only once there
 * is a hint. What has to arrive as it is goes on unchanged.
 */
export function hintingWriter(out: Writer, called: () => string | undefined): Writer {
  const write: Writer["write"] = (text) =>
    out.write(typeof text === "string" && text.includes("hint:") ? withHints(text, called()) : text);
  return Object.create(out, Object.getOwnPropertyDescriptors({ write }));
}

function withHints(text: string, called: string | undefined): string {
  if (called === undefined) return text;
  let isHint = false;
  const lines = text.split("\n").map((line) => {
    const plain = stripVTControlCharacters(line);
    isHint = begins.test(plain) || (isHint && goesOn.test(plain));
    return isHint ? line.replace(command, `${called} `) : line;
  });
  return lines.join("\n");
}
