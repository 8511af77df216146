import { setTimeout as wait } from "node:timers/promises";
import type { Driver, Instance } from "../drivers/driver.ts";
import { failed, ok, type Result } from "../errors/result.ts";
import { lastLines } from "../files/last-lines.ts";
import { createRedactor, redactText } from "../secrets/redaction/redact.ts";
import type { Secret } from "../secrets/secret.ts";
import { LogReader } from "./log-reader.ts";
import type { LogsCall } from "./protocol.ts";

/** Who wants to see logs. */
export interface LogsReader {
  readonly write: (text: string) => void;
  /** Aborted when nobody looks any more. */
  readonly gone: AbortSignal;
  /** Hidden once more: a log may be older than what hides secrets in it now. */
  readonly secrets: readonly Secret[];
}

/** One instance's log on its way to a reader. */
interface Shown {
  readonly driver: Driver;
  readonly instance: Instance;
  /** In front of each of its lines. */
  readonly label: string;
  readonly reader: LogsReader;
}

const lookEveryMs = 250;

/** In UTF-16 code units. A longer line is shown in parts: what never ends one would fill the memory. */
const longestLine = 1024 * 1024;

/**
 * What instances wrote: the last lines of each, then, when following, what comes, each line once, until the caller is
 * gone. Lines carry their instance's id when there are several.
 */
export async function readLogs(driver: Driver, call: LogsCall, reader: LogsReader): Promise<Result<void>> {
  const observed = await driver.observe(call.environment);
  if (!observed.ok) return observed;
  const chosen = observed.value.filter((instance) => matches(instance, call.only));
  if (chosen.length === 0) return failed(nothingToShow(call));
  const label = (instance: Instance) => (chosen.length > 1 ? `${instance.id} | ` : "");
  const shown = chosen.map((instance) => ({ driver, instance, label: label(instance), reader }));
  const logs = await Promise.all(shown.map((one) => showLast(one, call)));
  try {
    if (call.follow) await Promise.all(shown.map((one, index) => follow(one, logs[index]!)));
  } finally {
    for (const log of logs) log.close();
  }
  return ok();
}

function matches(instance: Instance, only: string | undefined): boolean {
  return only === undefined ? instance.state.state === "running" : instance.id === only || instance.service === only;
}

/** Returns the log as it goes on behind what was shown. */
async function showLast(shown: Shown, call: LogsCall): Promise<LogReader> {
  const paths = await filesOf(shown);
  const log = new LogReader(paths);
  if (call.follow) log.backToLine();
  const lines = lastLines(paths, call.lines, log.position);
  if (lines.length > 0) write(shown, redactText(lines.join("\n"), shown.reader.secrets).split("\n"));
  return log;
}

async function follow(shown: Shown, log: LogReader): Promise<void> {
  const { gone, secrets } = shown.reader;
  const redactor = createRedactor(secrets);
  const decoder = new TextDecoder();
  let rest = "";
  while (!gone.aborted) {
    const text = decoder.decode(log.next(await filesOf(shown)), { stream: true });
    const lines = (rest + redactor.push(text)).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > longestLine) {
      lines.push(rest);
      rest = "";
    }
    if (lines.length > 0) write(shown, lines);
    await wait(lookEveryMs, undefined, { signal: gone }).catch(() => {});
  }
}

function filesOf({ driver, instance: { environment, id } }: Shown): Promise<readonly string[]> {
  return driver.outputFiles(environment, id);
}

function write({ reader, label }: Shown, lines: readonly string[]): void {
  reader.write(lines.map((line) => `${label}${line}\n`).join(""));
}

function nothingToShow({ environment, only }: LogsCall) {
  return {
    code: "nothing-deployed" as const,
    message:
      only === undefined ? `No instance runs in ${environment}` : `${environment} has no instance or service "${only}"`,
    hint: "See what there is: tidegate status",
  };
}
