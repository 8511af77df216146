import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { failed, ok, type Result } from "../../errors/result.ts";
import { endTree } from "../../process/tree.ts";
import type { Context } from "../context.ts";

/** Time to put the terminal back as it was. */
const graceMs = 2_000;

/** Opens the user's editor on a file and waits until it is closed. Like git: the variable may hold arguments. */
export function runEditor({ env, signal }: Pick<Context, "env" | "signal">, path: string): Promise<Result<void>> {
  const editor = env.VISUAL || env.EDITOR || "vi";
  const name = "TIDEGATE_EDITOR";
  const id = randomUUID();
  return new Promise((resolve) => {
    const child = spawn("/bin/sh", ["-c", `${editor} "$@"`, editor, path], {
      stdio: "inherit",
      env: { ...env, [name]: id },
    });
    // The shell alone would leave the editor behind, with the file open.
    const stop = () => void (child.pid !== undefined && endTree({ pid: child.pid, mark: `${name}=${id}` }, graceMs));
    signal.addEventListener("abort", stop);
    if (signal.aborted) stop();
    child.on("error", (error) => resolve(failed(broken(editor, error.message))));
    child.on("close", (code) => {
      signal.removeEventListener("abort", stop);
      if (signal.aborted) resolve(failed({ code: "interrupted", message: "Interrupted; nothing was written" }));
      else resolve(code === 0 ? ok() : failed(broken(editor, `It ended with code ${code}`)));
    });
  });
}

function broken(editor: string, cause: string) {
  const message = `The editor \`${editor}\` failed; nothing was written`;
  return {
    code: "bad-arguments",
    message,
    cause,
    hint: "Set VISUAL or EDITOR to one that waits, such as `code --wait`.",
  } as const;
}

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
