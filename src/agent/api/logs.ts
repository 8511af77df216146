import type { Driver, Instance } from "../../drivers/driver.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import type { Secret } from "../../secrets/secret.ts";
import { redactingDriver } from "../environments/redaction.ts";
import type { LogsCall } from "../protocol/protocol.ts";
import { type AskSubstitutes, writeSubstitutes } from "./gateway-lines.ts";

/** Who wants to see logs. */
export interface LogsReader {
  readonly write: (output: string | Buffer) => void;
  /** Aborted when nobody looks any more. */
  readonly gone: AbortSignal;
  /** Hidden once more: a log may be older than what hides secrets in it now. */
  readonly secrets: readonly Secret[];
  /** What the gateway answered in the place of the environment's instances. */
  readonly substitutes: AskSubstitutes;
}

/** In bytes. A longer line is shown in parts: what never ends one would fill the memory. */
const longestLine = 1024 * 1024;

/**
 * What instances wrote: the last lines of each, then, when following, what comes, each line once, until the caller is
 * gone. Lines carry their instance's id when there are several. What the gateway answered in their place comes last.
 */
export async function readLogs(driver: Driver, call: LogsCall, reader: LogsReader): Promise<Result<void>> {
  const observed = await driver.observe(call.environment);
  if (!observed.ok) return observed;
  const chosen = observed.value.filter((instance) => matches(instance, call.only));
  if (chosen.length === 0) return failed(nothingToShow(call));
  const redacting = redactingDriver(driver, () => reader.secrets);
  const show = (instance: Instance) => {
    const label = chosen.length > 1 ? `${instance.id} | ` : "";
    const write = (lines: readonly string[]) =>
      reader.write(Buffer.from(lines.map((line) => `${label}${line}\n`).join(""), "latin1"));
    return showOne(redacting, instance, call, { write, gone: reader.gone });
  };
  const ask = async () => {
    const all = await reader.substitutes();
    return call.only === undefined ? all : all.filter((one) => chosen.some(({ id }) => id === one.instance));
  };
  const showGateway = () => writeSubstitutes(ask, reader.write, { follow: call.follow, gone: reader.gone });
  if (call.follow) await Promise.all([...chosen.map(show), showGateway()]);
  else {
    for (const instance of chosen) await show(instance);
    await showGateway();
  }
  return ok();
}

function matches(instance: Instance, only: string | undefined): boolean {
  return only === undefined ? instance.state.state === "running" : instance.id === only || instance.service === only;
}

interface LineReader {
  /** Each byte of a line is one character, so that what is no UTF-8 stays what it is. */
  readonly write: (lines: readonly string[]) => void;
  readonly gone: AbortSignal;
}

/** Whole lines only, as long as more can come. */
async function showOne(
  driver: Driver,
  { environment, id }: Instance,
  { lines, follow }: LogsCall,
  { write, gone }: LineReader,
): Promise<void> {
  let rest = "";
  for await (const piece of driver.follow(environment, id, { lines, ...(follow ? { signal: gone } : {}) })) {
    const whole = (rest + Buffer.from(piece).toString("latin1")).split("\n");
    rest = whole.pop() ?? "";
    if (rest.length > longestLine) {
      const at = wholeCharacters(rest);
      whole.push(rest.slice(0, at));
      rest = rest.slice(at);
    }
    if (whole.length > 0) write(whole);
  }
  if (rest !== "") write([rest]);
}

/** Where to cut it so that no character of UTF-8 is cut. */
function wholeCharacters(line: string): number {
  const begun = /[\xc0-\xff][\x80-\xbf]{0,2}$/.exec(line);
  return begun?.index ?? line.length;
}

function nothingToShow({ environment, only }: LogsCall) {
  return {
    code: "nothing-deployed" as const,
    message:
      only === undefined ? `No instance runs in ${environment}` : `${environment} has no instance or service "${only}"`,
    hint: "See what there is: tidegate status",
  };
}
