import { createInterface } from "node:readline/promises";
import type { Context } from "../context.ts";

/** A question whose answer is yes unless somebody says no. `undefined`: interrupted, or the terminal is gone. */
export async function askYes(
  { stderr, signal }: Pick<Context, "stderr" | "signal">,
  question: string,
): Promise<boolean | undefined> {
  const lines = createInterface({ input: process.stdin, terminal: false });
  const closed = new Promise<undefined>((resolve) => lines.once("close", () => resolve(undefined)));
  try {
    stderr.write(`${question} [Y/n] `);
    const answer = await Promise.race([lines.question("", { signal }), closed]);
    return answer === undefined ? undefined : !/^n(o)?$/i.test(answer.trim());
  } catch {
    return undefined;
  } finally {
    lines.close();
  }
}
