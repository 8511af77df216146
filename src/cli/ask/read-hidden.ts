import { StringDecoder } from "node:string_decoder";
import type { ReadStream } from "node:tty";
import { failed, ok, type Result } from "../../errors/result.ts";
import type { Context } from "../context.ts";
import { HiddenInput } from "./hidden-input.ts";

const mostBytes = 1024 * 1024;

/** A terminal that brackets what is pasted tells lines that were pasted from the key that ends the input. */
const bracketOn = "\u001b[?2004h";
const bracketOff = "\u001b[?2004l";

/**
 * A value that must not be seen: from a pipe all of it, without the line ending at its end; from a terminal typed or
 * pasted unseen. `what` says what is asked for.
 */
export async function readHidden(context: Pick<Context, "stderr" | "signal">, what: string): Promise<Result<string>> {
  const { stdin } = process;
  const bytes = stdin.isTTY ? ok(await askHidden(stdin, context, what)) : await readAll(context.signal);
  if (!bytes.ok) return bytes;
  if (bytes.value === undefined) return failed({ code: "interrupted", message: "Interrupted; nothing was written" });
  return toText(bytes.value);
}

function toText(bytes: Uint8Array): Result<string> {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return ok(text.replace(/\r?\n$/, ""));
  } catch {
    const hint = "Encode it first: `base64 < FILE | tidegate secrets set KEY`.";
    return failed({ code: "secret-invalid", message: "The value is not UTF-8 text", hint });
  }
}

async function readAll(signal: AbortSignal): Promise<Result<Uint8Array | undefined>> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const stop = () => process.stdin.destroy();
  signal.addEventListener("abort", stop);
  try {
    for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > mostBytes) return failed({ code: "secret-invalid", message: "The value is larger than 1 MiB" });
    }
  } catch {
    // Destroyed, or the other side broke off: half a value is none.
    return ok(undefined);
  } finally {
    signal.removeEventListener("abort", stop);
  }
  return ok(signal.aborted ? undefined : Buffer.concat(chunks));
}

/** `undefined`: interrupted, or the end of the input before anything was typed. */
function askHidden(
  stdin: ReadStream,
  { stderr, signal }: Pick<Context, "stderr" | "signal">,
  what: string,
): Promise<Uint8Array | undefined> {
  stderr.verbatim(`${bracketOn}${what} (not shown): `);
  stdin.setRawMode(true);
  const input = new HiddenInput();
  const decoder = new StringDecoder("utf8");
  return new Promise((resolve) => {
    const end = (value: string | undefined) => {
      stdin.off("data", take).pause();
      stdin.setRawMode(false);
      signal.removeEventListener("abort", interrupt);
      stderr.verbatim(`${bracketOff}\n`);
      resolve(value === undefined ? undefined : Buffer.from(value));
    };
    const interrupt = () => end(undefined);
    const take = (chunk: Buffer) => {
      const state = input.push(decoder.write(chunk));
      if (state !== "open") end(state === "done" ? input.value : undefined);
    };
    signal.addEventListener("abort", interrupt);
    stdin.on("data", take).resume();
  });
}
