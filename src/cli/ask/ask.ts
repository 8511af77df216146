import { createInterface } from "node:readline/promises";
import type { Context } from "../context.ts";

/** Whether somebody is there who can be asked. Where nobody is, a verb goes on without, or says which option answers. */
export function mayAsk({ json, live }: Pick<Context, "json" | "live">): boolean {
  return live && !json && process.stdin.isTTY === true;
}

/** A question with its usual answer, which Enter gives. `undefined`: interrupted, or the terminal is gone. */
export async function ask(
  { stderr, signal }: Pick<Context, "stderr" | "signal">,
  question: string,
  usual: "yes" | "no",
): Promise<boolean | undefined> {
  const lines = createInterface({ input: process.stdin, terminal: false });
  const closed = new Promise<undefined>((resolve) => lines.once("close", () => resolve(undefined)));
  try {
    stderr.write(`${question} ${usual === "yes" ? "[Y/n]" : "[y/N]"} `);
    const answer = await Promise.race([lines.question("", { signal }), closed]);
    if (answer === undefined) return undefined;
    return usual === "yes" ? !/^n(o)?$/i.test(answer.trim()) : /^y(es)?$/i.test(answer.trim());
  } catch {
    return undefined;
  } finally {
    lines.close();
  }
}
