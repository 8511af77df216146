import type { Context } from "../context.ts";

/** false: interrupted, or the terminal is gone. */
export function waitForEnter({ stderr, signal }: Pick<Context, "stderr" | "signal">, what: string): Promise<boolean> {
  const { stdin } = process;
  stderr.write(`${what} `);
  return new Promise((resolve) => {
    const end = (goOn: boolean) => {
      stdin.off("data", take).off("end", stop).pause();
      signal.removeEventListener("abort", stop);
      resolve(goOn);
    };
    const stop = () => end(false);
    const take = () => end(true);
    signal.addEventListener("abort", stop);
    if (signal.aborted) stop();
    else stdin.on("data", take).on("end", stop).resume();
  });
}
