import { join } from "node:path";
import type { Failure } from "../../errors/failure.ts";
import { readTextIfThere } from "../../files/read-if-there.ts";
import { writeFileAtomic } from "../../files/write-atomic.ts";
import { environmentFolder, type Home } from "./home.ts";

/**
 * Lets a writer pass whose token is not lower than any seen for the environment, and remembers it.
 *
 * @returns why the writer is refused, or `undefined`.
 * @throws the system's error when the disk refuses; RangeError when `token` is not a whole number ≥ 0.
 */
export function fence(home: Home, environment: string, token: number): Failure | undefined {
  if (!Number.isSafeInteger(token) || token < 0) throw new RangeError(`${token} is not a fencing token`);
  // No id begins with a dot, so no instance can have this name.
  const path = join(environmentFolder(home, "instances", environment), ".token");
  const highest = readToken(path);
  if (highest === undefined) return damaged(path);
  if (token < highest) return stale(environment, token, highest);
  if (token > highest) writeFileAtomic(path, `${token}\n`);
  return undefined;
}

/** -1 before the first one; `undefined` when what stands there is no token. */
function readToken(path: string): number | undefined {
  const text = readTextIfThere(path, { forgive: ["ENOENT", "ENOTDIR"] });
  if (text === undefined) return -1;
  return /^\d{1,16}\n$/.test(text) ? Number(text) : undefined;
}

function damaged(path: string): Failure {
  return {
    code: "state-damaged",
    message: `${path} does not hold a fencing token`,
    hint: `Make sure that nothing else is deploying from here, then delete ${path}.`,
  };
}

function stale(environment: string, token: number, highest: number): Failure {
  return {
    code: "stale-writer",
    message: `Another writer took over ${environment}`,
    cause: `This one has token ${token}; token ${highest} has been seen since.`,
    hint: "Run the command again: it then continues from what the other one left.",
  };
}
