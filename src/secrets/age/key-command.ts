import { failed, ok, type Result } from "../../errors/result.ts";
import { runForValue } from "../providers/run-for-value.ts";
import type { KeyLookup } from "./key-lookup.ts";
import { type ParsedIdentities, parseIdentities } from "./parse-identities.ts";
import { splitWords } from "./shell-words.ts";

/** The variable that names a program which prints keys. */
export const commandVariable = "SOPS_AGE_KEY_CMD";
const defaultLimitMs = 60_000;

/**
 * Asks `SOPS_AGE_KEY_CMD` for the key of one recipient, which it gets as `SOPS_AGE_RECIPIENT`. No shell runs it.
 * Whatever goes wrong: `secrets-no-key`, without what it printed.
 */
async function askKeyCommand(lookup: KeyLookup, line: string, recipient: string): Promise<Result<ParsedIdentities>> {
  const [file, ...args] = splitWords(line) ?? [];
  if (file === undefined) return refuse("It is empty, or a quote in it is not closed");
  const { folder, signal } = lookup;
  const printed = await runForValue({
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
  return failed({ code: "secrets-no-key", message: `The keys of ${commandVariable} cannot be used`, cause, hint });
}
