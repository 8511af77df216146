import type { Failure } from "../../errors/failure.ts";
import { portOwner, showOwner } from "../../gateway/embedded/listen/port-owner.ts";

const says = /EADDRINUSE|address already in use|port \d+ is (?:already )?(?:in use|taken|allocated|occupied)/i;
const named = /(?:\bport\W{1,3}|[\]\w.*]?:)(\d{2,5})\b(?!.*(?:\bport\W{1,3}|:)\d{2,5}\b)/i;

/** The port that a program did not get, as its last lines say it; 0: one that they do not name; `undefined`: no word of it. */
export function portInUse(lines: string): number | undefined {
  const all = lines.split("\n");
  const saying = all.findIndex((line) => says.test(line));
  if (saying === -1) return undefined;
  const beside = [all[saying]!, ...all.slice(saying + 1), ...all.slice(0, saying)];
  const port = beside.map((line) => Number(named.exec(line)?.[1] ?? 0)).find((one) => one > 0 && one < 65_536);
  return port ?? 0;
}

/** Of a service whose last lines say that somebody else has its port: who that is, and what to do. `given`: its `PORT`. */
export async function portFailure(what: string, lines: string, given: number): Promise<Failure | undefined> {
  const port = portInUse(lines);
  if (port === undefined) return undefined;
  const owner = port === 0 ? undefined : await portOwner(port);
  const which = port === 0 ? "its port" : `port ${port}`;
  const who = owner === undefined ? "another program" : showOwner(owner);
  const other = owner === undefined ? "Or stop the other program." : `Or stop the other one: kill ${owner.pid}`;
  return {
    code: "task-service-failed",
    message: `${what} could not listen: ${which} is taken by ${who}`,
    cause: lines,
    hint:
      port === given
        ? "Somebody took the port meanwhile: run the command again, which chooses another one."
        : `Let it listen on the port in PORT, which is a free one.\n${other}`,
  };
}
