import { type ExecFileException, execFile } from "node:child_process";
import { failed, ok, type Result } from "../result.ts";
import type { KeyLookup, RunCommand } from "./key-lookup.ts";
import { type ParsedIdentities, parseIdentities } from "./parse-identities.ts";
import { splitWords } from "./shell-words.ts";

/** The variable that names a program which prints keys. */
export const commandVariable = "SOPS_AGE_KEY_CMD";
const defaultLimitMs = 60_000;

/** Shows nothing of its error output, which may hold anything; ends the program, but not what that has started. */
const plainRun: RunCommand = ({ run: [file, ...args], folder: cwd, variables: env, timeoutMs: timeout, signal }) =>
  new Promise((resolve) => {
    const options = { cwd, env, timeout, maxBuffer: 1024 * 1024, ...(signal && { signal }) };
    execFile(file, args, options, (error, printed) => {
      if (error === null) resolve({ state: "printed", value: printed.replace(/\r?\n$/, "") });
      else resolve({ state: "failed", why: whyOf(error, timeout), said: "" });
    });
  });

function whyOf({ code, killed }: ExecFileException, timeoutMs: number): string {
  if (code === "ERR_CHILD_PROCESS_STDIO_MAXBUFFER") return "printed more than 1 MiB";
  if (code === "ABORT_ERR") return "was interrupted";
  if (code === "ENOENT") return "was not found";
  if (killed) return `took longer than ${timeoutMs / 1000} s`;
  return typeof code === "number" ? `ended with exit code ${code}` : `cannot be run (${code})`;
}

/**
 * Asks `SOPS_AGE_KEY_CMD` for the key of one recipient, which it gets as `SOPS_AGE_RECIPIENT`. No shell runs it.
 * Whatever goes wrong: `keys-unusable`, without what it printed.
 */
async function askKeyCommand(lookup: KeyLookup, line: string, recipient: string): Promise<Result<ParsedIdentities>> {
  const [file, ...args] = splitWords(line) ?? [];
  if (file === undefined) return refuse("It is empty, or a quote in it is not closed");
  const { folder, signal, run = plainRun } = lookup;
  const printed = await run({
    run: [file, ...args],
    folder,
    variables: { ...lookup.variables, SOPS_AGE_RECIPIENT: recipient },
    timeoutMs: lookup.commandLimitMs ?? defaultLimitMs,
    ...(signal !== undefined && { signal }),
  });
  if (printed.state === "printed") {
    return parseIdentities({ text: printed.value, origin: commandVariable, isVariable: false });
  }
  return refuse([`${file} ${printed.why}`, printed.said].filter((part) => part !== "").join("\n"));
}

/** All that it has for the recipients: asked for one after the other, until it gives the key of one. */
export async function askKeyCommandForAny(
  lookup: KeyLookup,
  line: string,
  recipients: readonly string[],
): Promise<Result<ParsedIdentities>> {
  const asked = recipients.length === 0 ? [""] : recipients;
  const all: ParsedIdentities[] = [];
  let refused: Result<ParsedIdentities> | undefined;
  for (const recipient of asked) {
    const answer = await askKeyCommand(lookup, line, recipient);
    if (!answer.ok) refused ??= answer;
    else all.push(answer.value);
    const isFound = answer.ok && answer.value.identities.some((identity) => identity.recipient === recipient);
    if (isFound || lookup.signal?.aborted) break;
  }
  if (all.length === 0 && refused !== undefined) return refused;
  return ok({
    identities: all.flatMap(({ identities }) => identities),
    unsupported: all.flatMap(({ unsupported }) => unsupported),
  });
}

function refuse(cause: string) {
  const hint = "Run the command yourself to see what it says: it must print age identities, one each line.";
  return failed({ code: "keys-unusable", message: `The keys of ${commandVariable} cannot be used`, cause, hint });
}
