import { limiter } from "../../concurrency/limiter.ts";
import type { Failure } from "../../errors/failure.ts";
import { type Printed, runForValue } from "../command/run-for-value.ts";
import type { SecretProvider, SecretReading, SecretRequest } from "../provider.ts";
import { Secret } from "../secret.ts";
import type { CommandSource } from "../source.ts";
import { fillIn } from "./placeholders.ts";
import { remembered } from "./remembered.ts";

/** How programs are run. */
export interface CommandOptions {
  /** Where the programs run. */
  readonly folder: string;
  /** What they get as their environment; also where they are found. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
}

const defaultTimeoutMs = 30_000;

/** Programs of password managers talk to the same service: more at once makes none of them faster. */
const atOnce = 8;

/**
 * Reads secrets from what programs print (`op read …`, `gcloud secrets …`). The same command runs once, several run at the
 * same time. A program that prints nothing has no value; one that fails is unreadable: why it failed is not known.
 */
export function commandProvider(options: CommandOptions): SecretProvider {
  const limited = limiter(atOnce);
  const run = remembered((key) => limited(() => start(JSON.parse(key), options)));
  return {
    read: (requests) => Promise.all(requests.map((request) => readOne(request, run))),
  };
}

interface Filled {
  readonly run: readonly [string, ...string[]];
  readonly timeoutMs: number;
}

function start({ run, timeoutMs }: Filled, { folder, variables, signal }: CommandOptions): Promise<Printed> {
  return runForValue({ run, folder, variables, timeoutMs, ...(signal && { signal }) });
}

async function readOne(request: SecretRequest, run: (key: string) => Promise<Printed>): Promise<SecretReading> {
  const { run: words, timeoutMs = defaultTimeoutMs } = request.from as CommandSource;
  const filled = words.map((word) => fillIn(word, request));
  const printed = await run(JSON.stringify({ run: filled, timeoutMs }));
  const origin = { kind: "command", run: filled } as const;
  if (printed.state === "failed") return { state: "unreadable", failure: failureOf(request, filled, printed), origin };
  if (printed.value === "")
    return { state: "missing", hint: `\`${filled.join(" ")}\` prints nothing: give it a value there.` };
  return { state: "found", secret: new Secret(printed.value), origin };
}

function failureOf(
  { key, environment }: SecretRequest,
  run: readonly string[],
  { why, said, hint = `Run it yourself: ${run.map(shown).join(" ")}` }: Printed & { readonly state: "failed" },
): Failure {
  const message = `The secret ${key} of environment "${environment}" cannot be read: \`${run[0]}\` ${why}`;
  return { code: "secret-unreadable", message, ...(said !== "" && { cause: said }), hint };
}

function shown(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
